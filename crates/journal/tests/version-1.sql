-- A journal as version 1 of the format made it: never changed once that is released.
CREATE TABLE call (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    server TEXT NOT NULL, extension TEXT NOT NULL, uid TEXT NOT NULL, life INTEGER NOT NULL, began INTEGER NOT NULL,
    calla TEXT NOT NULL, callb TEXT NOT NULL, other TEXT NOT NULL, tail TEXT NOT NULL, name TEXT,
    direction TEXT NOT NULL, rings_since INTEGER, answered INTEGER, holds TEXT NOT NULL, transfers TEXT NOT NULL,
    ended INTEGER, end_seen INTEGER NOT NULL, departure TEXT, reason TEXT, talked INTEGER,
    missed TEXT NOT NULL, offers INTEGER NOT NULL, survey INTEGER NOT NULL, recording TEXT, popped INTEGER NOT NULL,
    note TEXT NOT NULL DEFAULT '', disposition TEXT, second TEXT,
    seen INTEGER NOT NULL DEFAULT 1, owed INTEGER NOT NULL DEFAULT 0,
    UNIQUE (server, extension, uid, began)
);
CREATE INDEX call_began ON call (began);
CREATE INDEX call_tail ON call (tail, id);
CREATE INDEX call_disposition ON call (disposition, id) WHERE disposition IS NOT NULL;
CREATE INDEX call_missed ON call (id) WHERE missed <> 'no';
CREATE INDEX call_owed ON call (id) WHERE owed = 1;
CREATE INDEX call_unseen ON call (id) WHERE seen = 0;
CREATE INDEX call_open ON call (id) WHERE ended IS NULL;
CREATE VIRTUAL TABLE found USING fts5 (grams, content='', columnsize=0, detail=none, tokenize='ascii');
INSERT INTO found (found, rank) VALUES ('secure-delete', 1);
INSERT INTO call (id, server, extension, uid, life, began, calla, callb, other, tail, name, direction, rings_since, answered,
    holds, transfers, ended, end_seen, departure, reason, talked, missed, offers, survey, recording, popped, note, disposition, second, seen, owed)
VALUES
    (1, 'http://pbx/', '801', '1372123897.17', 1, 1372123897000, '13421829060', '801', '13421829060', '1829060', NULL, 'callin', NULL,
     1372123903000, '[{"from":"2013-06-25T01:32:00Z","to":"2013-06-25T01:32:10Z"}]', '[{"at":"2013-06-25T01:32:48Z","target":"802"}]',
     1372123968000, 1, 'ended', 'transferred', 65, 'no', 1, 1, NULL, 1, '退款', '投诉', '质量', 1, 0),
    (2, 'http://pbx/', '801', '1372124000.1', 1, 1372124000000, '010-65521234', '801', '010-65521234', '5521234', '王小明', 'callin',
     1372124000000, NULL, '[]', '[]', 1372124020000, 1, 'ended', 'no_answer', NULL, 'yes', 2, 0, NULL, 1, '', NULL, NULL, 0, 1);
INSERT INTO found (rowid, grams) VALUES
    (1, '13 134 137 34 42 421 21 退 款 退款'),
    (2, '王 王小 王小明 小 小明 明');
PRAGMA user_version = 1;

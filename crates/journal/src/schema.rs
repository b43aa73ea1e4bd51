//! The versions of the file's format. Released steps never change; a later version adds a step.

use rusqlite::{Connection, TransactionBehavior};

/// The format that this program writes.
pub(crate) const VERSION: i64 = 2;

/// The steps from each version to the next.
const STEPS: [&str; 2] = [
    "
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
",
    "
    CREATE TABLE presence (
        id INTEGER PRIMARY KEY,
        server TEXT NOT NULL, extension TEXT NOT NULL,
        began INTEGER NOT NULL, known INTEGER NOT NULL, ended INTEGER, busy INTEGER NOT NULL, reason TEXT
    );
    CREATE INDEX presence_ended ON presence (server, extension, ended);
",
];

/// The version of a file. 0 means new.
pub(crate) fn version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Migrates a file of an earlier version to this one, completely or not at all.
pub(crate) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    if version(connection)? >= VERSION {
        return Ok(());
    }
    // Another program may be doing the same.
    let changing = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let from = version(&changing)?;
    for step in STEPS.iter().skip(usize::try_from(from).unwrap_or_default()) {
        changing.execute_batch(step)?;
    }
    changing.pragma_update(None, "user_version", VERSION)?;
    changing.commit()
}

//! The supervisor's view: what each member of a team is doing, since when, and the feeds that carry changes.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::broadcast;
use uncall_contract::event::{Detail, Event, Member, MemberState, Presence, Team};
use uncall_contract::limit::VALUE_BYTES;

use crate::calls::{Phone, Table};
use crate::item::Item;

/// How many changes a slow reader may lag behind before it gets the whole team again.
pub(crate) const BEHIND: usize = 256;

/// The size of a `team` event, in bytes of its members: panels up to version 0.1 give up a stream that sends an event of more
/// than [`VALUE_BYTES`]. One more member may be added, and what surrounds them.
const TEAM_BYTES: usize = VALUE_BYTES - 2048;

/// Every extension as its supervisors see it, and the supervisors who are watching. A supervisor's joining costs in proportion to
/// the number of members.
#[derive(Debug, Default)]
pub(crate) struct Teams {
    members: HashMap<String, Entry>,
    /// By supervisor, only for those who are watching.
    feeds: HashMap<String, Arc<Feed>>,
}

/// An extension.
#[derive(Debug, Default)]
struct Entry {
    /// What was last reported about it, and the event.
    told: Option<(Seen, Arc<Item>)>,
    /// The feeds for its changes.
    feeds: Vec<Arc<Feed>>,
}

#[derive(Debug)]
struct Feed {
    members: BTreeSet<String>,
    news: broadcast::Sender<Arc<Item>>,
}

/// What was last reported about an extension.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    presence: Presence,
    reason: Option<String>,
    detail: Option<Detail>,
    presence_since: Timestamp,
    state: MemberState,
    state_since: Timestamp,
}

impl Seen {
    fn member(&self, exten: &str) -> Member {
        let since = self.presence_since.max(self.state_since);
        Member {
            reason: self.reason.clone(),
            detail: self.detail,
            ..Member::new(exten, self.presence, self.state, since)
        }
    }
}

impl Teams {
    /// Checks an extension that may have changed at `at`, and reports a change to those who see it.
    pub(crate) fn look(&mut self, exten: &str, table: &Table, at: Timestamp) {
        let Some(phone) = table.phone(exten) else { return };
        if !self.members.contains_key(exten) {
            self.members.insert(exten.to_owned(), Entry::default());
        }
        let Some(entry) = self.members.get_mut(exten) else { return };
        let before = entry.told.as_ref().map(|(seen, _)| seen);
        let now = seen(before, phone, at);
        if before == Some(&now) {
            return;
        }
        let news = Arc::new(Item::unnumbered(&Event::Member(now.member(exten))));
        let mut gone = false;
        for feed in &entry.feeds {
            gone |= feed.news.send(Arc::clone(&news)).is_err();
        }
        entry.told = Some((now, news));
        if gone {
            self.forget();
        }
    }

    /// The present team, in events of a size that clients accept, and changes from now on.
    pub(crate) fn join(
        &mut self,
        supervisor: &str,
        members: BTreeSet<String>,
    ) -> (Vec<Arc<Item>>, broadcast::Receiver<Arc<Item>>) {
        let told = members.iter().filter_map(|exten| {
            let (seen, item) = self.members.get(exten)?.told.as_ref()?;
            Some((exten.as_str(), seen, item))
        });
        let team = parts(told);
        if let Some(feed) = self.feeds.get(supervisor)
            && feed.members == members
        {
            return (team, feed.news.subscribe());
        }
        // Readers of a feed with other members use an old list: their feed ends, and they join again with the new one.
        if let Some(old) = self.feeds.remove(supervisor) {
            self.leave(&old);
        }
        let (news, receiver) = broadcast::channel(BEHIND);
        let feed = Arc::new(Feed { members, news });
        for member in &feed.members {
            match self.members.get_mut(member) {
                Some(entry) => entry.feeds.push(Arc::clone(&feed)),
                None => drop(self.members.insert(member.clone(), Entry { told: None, feeds: vec![Arc::clone(&feed)] })),
            }
        }
        self.feeds.insert(supervisor.to_owned(), feed);
        (team, receiver)
    }

    /// Removes feeds that nobody reads any more.
    fn forget(&mut self) {
        let gone: Vec<Arc<Feed>> =
            self.feeds.extract_if(|_, feed| feed.news.receiver_count() == 0).map(|(_, feed)| feed).collect();
        gone.iter().for_each(|feed| self.leave(feed));
    }

    fn leave(&mut self, gone: &Arc<Feed>) {
        for member in &gone.members {
            if let Some(entry) = self.members.get_mut(member) {
                entry.feeds.retain(|feed| !Arc::ptr_eq(feed, gone));
            }
        }
    }
}

/// A `team` with as many members as fit into an event, and a `member` for each of the others, which clients add.
fn parts<'a>(members: impl Iterator<Item = (&'a str, &'a Seen, &'a Arc<Item>)>) -> Vec<Arc<Item>> {
    let (mut first, mut others, mut bytes) = (Vec::new(), Vec::new(), 0);
    for (exten, seen, item) in members {
        if others.is_empty() && bytes < TEAM_BYTES {
            bytes += item.json.len() + 1;
            first.push(seen.member(exten));
        } else {
            others.push(Arc::clone(item));
        }
    }
    let team = Arc::new(Item::unnumbered(&Event::Team(Team { members: first })));
    std::iter::once(team).chain(others).collect()
}

/// What to report about an extension. A call knows since when it has been in its state; otherwise it is the moment of the change.
fn seen(before: Option<&Seen>, phone: Phone, at: Timestamp) -> Seen {
    let Phone { presence, reason, detail, state, since } = phone;
    let presence_since = before.filter(|before| before.presence == presence).map_or(at, |before| before.presence_since);
    let unchanged = before.filter(|before| before.state == state).map_or(at, |before| before.state_since);
    Seen { presence, reason, detail, presence_since, state, state_since: since.unwrap_or(unchanged) }
}

#[cfg(test)]
mod tests {
    use uncall_contract::{Channel, Extension, PhoneNumber, Uid};

    use super::*;
    use crate::board::Board;
    use crate::calls::{Fact, Party, Purpose};
    use crate::pbx::Sink;

    fn exten(exten: &str) -> Extension {
        Extension::parse(exten).unwrap()
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn board() -> Board {
        let board = Board::new("e".into(), false);
        for line in ["801", "802", "803"] {
            board.facts(&[Fact::Line { exten: exten(line), registered: true }], at(0));
        }
        board
    }

    fn set(members: &[&str]) -> BTreeSet<String> {
        members.iter().map(|member| (*member).to_owned()).collect()
    }

    fn read(item: &Item) -> Event {
        assert_eq!(item.id, None, "no place in the replay");
        Event::from_json(item.name, &item.json).unwrap().unwrap()
    }

    /// exten, presence, state, since of the next change; `None` when there is none.
    fn next(news: &mut broadcast::Receiver<Arc<Item>>) -> Option<(String, Presence, MemberState, i64)> {
        let item = news.try_recv().ok()?;
        let Event::Member(member) = read(&item) else { panic!("a member") };
        Some((member.exten, member.presence, member.state, member.since.as_second()))
    }

    fn leg(channel: &str, uid: &str, line: &str) -> Fact {
        Fact::LegBegan {
            channel: Channel::parse(channel).unwrap(),
            uid: Uid::parse(uid).unwrap(),
            party: Party::Extension(exten(line)),
            purpose: Purpose::CalledBy { from: "13421829060".into() },
            rings: true,
        }
    }

    fn caller(channel: &str, uid: &str) -> Fact {
        Fact::LegBegan {
            channel: Channel::parse(channel).unwrap(),
            uid: Uid::parse(uid).unwrap(),
            party: Party::Number(PhoneNumber::parse("13421829060").unwrap()),
            purpose: Purpose::Calls { to: "802".into() },
            rings: false,
        }
    }

    fn bridged(channel: &str) -> Fact {
        Fact::Bridged { channel: Channel::parse(channel).unwrap(), bridge: 1 }
    }

    fn ended(channel: &str) -> Fact {
        let reason = uncall_contract::event::EndReason::Hangup;
        Fact::LegEnded { channel: Channel::parse(channel).unwrap(), reason }
    }

    #[test]
    fn a_members_day_with_the_times_at_which_it_changed() {
        let board = board();
        let (team, mut news) = board.team("801", set(&["802", "803", "999"]));
        let [team] = team.as_slice() else { panic!("one event: {team:?}") };
        let Event::Team(team) = read(team) else { panic!("a team") };
        let names: Vec<_> = team.members.iter().map(|member| (member.exten.as_str(), member.state)).collect();
        assert_eq!(names, [("802", MemberState::Free), ("803", MemberState::Free)], "who does not exist is not shown");
        assert_eq!(next(&mut news), None);
        let is = |presence, state, since| Some(("802".to_owned(), presence, state, since));

        board.facts(&[caller("SIP/trunk-1", "1.1"), leg("SIP/802-1", "1.1", "802")], at(10));
        assert_eq!(next(&mut news), is(Presence::Idle, MemberState::Ringing, 10));
        board.facts(&[bridged("SIP/trunk-1"), bridged("SIP/802-1")], at(14));
        assert_eq!(next(&mut news), is(Presence::Idle, MemberState::Talking, 14));
        board.facts(&[Fact::Presence { exten: exten("802"), presence: Presence::Busy, reason: None }], at(20));
        assert_eq!(next(&mut news), is(Presence::Busy, MemberState::Talking, 20));
        board.facts(&[leg("SIP/802-2", "1.2", "802")], at(30));
        assert_eq!(next(&mut news), is(Presence::Busy, MemberState::Ringing, 30), "of two calls the one that rings");
        board.facts(&[ended("SIP/802-2")], at(35));
        assert_eq!(next(&mut news), is(Presence::Busy, MemberState::Talking, 20), "it has talked all the time");
        board.facts(&[ended("SIP/trunk-1"), ended("SIP/802-1")], at(40));
        assert_eq!(next(&mut news), is(Presence::Busy, MemberState::Free, 40));
        board.facts(&[Fact::Line { exten: exten("802"), registered: false }], at(50));
        assert_eq!(next(&mut news), is(Presence::Busy, MemberState::Unavailable, 50));
        board.facts(&[Fact::Line { exten: exten("802"), registered: false }], at(55));
        assert_eq!(next(&mut news), None, "nothing new");
        board.facts(&[Fact::Line { exten: exten("802"), registered: true }], at(60));
        assert_eq!(next(&mut news), is(Presence::Busy, MemberState::Free, 60));
    }

    #[test]
    fn a_change_goes_to_those_who_see_it() {
        let board = board();
        let (_, mut of_801) = board.team("801", set(&["802"]));
        let (_, mut of_803) = board.team("803", set(&["801"]));
        let (_, mut again) = board.team("801", set(&["802"]));
        board.facts(&[Fact::Presence { exten: exten("802"), presence: Presence::Busy, reason: None }], at(1));
        assert!(next(&mut of_801).is_some() && next(&mut again).is_some() && next(&mut of_803).is_none());
        drop((of_801, again));
        board.facts(&[Fact::Presence { exten: exten("802"), presence: Presence::Idle, reason: None }], at(2));
        board.facts(&[Fact::Presence { exten: exten("801"), presence: Presence::Busy, reason: None }], at(3));
        assert!(next(&mut of_803).is_some());
        board.teams(|teams| {
            assert_eq!(teams.feeds.len(), 1, "nobody looks at 802 any more");
            let watched: Vec<_> = teams.members.iter().filter(|(_, entry)| !entry.feeds.is_empty()).collect();
            assert_eq!(watched.len(), 1);
            assert_eq!(watched[0].0, "801");
        });
    }

    #[test]
    fn another_list_ends_the_readers_of_the_old_one() {
        let board = board();
        let (_, mut old) = board.team("801", set(&["802"]));
        let (team, mut new) = board.team("801", set(&["803"]));
        let json = &team[0].json;
        assert!(json.contains("803") && !json.contains("802"), "{json}");
        assert!(matches!(old.try_recv(), Err(broadcast::error::TryRecvError::Closed)));
        board.facts(&[Fact::Presence { exten: exten("803"), presence: Presence::Busy, reason: None }], at(1));
        assert!(next(&mut new).is_some());
    }
}

//! Whom a supervisor sees. Only the stream tells; without it, what is shown is as old as the loss of it.

use uncall_contract::Extension;
use uncall_contract::event::{Member, Team};

use crate::moment::Moment;
use crate::snapshot::{MemberView, Verb};

use super::asks::Asks;

/// The extensions in an order that never changes, so that no row jumps away from under the pointer.
#[derive(Debug, Default)]
pub(super) struct TeamBoard(Option<Vec<Colleague>>);

#[derive(Debug)]
struct Colleague {
    member: Member,
    since: Moment,
}

impl TeamBoard {
    /// Everybody, as the stream tells after its snapshot.
    pub(super) fn all(&mut self, team: Team, now: Moment) {
        let members = team.members.into_iter().filter(is_extension);
        let mut members: Vec<Colleague> =
            members.map(|member| Colleague { since: now.of_wall(member.since), member }).collect();
        members.sort_by(|one, other| place(&one.member.exten).cmp(&place(&other.member.exten)));
        members.dedup_by(|later, earlier| later.member.exten == earlier.member.exten);
        self.0 = Some(members);
    }

    /// One of them changed, just now.
    pub(super) fn one(&mut self, member: Member, now: Moment) {
        let Some(members) = &mut self.0 else { return };
        match members.binary_search_by(|known| place(&known.member.exten).cmp(&place(&member.exten))) {
            Ok(at) => {
                if let Some(known) = members.get_mut(at)
                    && (known.member.presence, known.member.state) != (member.presence, member.state)
                {
                    *known = Colleague { member, since: now };
                }
            }
            Err(at) if is_extension(&member) => {
                // The rest of a team that is too large for one event.
                let since = now.of_wall(member.since);
                members.insert(at, Colleague { member, since });
            }
            Err(_) => {}
        }
    }

    /// A snapshot begins anew: a team that may still be seen comes behind it.
    pub(super) fn forget(&mut self) {
        self.0 = None;
    }

    /// Everybody's extension.
    pub(super) fn extensions(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flatten().map(|colleague| colleague.member.exten.as_str())
    }

    pub(super) fn view(&self, asks: &Asks, name: impl Fn(&str) -> Option<String>) -> Option<Vec<MemberView>> {
        let pending =
            |exten: &str| [Verb::Listen, Verb::Whisper].into_iter().find(|verb| asks.aimed_at(*verb) == Some(exten));
        let view = |Colleague { member, since }: &Colleague| MemberView {
            exten: member.exten.clone(),
            name: name(&member.exten),
            presence: member.presence,
            state: member.state,
            since: *since,
            pending: pending(&member.exten),
        };
        self.0.as_ref().map(|members| members.iter().map(view).collect())
    }
}

/// What is no extension could not be listened to, and is nothing to put on a screen.
fn is_extension(member: &Member) -> bool {
    Extension::parse(&member.exten).is_ok_and(|exten| exten.as_str() == member.exten)
}

/// Numbers by value (99 before 801), everything else behind them.
fn place(exten: &str) -> (bool, usize, &str) {
    let number = !exten.is_empty() && exten.bytes().all(|byte| byte.is_ascii_digit());
    (!number, if number { exten.len() } else { 0 }, exten)
}

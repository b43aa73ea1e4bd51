//! A supervisor's view of others.

use super::*;
use crate::snapshot::MemberView;

fn member(exten: &str, state: MemberState) -> Member {
    Member::new(exten, Presence::Idle, state, at(START - 60))
}

fn listen(target: &str) -> Intent {
    Intent::Listen { target: target.into() }
}

impl Bench {
    fn team(&mut self, members: &[Member]) -> Vec<Effect> {
        self.see(Observation::Pushed(Event::Team(Team { members: members.to_vec() })))
    }

    fn member(&mut self, member: Member) -> Vec<Effect> {
        self.see(Observation::Pushed(Event::Member(member)))
    }

    fn extens(&self) -> Vec<String> {
        self.shown().team.unwrap().into_iter().map(|member| member.exten).collect()
    }

    fn seen(&self, exten: &str) -> MemberView {
        self.shown().team.unwrap().into_iter().find(|member| member.exten == exten).unwrap()
    }
}

#[test]
fn who_sees_nobody_has_no_team() {
    let mut bench = Bench::pushing();
    assert_eq!(bench.shown().team, None);
    assert!(bench.member(member("802", MemberState::Free)).is_empty(), "one of a team that was never told");
    bench.team(&[]);
    assert_eq!(bench.shown().team, Some(vec![]), "a supervisor of nobody yet");
}

#[test]
fn the_team_stands_in_the_order_of_its_numbers_and_keeps_it() {
    let mut bench = Bench::pushing();
    let free = |exten| member(exten, MemberState::Free);
    bench.team(&[
        free("1001"),
        free("front"),
        free("99"),
        free("803"),
        free("802"),
        free("803"),
        free(" "),
        free("8\u{0}4"),
    ]);
    let order = ["99", "802", "803", "1001", "front"];
    assert_eq!(bench.extens(), order);
    bench.member(member("803", MemberState::Ringing));
    assert_eq!(bench.extens(), order, "who rings does not jump");
    bench.member(free("804"));
    assert_eq!(bench.extens(), ["99", "802", "803", "804", "1001", "front"], "somebody new");
}

#[test]
fn a_change_counts_from_when_it_was_seen_and_the_first_view_from_when_it_began() {
    let mut bench = Bench::pushing();
    let ahead = Member { since: at(START + 9000), ..member("803", MemberState::Talking) };
    bench.team(&[member("802", MemberState::Free), ahead]);
    assert_eq!(bench.seen("802").since, moment(START - 60));
    assert_eq!(bench.seen("803").since, bench.moment(), "the server's clock is ahead");
    bench.member(member("802", MemberState::Talking));
    let since = bench.moment();
    assert_eq!((bench.seen("802").state, bench.seen("802").since), (MemberState::Talking, since));
    assert!(bench.member(member("802", MemberState::Talking)).is_empty(), "the same again is no change");
    bench.member(Member { presence: Presence::Busy, ..member("802", MemberState::Talking) });
    assert_eq!((bench.seen("802").presence, bench.seen("802").since), (Presence::Busy, bench.moment()));
}

#[test]
fn a_new_snapshot_without_a_team_ends_it_and_a_loss_keeps_it() {
    let mut bench = Bench::pushing();
    bench.team(&[member("802", MemberState::Talking)]);
    bench.lost();
    bench.see(Observation::Connected(Means::Poll));
    bench.poll(None);
    assert_eq!(bench.extens(), ["802"], "as old as the connection says");
    bench.see(Observation::Connected(Means::Push));
    bench.member(member("802", MemberState::Free));
    assert_eq!(bench.seen("802").state, MemberState::Free, "a resumed stream goes on");
    bench.snapshot(&[]);
    assert_eq!(bench.shown().team, None, "the right was taken away");
}

#[test]
fn a_verb_that_is_aimed_at_somebody_is_pending_and_refused_there() {
    let mut bench = Bench::pushing();
    bench.team(&[member("802", MemberState::Talking), member("803", MemberState::Talking)]);
    let (ask, request) = bench.asked(listen("802"));
    assert_eq!(request, Request::Listen { agent: "801".into(), target: "802".into() });
    assert_eq!((bench.seen("802").pending, bench.seen("803").pending), (Some(Verb::Listen), None));
    assert!(bench.want(Intent::Whisper { target: "803".into() }).is_empty(), "there is one phone");
    bench.answer(ask, Ok(Err(Refusal::new(request.operation(), Reason::SpyFailed))));
    assert_eq!(bench.seen("802").pending, None);
    let notice = bench.shown().notice.unwrap();
    assert_eq!((notice.verb, notice.target.as_deref(), notice.uid), (Verb::Listen, Some("802"), None));
    assert_eq!(notice.problem.code, "spy_failed");
    let (ask, _) = bench.asked(Intent::Whisper { target: "803".into() });
    assert_eq!((bench.notice(), bench.seen("803").pending), (None, Some(Verb::Whisper)));
    bench.answer(ask, done());
    assert_eq!((bench.notice(), bench.seen("803").pending), (None, None));
}

#[test]
fn what_cannot_be_asked_is_told_at_its_row_too() {
    let mut bench = Bench::pushing();
    bench.team(&[member("802", MemberState::Talking)]);
    bench.lost();
    bench.want(listen("802"));
    let notice = bench.shown().notice.unwrap();
    assert_eq!((notice.target.as_deref(), notice.problem.code.as_str()), (Some("802"), "unreachable"));
}

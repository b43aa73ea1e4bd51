//! Whose a number is, and where the desk says so.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use super::*;
use crate::names::{Directory, Names, Who};

/// What somebody knows, by number.
#[derive(Clone, Default)]
struct People(Arc<Mutex<HashMap<String, Vec<Who>>>>);

impl People {
    fn learn(&self, number: &str, names: &[&str]) {
        let who = names.iter().map(|name| Who { name: (*name).to_owned(), company: "海淀科技".into() }).collect();
        self.0.lock().unwrap().insert(number.to_owned(), who);
    }
}

impl Directory for People {
    fn whose(&self, number: &str) -> Vec<Who> {
        self.0.lock().unwrap().get(number).cloned().unwrap_or_default()
    }
}

const CALLER: &str = "13421829060";

fn bench() -> (Bench, People) {
    let people = People::default();
    let mut bench = Bench::new(Options { names: Names::of(people.clone()), ..Options::default() });
    bench.see(Observation::Connected(Means::Push));
    bench.snapshot(&[]);
    (bench, people)
}

/// The names in the journal's lines that an input leads to.
fn written(effects: &[Effect]) -> Vec<Option<String>> {
    effects
        .iter()
        .filter_map(|effect| if let Effect::Journal(entry) = effect { Some(entry.name.clone()) } else { None })
        .collect()
}

#[test]
fn a_name_that_is_known_is_in_the_first_picture_the_notification_and_the_journal() {
    let (mut bench, people) = bench();
    people.learn(CALLER, &["李雷", "李雷的秘书"]);
    let effects = bench.push(event("A", CallState::Ringing));
    let shown = effects.iter().find_map(|effect| if let Effect::Publish(shown) = effect { Some(shown) } else { None });
    let names: Vec<&str> = shown.unwrap().calls[0].who.iter().map(|who| who.name.as_str()).collect();
    assert_eq!(names, ["李雷", "李雷的秘书"], "all of them are listed");
    let told = effects.iter().find_map(|effect| if let Effect::Notify(told) = effect { Some(told) } else { None });
    assert_eq!(told.unwrap().name.as_deref(), Some("李雷 / 李雷的秘书"));
    assert_eq!(written(&effects), [Some("李雷 / 李雷的秘书".to_owned())], "one line");
    assert_eq!((bench.view("A").other, bench.view("A").calla), (CALLER.into(), CALLER.into()), "the number stays");
}

#[test]
fn a_name_that_comes_late_comes_onto_the_same_card() {
    let (mut bench, people) = bench();
    bench.push(event("A", CallState::Ringing));
    assert_eq!(bench.view("A").who, []);
    people.learn(CALLER, &["李雷"]);
    let effects = bench.put(Input::Renamed);
    assert_eq!(bench.view("A").who[0].name, "李雷");
    assert_eq!(written(&effects), [Some("李雷".to_owned())]);
    assert_eq!((bench.pops("A"), bench.shown().popups.len()), (1, 1), "and pops nothing up");
    assert_eq!(written(&bench.put(Input::Renamed)), [], "no news, no line");
    // Whoever is forgotten while the call is up was the caller all the same.
    people.learn(CALLER, &[]);
    bench.put(Input::Renamed);
    assert_eq!((bench.view("A").who, bench.entry("A").name.as_deref()), (Vec::new(), Some("李雷")));
    bench.push(ended("A", EndReason::NoAnswer));
    assert_eq!(bench.entry("A").name.as_deref(), Some("李雷"));
}

#[test]
fn a_call_of_which_only_the_end_was_told_has_its_name_in_the_journal() {
    let (mut bench, people) = bench();
    people.learn(CALLER, &["李雷"]);
    bench.push(ended("A", EndReason::NoAnswer));
    assert_eq!(bench.entry("A").name.as_deref(), Some("李雷"));
}

#[test]
fn colleagues_and_the_agent_have_names_where_they_are_known() {
    let (mut bench, people) = bench();
    people.learn("801", &["王芳"]);
    people.learn("802", &["韩梅梅"]);
    bench.put(Input::Renamed);
    let member = |exten: &str| Member::new(exten, Presence::Idle, MemberState::Free, at(START));
    bench.see(Observation::Pushed(Event::Team(Team { members: vec![member("802"), member("803")] })));
    let shown = bench.shown();
    assert_eq!(shown.name.as_deref(), Some("王芳"));
    let team: Vec<_> = shown.team.unwrap().into_iter().map(|member| (member.exten, member.name)).collect();
    assert_eq!(team, [("802".to_owned(), Some("韩梅梅".to_owned())), ("803".to_owned(), None)]);
}

#[test]
fn a_name_is_shown_where_numbers_are_masked_and_shows_none() {
    let (mut bench, people) = bench();
    people.learn(CALLER, &["李雷", "13912345678"]);
    bench.push(event("A", CallState::Ringing));
    let shown = crate::private::masked(&bench.shown());
    assert_eq!((shown.calls[0].who[0].name.as_str(), shown.calls[0].other.as_str()), ("李雷", "134****9060"));
    assert!(!serde_json::to_string(&shown).unwrap().contains("13912345678"), "nor a number that is a name");
}

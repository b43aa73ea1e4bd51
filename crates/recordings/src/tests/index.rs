use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use crate::index::{Index, Place};

fn names(places: &[Place]) -> Vec<&str> {
    places.iter().map(|place| place.name.as_str()).collect()
}

#[test]
fn the_newest_is_first_and_a_uid_is_compared_whole() {
    let mut index = Index::default();
    for name in [
        "801-555-20130625-093138-1372123897.17.WAV",
        "802-555-20130625-094500-1372123897.17.WAV",
        "802-555-20130625-094500-1372123897.17.gsm",
        "801-555-20130625-093138-1372123897.1.WAV",
        "801-555-20130625-093138-1372123897.172.WAV",
        "801-1372123897.17-20130625-093138-1372123897.9.WAV",
        "801-555-20130625-093138-pbx-1372123897.17.WAV",
    ] {
        assert!(index.add("2013/06/25", name), "{name}");
        assert!(!index.add("2013/06/25", name), "a second time");
    }
    assert_eq!(
        names(&index.of_call("1372123897.17")),
        [
            "802-555-20130625-094500-1372123897.17.WAV",
            "802-555-20130625-094500-1372123897.17.gsm",
            "801-555-20130625-093138-1372123897.17.WAV"
        ]
    );
    assert_eq!(names(&index.of_call("pbx-1372123897.17")), ["801-555-20130625-093138-pbx-1372123897.17.WAV"]);
    for none in ["", "17", "372123897.17", "1372123897", "093138-1372123897.17", "*", "1372123897.17.WAV"] {
        assert_eq!(index.of_call(none), [], "{none}");
    }
    let place = index.named("801-555-20130625-093138-1372123897.1.WAV").unwrap();
    assert_eq!(place.folder, "2013/06/25");
    assert_eq!(index.named("801-555-20130625-093138-1372123897.1.wav"), None, "another case is another file");
    assert_eq!(index.named("2013/06/25/801-555-20130625-093138-1372123897.1.WAV"), None);
}

#[test]
fn what_a_listing_does_not_see_is_gone() {
    let mut index = Index::default();
    let name = |at: usize| format!("801-555-20130625-093138-{at}.1.WAV");
    // More often than listings are numbered, and enough names to be tidied.
    for round in 0..300 {
        index.begin("");
        for at in (0..2000).filter(|at| round % 7 == 0 || at % 3 == round % 3) {
            index.add("", &name(at));
        }
        index.finish("");
        let expected = (0..2000).filter(|at| round % 7 == 0 || at % 3 == round % 3).count();
        assert_eq!(index.len(), expected, "round {round}");
    }
    // The last round was one of every third, from the second on.
    assert_eq!((index.of_call("2.1").len(), index.of_call("3.1").len()), (1, 0));
    index.remove_folder("");
    assert_eq!((index.len(), index.paths().len()), (0, 0));
}

#[test]
fn a_folder_goes_with_those_below_it_and_no_others() {
    let mut index = Index::default();
    for folder in ["2013/06/2", "2013/06/25", "2013/06/25/x", "2013/0", "2013/06"] {
        index.add(folder, "801-555-20130625-093138-1.1.WAV");
    }
    index.remove_folder("2013/06/25");
    let mut paths = index.paths();
    paths.sort();
    assert_eq!(paths, ["2013/0", "2013/06", "2013/06/2"]);
    assert_eq!(index.of_call("1.1").len(), 3);
    // Its place is used again, for another.
    index.add("2014", "801-555-20140625-093138-2.1.WAV");
    assert_eq!(names(&index.of_call("2.1")), ["801-555-20140625-093138-2.1.WAV"]);
    assert_eq!(index.of_call("1.1").len(), 3);
}

/// What happens to an index.
#[derive(Debug, Clone)]
enum Step {
    Add(u8, u8),
    Remove(u8, u8),
    List(u8, Vec<u8>),
    RemoveFolder(u8),
}

fn step() -> impl Strategy<Value = Step> {
    let file = || 0..60_u8;
    let folder = || 0..4_u8;
    prop_oneof![
        (folder(), file()).prop_map(|(folder, file)| Step::Add(folder, file)),
        (folder(), file()).prop_map(|(folder, file)| Step::Remove(folder, file)),
        (folder(), proptest::collection::vec(file(), 0..60)).prop_map(|(folder, files)| Step::List(folder, files)),
        folder().prop_map(Step::RemoveFolder),
    ]
}

/// Long names, so that a few of them are worth tidying; three files of each call.
fn name(file: u8) -> String {
    format!("{}-20130625-0931{:02}-{}.1.WAV", "8".repeat(200), file % 60, file / 3)
}

proptest! {
    #[test]
    fn it_is_as_good_as_a_plain_map(steps in proptest::collection::vec(step(), 1..200)) {
        let (mut index, mut plain) = (Index::default(), BTreeMap::<String, BTreeSet<String>>::new());
        for step in steps {
            match step {
                Step::Add(folder, file) => {
                    let new = plain.entry(folder.to_string()).or_default().insert(name(file));
                    prop_assert_eq!(index.add(&folder.to_string(), &name(file)), new);
                }
                Step::Remove(folder, file) => {
                    plain.entry(folder.to_string()).or_default().remove(&name(file));
                    index.remove(&folder.to_string(), &name(file));
                }
                Step::List(folder, files) => {
                    let folder = folder.to_string();
                    index.begin(&folder);
                    for file in &files {
                        index.add(&folder, &name(*file));
                    }
                    index.finish(&folder);
                    plain.insert(folder, files.into_iter().map(name).collect());
                }
                Step::RemoveFolder(folder) => {
                    plain.remove(&folder.to_string());
                    index.remove_folder(&folder.to_string());
                }
            }
            prop_assert_eq!(index.len(), plain.values().map(BTreeSet::len).sum::<usize>());
        }
        for call in 0..20 {
            let found = index.of_call(&format!("{call}.1"));
            let found: BTreeSet<_> = found.into_iter().map(|place| (place.folder, place.name)).collect();
            let mut expected = BTreeSet::new();
            for (folder, files) in &plain {
                let of_call = files.iter().filter(|file| file.ends_with(&format!("-{call}.1.WAV")));
                expected.extend(of_call.map(|file| (folder.clone(), file.clone())));
            }
            prop_assert_eq!(found, expected);
        }
    }
}

//! Number rules. libphonenumber itself supplied what a country's plan says about a number (`rules_judge.py`).

use proptest::prelude::*;
use uncall_number::{
    Rules, normalise,
    rules::{Country, LocalTime, Part, Prefix, Replacement, Step},
};

/// The rules of a table row, and the time.
#[derive(Default)]
struct Place {
    rules: Rules,
    at: Option<LocalTime>,
}

/// `country=86 hours=mon-fri 09:00-18:00`: a word without `=` belongs to the one before it.
fn place(line: &str) -> Place {
    let mut place = Place::default();
    let mut settings: Vec<String> = Vec::new();
    for word in line.split(' ') {
        match settings.last_mut() {
            Some(last) if !word.contains('=') => last.extend([" ", word]),
            _ => settings.push(word.to_owned()),
        }
    }
    for setting in settings {
        let (name, value) = setting.split_once('=').unwrap();
        match Part::ALL.into_iter().find(|part| part.name() == name) {
            Some(part) => {
                let texts: Vec<String> = value.split(',').map(str::to_owned).collect();
                place.rules.set(part, &texts).unwrap_or_else(|error| panic!("{setting}: {error}"));
            }
            None => place.at = Some(LocalTime::parse(value).unwrap()),
        }
    }
    place
}

fn answer(typed: &str, place: &Place) -> String {
    let number = match normalise(typed) {
        Ok(number) => number,
        Err(problem) => return problem.detail(),
    };
    match place.rules.route(&number.dialled, place.at) {
        Ok(route) => {
            let steps = route.steps.iter().map(|step| step.name().to_owned());
            let ask = route.ask.iter().map(|prefix| format!("ask {prefix}"));
            [route.dialled].into_iter().chain(steps).chain(ask).collect::<Vec<_>>().join(" ")
        }
        Err(uncall_number::rules::Refusal::Blocked { prefix }) => format!("blocked {prefix}"),
        Err(refusal) => refusal.detail().to_owned(),
    }
}

#[test]
fn every_number_is_dialled_as_the_table_says_and_as_libphonenumber_does() {
    let (mut here, mut rows, mut judged, mut wrong) = (Place::default(), 0, 0, Vec::new());
    for line in include_str!("rules.tsv").lines().filter(|line| !line.starts_with("//")) {
        if let Some(rules) = line.strip_prefix("= ") {
            here = place(rules);
            continue;
        }
        let [typed, is, judge] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        rows += 1;
        let answer = answer(typed, &here);
        if answer != is {
            wrong.push(format!("{typed:?}: {answer} instead of {is}"));
        }
        // Plans know nothing of replacements, and the prefix for an outside line is not part of a number.
        if judge == "-" || !here.rules.replace.is_empty() {
            continue;
        }
        judged += 1;
        let plan = Rules { country: here.rules.country, ..Rules::default() };
        let dialled = plan
            .route(&normalise(typed).unwrap_or_else(|problem| panic!("{typed}: {problem}")).dialled, None)
            .unwrap()
            .dialled;
        if dialled != judge {
            wrong.push(format!("{typed:?}: {dialled}, libphonenumber dials {judge}"));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(rows > 400 && judged > 250, "{rows} {judged}");
}

#[test]
fn without_rules_nothing_changes() {
    for number in ["13800138000", "+861065521234", "0044207946", "110", "*97", "801", "+"] {
        let route = Rules::default().route(number, None).unwrap();
        assert_eq!((route.dialled.as_str(), route.steps.len(), route.ask), (number, 0, None));
    }
}

#[test]
fn every_country_has_its_emergency_numbers_and_none_is_hindered() {
    let table = include_str!("../../src/rules/emergency.tsv").lines().filter(|line| !line.starts_with("//"));
    let mut countries = 0;
    for line in table {
        let (code, numbers) = line.split_once('\t').unwrap();
        let country = Country::of(code).unwrap_or_else(|| panic!("{code}"));
        assert_eq!(country.code().to_string(), code);
        countries += 1;
        for number in numbers.split(' ') {
            let hindered = Rules {
                country: Some(country),
                outside_prefix: Some("9".into()),
                internal: vec![5],
                block: (0..10).map(|digit| Prefix::parse(&digit.to_string()).unwrap()).collect(),
                replace: vec![Replacement::parse("[0-9]+", "801").unwrap()],
                hours: vec![uncall_number::rules::Hours::parse("mon 09:00-09:01").unwrap()],
                ..Rules::default()
            };
            let route = hindered.route(number, Some(LocalTime { day: 2, minute: 0 })).unwrap();
            assert_eq!((route.dialled.as_str(), &route.steps[..]), (number, &[Step::Emergency][..]), "{code}");
        }
    }
    assert!(countries > 190, "{countries}");
}

/// A colleague's extension may begin like the country or the area, and end like an emergency number.
#[test]
fn no_extension_calls_the_police() {
    for (country, area, extension) in [
        ("1", None, "1911"),
        ("7", None, "7112"),
        ("7", None, "7101"),
        ("61", Some("2"), "2000"),
        ("86", Some("9"), "9110"),
    ] {
        let rules = Rules {
            country: Country::of(country),
            area: area.map(str::to_owned),
            outside_prefix: Some("9".into()),
            internal: vec![4],
            ..Rules::default()
        };
        let route = rules.route(extension, None).unwrap();
        assert_eq!((route.dialled.as_str(), route.steps.contains(&Step::Emergency)), (extension, false), "{country}");
        assert!(!rules.is_emergency(extension));
    }
}

#[test]
fn what_is_no_rule_is_refused_and_changes_nothing() {
    for (part, text) in [
        (Part::Country, "China"),
        (Part::Country, "999999"),
        (Part::Country, "800"),
        (Part::Country, "086"),
        (Part::Country, "-86"),
        (Part::Area, "Beijing"),
        (Part::Area, "01065521234"),
        (Part::OutsidePrefix, "9,"),
        (Part::OutsidePrefix, "+"),
        (Part::MobileZero, "maybe"),
        (Part::LocalMobiles, "138x"),
        (Part::Internal, "0"),
        (Part::Internal, "4-3"),
        (Part::Internal, "99"),
        (Part::Replace, "8"),
        (Part::Replace, "(=9"),
        (Part::Replace, "8=$1"),
        (Part::Replace, "(8)=$2"),
        (Part::Replace, "(8)=9$"),
        (Part::Replace, "8=nine"),
        (Part::Replace, "8="),
        (Part::Replace, "=8"),
        (Part::Replace, "(a{1000}){1000}=8"),
        (Part::Block, "00 44"),
        (Part::Block, "+"),
        (Part::Ask, "012345678901234567890"),
        (Part::Hours, "always"),
        (Part::Hours, "09:00"),
        (Part::Hours, "09:00-25:00"),
        (Part::Hours, "9-18"),
        (Part::Hours, "mo-fr 09:00-18:00"),
        (Part::Hours, "09:00-09:00"),
        (Part::Hours, "09:60-10:00"),
    ] {
        let mut rules = Rules::default();
        let error = rules.set(part, &[text.to_owned()]).err();
        assert!(error.is_some_and(|error| !error.to_string().is_empty()), "{}: {text}", part.name());
        assert!(rules.is_empty(), "{}: {text}", part.name());
    }
    let two = ["86".to_owned(), "44".to_owned()];
    assert!(Rules::default().set(Part::Country, &two).is_err());
}

fn rules() -> impl Strategy<Value = Rules> {
    let country = prop::sample::select(vec!["", "86", "1", "44", "49", "39", "7", "852", "54", "81"]);
    let area = prop::sample::select(vec!["", "010", "10", "0755", "020", "212", "3"]);
    let outside = prop::sample::select(vec!["", "9", "0", "00", "*9"]);
    let replace = prop::sample::select(vec!["", "(.*)=$1", "0(.*)=9$1", ".*=1", "\\+?(\\d+)=+$1$1"]);
    (country, area, outside, replace, any::<bool>()).prop_map(|(country, area, outside, replace, zero)| {
        let mut rules = Rules { mobile_zero: zero, ..Rules::default() };
        for (part, text) in
            [(Part::Country, country), (Part::Area, area), (Part::OutsidePrefix, outside), (Part::Replace, replace)]
        {
            rules.set(part, &[text.to_owned()]).unwrap();
        }
        rules
    })
}

proptest! {
    /// Whatever the number and the rules, the result can be dialled.
    #[test]
    fn what_is_dialled_is_a_number(number in "(\\+[1-9])?[0-9*#]{1,38}", rules in rules()) {
        if let Ok(route) = rules.route(&number, None) {
            let keys = route.dialled.strip_prefix('+').unwrap_or(&route.dialled);
            let all_keys = keys.chars().all(|c| c.is_ascii_digit() || matches!(c, '*' | '#'));
            prop_assert!(!keys.is_empty() && all_keys && route.dialled.len() <= 40, "{:?}", route);
            let plus = route.dialled.contains('+');
            prop_assert!(!plus || rules.country.is_none() || route.steps.contains(&Step::Code), "{:?}", route);
        }
    }

    /// A number is dialled the same way with and without our own country's code.
    #[test]
    fn the_own_countrys_code_makes_no_difference(
        number in "(1[3-9][0-9]{9}|(010|02[0-9])[2-9][0-9]{7}|0[3-9][0-9]{2}[2-9][0-9]{6,7}|[48]00[0-9]{7})",
        rules in rules(),
    ) {
        let rules = Rules { country: Country::of("86"), replace: Vec::new(), ..rules };
        let significant = number.strip_prefix('0').unwrap_or(&number);
        let dialled = |text: &str| rules.route(text, None).map(|route| route.dialled);
        prop_assert_eq!(dialled(&format!("+86{significant}")), dialled(&number));
        prop_assert_eq!(dialled(&format!("0086{significant}")), dialled(&number));
    }

    /// No spelling of a number gets around a block.
    #[test]
    fn a_blocked_number_is_blocked_in_every_writing(number in "0[3-9][1-9][0-9][2-9][0-9]{6,7}", area in "(|0755|0311)") {
        let significant = &number[1..];
        let mut rules = Rules { outside_prefix: Some("9".into()), country: Country::of("86"), ..Rules::default() };
        rules.set(Part::Area, &[area]).unwrap();
        for block in [number[..6].to_owned(), format!("+86{}", &significant[..5])] {
            rules.block = vec![Prefix::parse(&block).unwrap()];
            for text in [number.clone(), format!("+86{significant}"), format!("0086{significant}"), format!("9{number}"),
                format!("*67{number}"), format!("#31#0086{significant}")] {
                prop_assert!(rules.route(&text, None).is_err(), "{} by {}", text, block);
            }
        }
    }
}

//! The number rules in the file.

use uncall_number::rules::Part;

use super::*;

const RULES: &str = r#"server = "pbx.example"
extension = "801"

[number]
country = 86 # China
area = "010"
outside_prefix = 9
mobile_zero = true
local_mobiles = ["1380013"]
internal = [3, 4]
replace = [{ match = '8(\d{3})', with = "*8$1" }]
block = ["00", "95013"]
ask = ["400"]
hours = ["mon-fri 09:00-18:00", "sat 10:00-16:00"]
"#;

fn dialled(settings: &Settings, number: &str) -> String {
    settings.number.route(number, None).map_or_else(|refusal| refusal.to_string(), |route| route.dialled)
}

#[test]
fn a_table_has_the_rules() {
    let (settings, warnings) = load(&place(RULES).path).unwrap();
    assert!(warnings.is_empty(), "{warnings:?}");
    for (number, is) in [
        ("01065521234", "965521234"),
        ("13700138000", "9013700138000"),
        ("13800138000", "913800138000"),
        ("8001", "*8001"),
        ("+44207946001", "numbers that begin with 00 are blocked"),
        ("110", "110"),
    ] {
        assert_eq!(dialled(&settings, number), is, "{number}");
    }
    assert_eq!(settings.number.ask.len(), 1);
    let tables =
        "[[number.replace]]\nmatch = \"0\"\nwith = \"801\"\n[[number.replace]]\nmatch = \"1\"\nwith = \"802\"\n";
    let (settings, warnings) = load(&place(tables).path).unwrap();
    assert_eq!((dialled(&settings, "1"), warnings), ("802".into(), vec![]));
}

#[test]
fn each_rule_comes_from_the_strongest_layer_that_has_it() {
    let of = |text: &str| super::super::load(&place(text).path).unwrap().layer;
    let layers = Layers {
        user: of("[number]\narea = \"021\"\nblock = []\n"),
        system: of("[number]\ncountry = 86\narea = \"010\"\nblock = [\"00\"]\n"),
        locked_policy: of("[number]\noutside_prefix = \"9\"\n"),
        ..Layers::default()
    };
    let settings = layers.merged();
    assert_eq!(
        (dialled(&settings, "02161234567"), dialled(&settings, "+44207946001")),
        ("961234567".into(), "90044207946001".into())
    );
    for (part, source) in [
        (Part::Country, Source::System),
        (Part::Area, Source::User),
        (Part::Block, Source::User),
        (Part::OutsidePrefix, Source::LockedPolicy),
        (Part::Hours, Source::Default),
    ] {
        assert_eq!(settings.source(Key::Number(part)), source, "{}", part.name());
    }
}

#[test]
fn a_rule_that_is_not_understood_costs_itself_and_names_its_line() {
    let text = "server = \"pbx.example\"\n[number]\ncountry = \"China\"\narea = \"010\"\nblock = \"00\"\nreplace = [{ match = \"(\", with = \"1\" }]\n\
                hours = 9\noutside = \"9\"\ninternal = [1.5]\nask = [\"x\"]\n";
    let (settings, warnings) = load(&place(text).path).unwrap();
    assert_eq!(
        (settings.number.country, settings.number.area.as_deref(), settings.number.block.len()),
        (None, Some("010"), 1)
    );
    for (line, key) in [(3, "country"), (6, "replace"), (7, "hours"), (8, "outside"), (9, "internal"), (10, "ask")] {
        let said = format!("line {line}: `number.{key}`");
        assert!(warnings.iter().any(|warning| warning.contains(&said)), "{said}: {warnings:?}");
    }
    assert_eq!(warnings.len(), 6);
    let (_, warnings) = load(&place("number = 9\n").path).unwrap();
    assert!(warnings.iter().any(|warning| warning.contains("line 1: `number` is not a setting")), "{warnings:?}");
}

#[test]
fn saving_leaves_them_as_they_are() {
    let place = place(RULES);
    let (settings, _) = load(&place.path).unwrap();
    save(&place.path, &Settings { letter_keys: true, ..settings }).unwrap();
    let saved = read(&place.path);
    assert!(saved.contains(RULES.split_once("[number]").unwrap().1), "{saved}");
    assert_eq!(load(&place.path).unwrap().0.number, load(&super::place(RULES).path).unwrap().0.number);
}

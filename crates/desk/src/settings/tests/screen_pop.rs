//! The screen pop's rules in the file, the machine's settings and policies.

use uncall_screenpop::Event;

use super::*;

const RULES: &str = r#"server = "pbx.example"
extension = "801"

[[screen_pop]] # the CRM
name = "CRM"
on = ["ring", "manual"]
direction = "callin"
open = "https://crm.example/search?q={other}"

[[screen_pop]]
on = "end"
post = "https://crm.example/hook"
secret = "kept between the two"
headers = { Authorization = "Bearer t" }
answer_hosts = ["crm.example"]
"#;

#[test]
fn tables_are_rules() {
    let (settings, warnings) = load(&place(RULES).path).unwrap();
    assert!(warnings.iter().all(|warning| warning.contains("chmod 600")), "{warnings:?}");
    let names: Vec<&str> = settings.screen_pop.iter().map(|rule| rule.name.as_str()).collect();
    assert_eq!(names, ["CRM", "POST https://crm.example"]);
    assert_eq!(settings.screen_pop[0].on, [Event::Ring, Event::Manual]);
    // What an administrator asks shows no secret.
    let shown = settings.explained().into_iter().find(|row| row.key == Key::ScreenPop).unwrap().value.unwrap();
    assert!(shown.contains("CRM: ring, manual → https://crm.example") && !shown.contains("Bearer"), "{shown}");
    let inline = "screen_pop = [{ on = \"ring\", open = \"https://c.example/\" }]\n";
    assert_eq!(load(&place(inline).path).unwrap().0.screen_pop.len(), 1);
}

#[test]
fn a_file_of_webhooks_with_secrets_is_its_owners() {
    let place = place(RULES);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for (mode, warned) in [(0o644, true), (0o600, false)] {
            std::fs::set_permissions(&place.path, std::fs::Permissions::from_mode(mode)).unwrap();
            let (_, warnings) = load(&place.path).unwrap();
            assert_eq!(warnings.iter().any(|warning| warning.contains("chmod 600")), warned, "{warnings:?}");
        }
    }
}

#[test]
fn a_rule_that_is_not_understood_costs_itself_and_names_its_line() {
    let text = "server = \"pbx.example\"\n[[screen_pop]]\non = \"ring\"\nopen = \"https://{name}/\"\n\n[[screen_pop]]\non = \"ring\"\n\
                open = \"https://c.example/\"\n[[screen_pop]]\non = \"end\"\nopen = \"https://c.example/2\"\n";
    let (settings, warnings) = load(&place(text).path).unwrap();
    assert_eq!(settings.screen_pop.len(), 1);
    for (line, why) in [(2, "`open` has a placeholder before the path"), (9, "give each its own `name`")] {
        let said = format!("line {line}: `screen_pop`:");
        assert!(
            warnings.iter().any(|warning| warning.contains(&said) && warning.contains(why)),
            "{said}: {warnings:?}"
        );
    }
    for bad in ["screen_pop = \"https://c.example/\"\n", "screen_pop = 7\n", "[screen_pop]\non = \"ring\"\n"] {
        let (settings, warnings) = load(&place(bad).path).unwrap();
        assert!(
            settings.screen_pop.is_empty() && warnings.iter().any(|w| w.contains("[[screen_pop]]")),
            "{warnings:?}"
        );
    }
}

#[test]
fn a_locked_policy_counts_whole() {
    let policy = "[[locked.screen_pop]]\non = \"ring\"\nopen = \"https://policy.example/\"\n[locked]\nscreen_pop_schemes = [\"sap\"]\n";
    let policy = load_policy(&place(policy).path, &|_| None).unwrap();
    assert!(policy.warnings.is_empty(), "{:?}", policy.warnings);
    let user = super::super::load(&place(RULES).path).unwrap().layer;
    let layers = Layers { locked_policy: policy.locked, user, ..Layers::default() };
    let settings = layers.merged();
    assert_eq!(settings.screen_pop.len(), 1);
    assert_eq!(settings.screen_pop[0].name, "https://policy.example");
    assert_eq!(settings.source(Key::ScreenPop), Source::LockedPolicy);
    assert!(settings.screen_pop_schemes.allow("sap").is_ok());
}

#[test]
fn only_an_administrator_allows_other_schemes() {
    let text = "server = \"pbx.example\"\nscreen_pop_schemes = [\"sap\"]\n";
    let (settings, warnings) = load(&place(text).path).unwrap();
    assert!(settings.screen_pop_schemes.allow("sap").is_err());
    assert!(warnings.iter().any(|warning| warning.contains("policy only")), "{warnings:?}");
    let never = "[locked]\nscreen_pop_schemes = [\"javascript\"]\n";
    let policy = load_policy(&place(never).path, &|_| None).unwrap();
    assert!(policy.locked.get(Key::ScreenPopSchemes).is_none());
    assert!(policy.warnings.iter().any(|warning| warning.text.contains("never opened")), "{:?}", policy.warnings);
}

#[test]
fn saving_leaves_them_as_they_are() {
    let place = place(RULES);
    let (settings, _) = load(&place.path).unwrap();
    save(&place.path, &Settings { letter_keys: true, ..settings.clone() }).unwrap();
    let saved = read(&place.path);
    assert!(saved.contains(RULES.split_once("[[screen_pop]]").unwrap().1), "{saved}");
    assert_eq!(load(&place.path).unwrap().0.screen_pop, settings.screen_pop);
}

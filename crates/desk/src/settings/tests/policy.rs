//! Policies: what they lock, what they leave open, and mistakes in them.

use super::*;

fn named(name: &str) -> Option<String> {
    match name {
        "user" => Some("wang".to_owned()),
        "env:EXTEN" => Some(" 805 ".to_owned()),
        "env:SITE" => Some("pbx.example".to_owned()),
        "env:ODD" => Some("8 05".to_owned()),
        "env:EMPTY" => Some(" ".to_owned()),
        _ => None,
    }
}

fn policy(text: &str) -> Policy {
    load_policy(&place(text).path, &named).unwrap()
}

fn layers(policy: &Policy) -> Layers {
    Layers { locked_policy: policy.locked.clone(), default_policy: policy.default.clone(), ..Layers::default() }
}

fn sentences(policy: &Policy) -> Vec<&str> {
    policy.warnings.iter().map(|warning| warning.text.as_str()).collect()
}

#[test]
fn what_is_locked_wins_over_the_user_and_what_is_a_default_over_nobody() {
    let given = policy(
        "[locked]\nserver = \"http://{env:SITE}/\"\nextension = \"{env:EXTEN}\"\nnotify = \"hidden\"\n\n[default]\npoll_seconds = 5\nletter_keys = true\n",
    );
    assert_eq!(given.warnings, []);
    let user =
        super::super::load(&place("extension = \"899\"\npoll_seconds = 9\nnotify = \"never\"\n").path).unwrap().layer;
    let settings = Layers { user, ..layers(&given) }.merged();
    assert_eq!(
        settings.server.as_ref().map(|servers| servers.first.as_str()),
        Some("http://pbx.example/uncall_services_api/index.php?wsdl")
    );
    assert_eq!(settings.extension.as_ref().map(Extension::as_str), Some("805"));
    assert_eq!((settings.notify, settings.poll_seconds, settings.letter_keys), (Notify::Hidden, 9, true));
    let of = |key| settings.source(key);
    assert_eq!((of(Key::Extension), of(Key::PollSeconds)), (Source::LockedPolicy, Source::User));
    assert_eq!((of(Key::LetterKeys), of(Key::Language)), (Source::DefaultPolicy, Source::Default));
    // The first start asks nothing.
    assert!(layers(&given).merged().is_configured());
}

#[test]
fn a_pattern_is_filled_in_or_says_what_is_missing() {
    for (written, extension) in [("{env:EXTEN}", "805"), ("80{env:SEAT}", ""), ("7{env:EXTEN}", "7805")] {
        let given = policy(&format!("[default]\nextension = \"{written}\"\n"));
        let found = layers(&given).merged().extension.map(|extension| extension.to_string()).unwrap_or_default();
        assert_eq!(found, extension, "{written}: {:?}", given.warnings);
        assert_eq!(given.warnings.is_empty(), !extension.is_empty());
    }
    for (written, why) in [
        ("{env:SEAT}", "the environment has no SEAT"),
        ("{env:EMPTY}", "the environment has no EMPTY"),
        ("{env:}", "only {user} and {env:NAME} are filled in"),
        ("{user:ldap:telephoneNumber}", "put the value into a variable at login"),
        ("{host}", "only {user} and {env:NAME}"),
        ("{env:EXTEN", "a { without a }"),
        ("{env:ODD}", "is \"8 05\" here, and takes an extension"),
    ] {
        let given = policy(&format!("[locked]\nextension = \"{written}\"\n"));
        let [warning] = given.warnings.as_slice() else { panic!("{written}: {:?}", given.warnings) };
        assert!(
            warning.text.contains("config.toml, line 2: `extension` ") && warning.text.contains(why),
            "{}",
            warning.text
        );
        assert_eq!(warning.key, Some(Key::Extension));
        assert!(!layers(&given).merged().is_configured());
    }
    let no_names = load_policy(&place("[locked]\nextension = \"{user}\"\n").path, &|_| None).unwrap();
    assert!(sentences(&no_names)[0].contains("the system names no user"));
    // Patterns do not work in the agent's own file.
    assert_eq!(load(&place("extension = \"{env:EXTEN}\"\n").path).unwrap().0.extension, None);
    let machine = load_machine(&place("extension = \"{env:EXTEN}\"\n").path, &named).unwrap();
    assert!(machine.warnings.is_empty() && machine.layer.get(Key::Extension).is_some());
    let registry = registry(|name| (name == "Extension").then(|| "{env:EXTEN}".to_owned()), &named);
    assert_eq!(registry.layer, machine.layer);
}

/// Each of these has one mistake: a warning names it, and the rest counts.
#[test]
fn a_policy_that_was_broken_by_hand_costs_what_is_broken() {
    for (broken, line, why) in [
        ("server = \"http://pbx.example/\"\n", 1, "`server` stands in neither [default] nor [locked]"),
        ("[lock]\nserver = \"http://pbx.example/\"\n", 1, "`lock` stands in neither"),
        ("default = true\n", 1, "`default` takes keys"),
        ("default = { extension = \"805\" }\n", 1, "`default` takes keys"),
        ("[default]\nextension = \"\\u5f20\"\n", 2, "`extension` takes an extension"),
        ("[default]\nserver = \"file://pbx/share\"\n", 2, "`server` takes an address"),
        ("[default]\npoll_seconds = \"3 s\"\n", 2, "`poll_seconds` takes whole seconds"),
        ("[default]\nletter_keys = \"no\"\n", 2, "`letter_keys` takes true or false"),
        ("[default]\nLetter_Keys = false\n", 2, "`Letter_Keys` is not a setting"),
        ("[default.notify]\nalways = true\n", 1, "`notify` takes a text"),
        ("[[default]]\nnotify = \"never\"\n", 1, "`default` takes keys"),
    ] {
        let given = policy(&format!("{broken}\n[locked]\nnotify = \"hidden\"\n"));
        let [warning] = given.warnings.as_slice() else { panic!("{broken}: {:?}", given.warnings) };
        assert!(warning.text.contains(&format!("config.toml, line {line}: ")), "{}", warning.text);
        assert!(warning.text.contains(why), "{}", warning.text);
        let settings = layers(&given).merged();
        assert_eq!((settings.notify, settings.source(Key::Notify)), (Notify::Hidden, Source::LockedPolicy), "{broken}");
        assert!(
            !settings.is_configured() && settings.poll_seconds == POLL_SECONDS && !settings.letter_keys,
            "{broken}"
        );
    }
    for unreadable in ["[locked\n", "[locked]\nnotify = hidden\n", "[locked]\nnotify = \"a\"\nnotify = \"b\"\n"] {
        let broken = place(unreadable);
        assert!(matches!(load_policy(&broken.path, &named), Err(SettingsError::Broken { .. })), "{unreadable}");
    }
    assert_eq!(load_policy(Path::new("/nowhere/policy.toml"), &named).unwrap(), Policy::default());
}

#[test]
fn a_policy_that_contradicts_itself_is_told_and_what_is_locked_counts() {
    let given = policy("[default]\nnotify = \"never\"\nlanguage = \"en\"\n[locked]\nnotify = \"hidden\"\n");
    let [warning] = sentences(&given)[..] else { panic!("{:?}", given.warnings) };
    assert!(warning.contains("`notify` is locked and has a default; the locked value counts"), "{warning}");
    assert_eq!(layers(&given).merged().notify, Notify::Hidden);

    // Two ways to log in: the token wins, with a warning.
    let given = policy("[locked]\ntoken = \"t0ken\"\nuser = \"wang\"\npassword = \"sesame\"\n");
    assert!(sentences(&given).iter().any(|warning| warning.contains("`token` wins")), "{:?}", given.warnings);
    assert!(sentences(&given).iter().all(|warning| !warning.contains("sesame") && !warning.contains("t0ken")));
    assert_eq!(layers(&given).merged().login, Some(Credentials::bearer(Secret::new("t0ken")).unwrap()));

    // A login for a server other than the locked one is not used.
    let given = policy(
        "[locked]\nserver = \"pbx.example\"\n[default]\nserver = \"old.example\"\nuser = \"wang\"\npassword = \"sesame\"\n",
    );
    let settings = layers(&given).merged();
    assert_eq!(
        (settings.server.as_ref().and_then(|servers| servers.first.host_str()), settings.login),
        (Some("pbx.example"), None)
    );
    // An invalid locked value locks nothing, so that the agent can still work.
    let user = super::super::load(&place("server = \"own.example\"\n").path).unwrap().layer;
    let given = policy("[locked]\nserver = \"ftp://pbx.example\"\n");
    let settings = Layers { user, ..layers(&given) }.merged();
    assert_eq!(
        (settings.server.as_ref().and_then(|servers| servers.first.host_str()), given.warnings.len()),
        (Some("own.example"), 1)
    );
}

#[test]
fn every_key_is_explained_and_no_secret_shown() {
    let given = policy(
        "[locked]\nserver = \"http://wang:sesame@pbx.example/\"\nrecordings = \"https://joe:sesame@rec.example/{files}\"\n[default]\nextension = \"{env:EXTEN}\"\n",
    );
    let user = super::super::load(&place("poll_seconds = 9\n").path).unwrap().layer;
    let rows = Layers { user, ..layers(&given) }.explained();
    let row = |name: &str| {
        let row = rows.iter().find(|row| row.name == name).unwrap_or_else(|| panic!("{name}: {rows:?}"));
        (row.value.as_deref().unwrap_or_default(), row.source, row.is_locked())
    };
    let address = "\"http://pbx.example/uncall_services_api/index.php?wsdl\"";
    assert_eq!(row("server"), (address, Source::LockedPolicy, true));
    assert_eq!(row("extension"), ("\"805\"", Source::DefaultPolicy, false));
    assert_eq!(row("user"), ("\"wang\"", Source::LockedPolicy, true));
    assert_eq!(row("password"), ("\"********\"", Source::LockedPolicy, true));
    assert_eq!(row("recordings"), ("\"https://rec.example/{files}\"", Source::LockedPolicy, true));
    assert_eq!(row("poll_seconds"), ("9", Source::User, false));
    assert_eq!(row("letter_keys"), ("false", Source::Default, false));
    assert!(Key::ALL.into_iter().all(|key| rows.iter().any(|row| row.key == key)), "{rows:?}");
    assert!(!format!("{rows:?}").contains("sesame"));
    assert!(Settings::default().explained().iter().all(|row| row.source == Source::Default));
}

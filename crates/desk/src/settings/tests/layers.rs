//! Which source wins, and what saving leaves to the weaker ones.

use super::*;

fn from<'a>(given: &'a [(&'a str, &'a str)]) -> impl Fn(&str) -> Option<String> + 'a {
    |name: &str| given.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
}

fn by_environment(given: &[(&str, &str)]) -> Layer {
    let (layer, warnings) = environment(from(given));
    assert!(warnings.is_empty(), "{warnings:?}");
    layer
}

fn by_registry(given: &[(&str, &str)]) -> Layer {
    let Loaded { layer, warnings } = registry(from(given), &|_| None);
    assert!(warnings.is_empty(), "{warnings:?}");
    layer
}

fn by_file(text: &str) -> Layer {
    super::super::load(&place(text).path).unwrap().layer
}

fn host(settings: &Settings) -> &str {
    settings.server.as_ref().and_then(|servers| servers.first.host_str()).unwrap_or_default()
}

fn login(user: &str) -> Option<Credentials> {
    Some(Credentials::basic(user, Secret::new("sesame")).unwrap())
}

#[test]
fn the_strongest_source_that_says_something_wins_key_by_key() {
    let mut layers = Layers::default();
    let mut expected = POLL_SECONDS;
    assert_eq!(layers.merged(), Settings { sources: layers.merged().sources, ..Settings::default() });
    for (source, seconds) in [
        (Source::DefaultPolicy, 10),
        (Source::System, 11),
        (Source::Environment, 12),
        (Source::User, 13),
        (Source::LockedPolicy, 14),
    ] {
        assert_eq!(layers.merged().poll_seconds, expected);
        expected = seconds;
        let layer = match source {
            Source::LockedPolicy => &mut layers.locked_policy,
            Source::User => &mut layers.user,
            Source::Environment => &mut layers.environment,
            Source::System => &mut layers.system,
            Source::DefaultPolicy | Source::Default => &mut layers.default_policy,
        };
        layer.set(Value::PollSeconds(seconds));
        let merged = layers.merged();
        assert_eq!((merged.poll_seconds, merged.source(Key::PollSeconds)), (seconds, source));
        assert_eq!((merged.letter_keys, merged.source(Key::LetterKeys)), (false, Source::Default));
    }
    assert_eq!(layers.without_user().poll_seconds, 12);
}

#[test]
fn environment_and_registry_say_what_they_can() {
    let layer =
        by_environment(&[("UNCALL_SERVER", "pbx.example:8088"), ("UNCALL_EXTEN", " 805 "), ("UNCALL_USER", " ")]);
    let settings = Layers { environment: layer, ..Layers::default() }.merged();
    assert_eq!(
        settings.server.as_ref().map(|servers| servers.first.as_str()),
        Some("http://pbx.example:8088/uncall_services_api/index.php?wsdl")
    );
    assert_eq!((settings.extension.unwrap().as_str(), settings.login), ("805", None));
    let folder = std::env::temp_dir();
    let contacts = format!("{};{}", folder.join("a b.csv").display(), folder.join("b.vcf").display());
    let layer = by_registry(&[
        ("Server", "pbx.example"),
        ("Extension", "812"),
        ("Language", "zh-CN"),
        ("PollSeconds", "1"),
        ("LetterKeys", "1"),
        ("PopupCallout", "True"),
        ("FollowWsdlHost", "0"),
        ("PopupPlace", r"top-left on \\.\DISPLAY2"),
        ("Notify", "hidden"),
        ("Recordings", "https://rec.example/{files}"),
        ("PopupWarmMinutes", "5"),
        ("LinkCountdown", "1"),
        ("NumberCountry", "86"),
        ("NumberArea", "010"),
        ("NumberOutsidePrefix", "9"),
        ("NumberMobileZero", "0"),
        ("NumberLocalMobiles", "1380013; 1390013"),
        ("NumberInternal", "3;4"),
        ("NumberReplace", r"0=801; 8(\d{3})=*8$1"),
        ("NumberBlock", "00;95013"),
        ("NumberAsk", "400"),
        ("NumberHours", "mon-fri 09:00-18:00; sat 10:00-16:00"),
        ("BusyReasons", "小休; lunch"),
        ("BusyWhenLocked", "1"),
        ("BusyWhenIdleMinutes", "15"),
        ("WrapUpSeconds", "30"),
        ("WrapUpAfter", "callin"),
        ("HoldAlertSeconds", "45"),
        ("Dispositions", "sold;sold/later"),
        ("DispositionsRequired", "both"),
        ("JournalDays", "90"),
        ("MaskNumbers", "1"),
        ("PopupPrivate", "1"),
        ("PhoneEnabled", "1"),
        ("PhoneRegistrar", "sips:pbx.example"),
        ("Contacts", &contacts),
        ("ContactsUrl", "https://crm.example/{number}"),
    ]);
    let settings = Layers { system: layer, ..Layers::default() }.merged();
    assert_eq!((settings.poll_seconds, settings.letter_keys, settings.popup_callout), (1, true, true));
    assert_eq!((settings.notify, settings.popup_warm_minutes), (Notify::Hidden, 5));
    assert_eq!(settings.contacts, [folder.join("a b.csv"), folder.join("b.vcf")]);
    assert_eq!((settings.number.block.len(), settings.number.replace.len(), settings.number.hours.len()), (2, 2, 2));
    assert!(
        Key::ALL
            .into_iter()
            .filter(|key| is_for_administrators(*key))
            .all(|key| settings.source(key) == Source::System)
    );
}

/// Logins are the agent's own, and so are devices.
const fn is_for_administrators(key: Key) -> bool {
    // Tables do not fit into a registry.
    !matches!(key, Key::Login | Key::Phone(_) | Key::ScreenPop | Key::ScreenPopSchemes)
        || matches!(key, Key::Phone(PhonePart::Enabled | PhonePart::Registrar))
}

#[test]
fn an_administrator_s_contacts_may_be_a_pattern_and_a_user_s_is_a_path() {
    let folder = std::env::temp_dir();
    let text = folder.join("{user}.csv").display().to_string();
    let names = |name: &str| (name == "user").then(|| "wang".to_owned());
    let Loaded { layer, warnings } = registry(from(&[("Contacts", &text)]), &names);
    assert_eq!((layer.get(Key::Contacts), warnings.len()), (Some(&Value::Contacts(vec![folder.join("wang.csv")])), 0));
    let own = by_file(&format!("contacts = [{}]\n", toml_edit::Value::from(text.clone())));
    assert_eq!(own.get(Key::Contacts), Some(&Value::Contacts(vec![text.into()])));
}

#[test]
fn what_is_not_usable_costs_itself_and_weaker_sources_fill_in() {
    let (environment, warnings) =
        environment(from(&[("UNCALL_SERVER", "ftp://x"), ("UNCALL_EXTEN", "805"), ("UNCALL_USER", "wang")]));
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    let given = [("Server", "pbx.example"), ("Extension", "8;0"), ("PollSeconds", "often")];
    let Loaded { layer: system, warnings: more } = registry(from(&given), &|_| None);
    assert_eq!(more.len(), 2, "{more:?}");
    assert!(more.iter().all(|warning| warning.key.is_some()));
    let settings = Layers { environment, system, ..Layers::default() }.merged();
    assert_eq!((host(&settings), settings.extension.as_ref().map(Extension::as_str)), ("pbx.example", Some("805")));
    assert_eq!((settings.source(Key::Server), settings.source(Key::Extension)), (Source::System, Source::Environment));
}

#[test]
fn saving_inherited_values_freezes_none_of_them() {
    let environment =
        by_environment(&[("UNCALL_EXTEN", "805"), ("UNCALL_USER", "wang"), ("UNCALL_PASSWORD", "sesame")]);
    let layers = Layers { environment, system: by_registry(&[("Server", "old.example")]), ..Layers::default() };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let shown = layers.merged();
    assert_eq!(shown.login, login("wang"));
    super::super::save(&path, &shown, &Settings { popup_callout: true, ..shown.clone() }, &layers, &NoKeyring).unwrap();
    assert_eq!(read(&path), "popup_callout = true\n");
    // When the administrator changes the server, the desk follows.
    let moved = Layers { system: by_registry(&[("Server", "new.example")]), user: by_file(&read(&path)), ..layers };
    assert_eq!((host(&moved.merged()), moved.merged().popup_callout), ("new.example", true));
}

#[test]
fn what_version_0_1_has_frozen_is_dropped_where_it_says_the_same_and_overruled_where_locked() {
    let environment = by_environment(&[("UNCALL_USER", "wang"), ("UNCALL_PASSWORD", "sesame")]);
    let layers = Layers { environment, system: by_registry(&[("Server", "pbx.example")]), ..Layers::default() };
    let frozen = format!(
        "server = \"{}\"\nextension = \"801\"\nuser = \"wang\"\npassword = \"sesame\"\n",
        server_addresses("pbx.example").unwrap()
    );
    let place = place(&frozen);
    let shown = Layers { user: by_file(&frozen), ..layers.clone() }.merged();
    assert_eq!((shown.source(Key::Server), shown.source(Key::Login)), (Source::User, Source::User));
    super::super::save(&place.path, &shown, &shown, &layers, &NoKeyring).unwrap();
    assert_eq!(read(&place.path), "extension = \"801\"\n");

    let locked_policy: Layer = [Value::Server(server_addresses("new.example").unwrap())].into_iter().collect();
    let locked = Layers { locked_policy, user: by_file(&frozen), ..Layers::default() };
    let shown = locked.merged();
    assert_eq!((host(&shown), shown.source(Key::Server)), ("new.example", Source::LockedPolicy));
    assert_eq!(shown.login, None, "the password was typed for the old one");
    // The page cannot change what is locked, whatever it sends.
    fs::write(&place.path, &frozen).unwrap();
    let wanted = Settings { server: server_addresses("evil.example").ok(), letter_keys: true, ..shown.clone() };
    super::super::save(&place.path, &shown, &wanted, &Layers { user: Layer::default(), ..locked.clone() }, &NoKeyring)
        .unwrap();
    assert_eq!(read(&place.path), format!("{frozen}letter_keys = true\n"));
}

#[test]
fn the_user_can_go_back_to_what_is_given_and_say_no_to_it() {
    let system = by_file("server = \"pbx.example\"\nlanguage = \"en\"\nuser = \"all\"\npassword = \"sesame\"\n");
    let layers = Layers { system, ..Layers::default() };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let given = layers.merged();
    assert_eq!((given.language, &given.login), (Some(Language::English), &login("all")));
    let no = Settings { language: None, login: None, ..given.clone() };
    super::super::save(&path, &given, &no, &layers, &NoKeyring).unwrap();
    assert_eq!(read(&path), "user = \"\"\nlanguage = \"system\"\n");
    let said = Layers { user: by_file(&read(&path)), ..layers.clone() }.merged();
    assert_eq!((said.language, &said.login, said.source(Key::Login)), (None, &None, Source::User));
    super::super::save(&path, &said, &given, &layers, &NoKeyring).unwrap();
    assert_eq!(read(&path), "");
}

#[test]
fn a_login_is_for_the_server_that_its_source_names() {
    let elsewhere = by_environment(&[("UNCALL_SERVER", "other.example"), ("UNCALL_TOKEN", "t0ken")]);
    let user = by_file("server = \"pbx.example\"\n");
    let layers = Layers { user, environment: elsewhere, ..Layers::default() };
    assert_eq!((host(&layers.merged()), layers.merged().login), ("pbx.example", None));
    // The login of a source without a server is for whichever server is in use.
    let layers = Layers { environment: by_environment(&[("UNCALL_TOKEN", "t0ken")]), ..layers };
    assert!(layers.merged().login.is_some());
    // An invalid server is not the one in use.
    let user = by_file("server = \"ftp://pbx\"\nuser = \"wang\"\npassword = \"sesame\"\n");
    let layers = Layers { user, system: by_registry(&[("Server", "pbx.example")]), ..Layers::default() };
    assert_eq!((host(&layers.merged()), layers.merged().login), ("pbx.example", None));
    // A login for one server is not for another that is used along with it.
    let two = "server = [\"pbx.example\", \"second.example\"]\n";
    let own = by_registry(&[("Server", "http://wang:sesame@pbx.example")]);
    let layers = Layers { user: by_file(two), system: own, ..Layers::default() };
    assert_eq!((host(&layers.merged()), layers.merged().login), ("pbx.example", None));
    let both = by_environment(&[("UNCALL_SERVER", "second.example pbx.example"), ("UNCALL_TOKEN", "t0ken")]);
    let layers = Layers { environment: both, ..layers };
    assert!(layers.merged().login.is_some_and(|login| login.user().is_none()));
    // A login in the address belongs to that address.
    let layers = Layers { system: by_registry(&[("Server", "http://wang:sesame@pbx.example")]), ..Layers::default() };
    assert_eq!((layers.merged().login, layers.merged().server.unwrap().first.username()), (login("wang"), ""));
}

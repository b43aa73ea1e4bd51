//! Saving to a file that somebody wrote by hand: the text stays, and nothing from the layers below gets into it.

use super::*;

fn english(settings: Settings) -> Settings {
    Settings { language: Some(Language::English), ..settings }
}

#[test]
fn what_the_owner_wrote_stays() {
    let place = place(concat!(
        "# our panel\nserver = \"pbx.example\" # the old one\nextension = '801'\nfuture = 1\n\n",
        "[hotkeys] # mine\nhold = \"H\"\n",
    ));
    let (loaded, warnings) = load(&place.path).unwrap();
    assert_eq!(loaded.server.as_ref().unwrap().first.host_str(), Some("pbx.example"));
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings.iter().any(|warning| warning.contains("line 4: `future` is not a setting")), "{warnings:?}");
    save(&place.path, &english(loaded.clone())).unwrap();
    let unchanged = "# our panel\nserver = \"pbx.example\" # the old one\nextension = '801'\nfuture = 1\n";
    let hotkeys = "\n[hotkeys] # mine\nhold = \"H\"\n";
    assert_eq!(read(&place.path), format!("{unchanged}language = \"en\"\n{hotkeys}"), "only what was changed");
    let server = server_addresses(ADDRESS).ok();
    save(&place.path, &Settings { server, ..english(loaded) }).unwrap();
    let changed = format!("# our panel\nserver = \"{ADDRESS}\" # the old one\nextension = '801'\nfuture = 1\n");
    assert_eq!(read(&place.path), format!("{changed}language = \"en\"\n{hotkeys}"));
}

#[test]
fn a_value_that_is_dropped_leaves_its_comments() {
    let text = concat!(
        "# 我们的面板\n\n# where\nserver = \"pbx.example\" # the old one\nextension = \"801\"\n# loud\n",
        "popup_callout = false # no\nletter_keys = false # neither\n# end\n",
    );
    let given: Layer = [Value::Server(server_addresses("pbx.example").unwrap())].into_iter().collect();
    let layers = Layers { system: given, ..Layers::default() };
    let place = place(text);
    let wanted = Layers { user: super::super::load(&place.path).unwrap().layer, ..layers.clone() }.merged();
    save_over(&place.path, &wanted, &layers, &NoKeyring).unwrap();
    assert_eq!(
        read(&place.path),
        "# 我们的面板\n# where\n# the old one\nextension = \"801\"\n# loud\n# no\n# neither\n# end\n"
    );
    // The last key before a table, and the last of all.
    for (text, left) in [
        ("server = \"pbx.example\" # here\n\n[hotkeys]\nhold = \"H\"\n", "# here\n\n[hotkeys]\nhold = \"H\"\n"),
        ("letter_keys = true\n# here\nserver = \"pbx.example\"\n", "letter_keys = true\n# here\n"),
        ("server = \"pbx.example\"", ""),
    ] {
        fs::write(&place.path, text).unwrap();
        save_over(&place.path, &Settings { letter_keys: true, extension: None, ..wanted.clone() }, &layers, &NoKeyring)
            .unwrap();
        let saved = read(&place.path).replace("letter_keys = true\n", "");
        assert_eq!(saved.trim_start(), left.replace("letter_keys = true\n", ""), "{text}");
    }
}

#[test]
fn what_was_changed_on_the_disk_meanwhile_stays() {
    let place = place("server = \"pbx.example\"\nextension = \"801\"\n");
    let shown = Layers { user: super::super::load(&place.path).unwrap().layer, ..Layers::default() }.merged();
    // Somebody corrects the file while the agent types.
    fs::write(&place.path, "# new\nserver = \"new.example\" # moved\nextension = \"801\"\npoll_seconds = 7\nx = 1\n")
        .unwrap();
    super::super::save(&place.path, &shown, &english(shown.clone()), &Layers::default(), &NoKeyring).unwrap();
    assert_eq!(
        read(&place.path),
        "# new\nserver = \"new.example\" # moved\nextension = \"801\"\npoll_seconds = 7\nx = 1\nlanguage = \"en\"\n"
    );
    // Or deletes it.
    fs::remove_file(&place.path).unwrap();
    super::super::save(&place.path, &shown, &english(shown.clone()), &Layers::default(), &NoKeyring).unwrap();
    assert_eq!(read(&place.path), "language = \"en\"\n");
}

#[test]
fn line_ends_and_mark_stay_as_the_editor_wrote_them() {
    let place = place("\u{feff}# 中文\r\nserver = \"pbx.example\" # 旧\r\nextension = \"801\"\r\n\r\n[x]\r\ny = 1\r\n");
    let (loaded, warnings) = load(&place.path).unwrap();
    assert_eq!((loaded.is_configured(), warnings.len()), (true, 1), "{warnings:?}");
    save(&place.path, &english(loaded)).unwrap();
    assert_eq!(
        read(&place.path),
        "\u{feff}# 中文\r\nserver = \"pbx.example\" # 旧\r\nextension = \"801\"\r\nlanguage = \"en\"\r\n\r\n[x]\r\ny = 1\r\n"
    );
}

#[test]
fn a_value_that_is_not_understood_stays_until_another_is_set() {
    let text =
        "server = \"pbx.example\"\nextension = \"801\"\npoll_seconds = 99 # slow\nlanguage = \"de\"\n[notify]\nx = 1\n";
    let place = place(text);
    let (loaded, warnings) = load(&place.path).unwrap();
    assert_eq!((loaded.poll_seconds, warnings.len()), (POLL_SECONDS, 3), "{warnings:?}");
    save(&place.path, &Settings { letter_keys: true, ..loaded.clone() }).unwrap();
    assert_eq!(read(&place.path), text.replace("[notify]", "letter_keys = true\n[notify]"));
    save(&place.path, &Settings { poll_seconds: 5, notify: Notify::Never, ..english(loaded) }).unwrap();
    assert_eq!(
        read(&place.path),
        "server = \"pbx.example\"\nextension = \"801\"\npoll_seconds = 5 # slow\nlanguage = \"en\"\nnotify = \"never\"\n"
    );
}

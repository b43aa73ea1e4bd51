//! Files that are unusable, in whole or in part.

use super::*;

/// GBK of `# 王芳的面板`, as iconv writes it.
const GBK: &[u8] = b"# \xcd\xf5\xb7\xbc\xb5\xc4\xc3\xe6\xb0\xe5\n";

#[test]
fn a_value_that_its_key_does_not_take_costs_that_key() {
    for (line, reason) in [
        ("extension = \"8 01\"", "`extension` takes an extension"),
        ("extension = true", "`extension` takes a text"),
        ("language = \"de\"", "`language` takes"),
        ("server = \"ftp://x\"", "`server` takes an address"),
        ("server = 80", "`server` takes a text"),
        ("server = [1]", "`server` takes a text"),
        ("popup_callout = \"yes\"", "`popup_callout` takes true or false"),
        ("popup_warm_minutes = -1", "`popup_warm_minutes` takes whole minutes"),
        ("popup_warm_minutes = 2000", "`popup_warm_minutes` takes whole minutes"),
        ("popup_warm_minutes = 1.5", "`popup_warm_minutes` takes whole minutes"),
        ("poll_seconds = 0", "`poll_seconds` takes whole seconds from 1 to 30"),
        ("poll_seconds = 31", "`poll_seconds` takes whole seconds from 1 to 30"),
        ("notify = \"sometimes\"", "`notify` takes"),
        ("popup_place = \"middle\"", "`popup_place` takes"),
        ("letter_keys = 1", "`letter_keys` takes true or false"),
        ("recordings = \"https://rec.example/\"", "{files}"),
        ("recordings = \"file:///{files}\"", "{files}"),
        ("future = 1", "`future` is not a setting"),
        ("[server]\nx = 1", "`server` takes a text"),
    ] {
        let place = place(&format!("# mine\n\nfollow_wsdl_host = true\n{line}\n"));
        let (settings, warnings) = load(&place.path).unwrap();
        assert!(settings.follow_wsdl_host, "{line}: the others count");
        assert_eq!(settings, Settings { follow_wsdl_host: true, ..Settings::default() }, "{line}");
        let [warning] = warnings.as_slice() else { panic!("{line}: {warnings:?}") };
        assert!(warning.contains("config.toml, line 4: ") && warning.contains(reason), "{warning}");
        assert!(!warning.contains('\n'), "{warning}");
    }
}

#[test]
fn what_can_be_meant_is_taken() {
    let place = place("server = \"\"\nextension = 801\nuser = 801\npassword = 1234\nlanguage = \"\"\n");
    let (settings, warnings) = load(&place.path).unwrap();
    assert_eq!((settings.server, settings.extension), (None, full().extension));
    assert_eq!(settings.login, Some(Credentials::basic("801", Secret::new("1234")).unwrap()));
    assert!(warnings.iter().all(|warning| warning.contains("chmod")), "{warnings:?}");
}

#[test]
fn a_broken_file_is_named_with_its_line_and_kept_beside_when_settings_are_saved() {
    let gbk = [b"server = \"pbx.example\"\n", GBK].concat();
    let utf16: Vec<u8> =
        std::iter::once(0xfeff).chain("# 王芳\r\n".encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let big_endian: Vec<u8> =
        std::iter::once(0xfeff).chain("# 王\n".encode_utf16()).flat_map(u16::to_be_bytes).collect();
    let huge = [b"#".repeat(usize::try_from(LARGEST).unwrap()), b"\n".to_vec()].concat();
    for (bytes, line, reason) in [
        (b"server = \"a\"\nextension = \n".as_slice(), 2, ""),
        (b"server = \"a\"\nserver = \"b\"\n", 2, ""),
        (b"extension = 0801\n", 1, ""),
        (&[0; 512], 1, ""),
        (&gbk, 2, "not UTF-8"),
        (&utf16, 1, "UTF-16"),
        (&big_endian, 1, "UTF-16"),
        (&huge, 1, "larger than"),
    ] {
        let place = place("");
        fs::write(&place.path, bytes).unwrap();
        let error = super::super::load(&place.path).unwrap_err();
        let named = match &error {
            SettingsError::Broken { line, .. } | SettingsError::Encoding { line, .. } => line,
            SettingsError::Unreadable { .. } | SettingsError::NotWritten { .. } => panic!("{error}"),
        };
        assert_eq!(*named, line, "{error}");
        let words = error.to_string();
        assert!(words.contains("config.toml") && words.contains(reason) && !words.contains('\n'), "{words}");
        let kept = place.path.with_file_name("config.toml.broken");
        assert_eq!(name_aside(&place.path), kept);
        let saved = save(&place.path, &full()).unwrap();
        assert_eq!(saved.set_aside, Some(kept.clone()), "{words}");
        assert_eq!(fs::read(&kept).unwrap(), bytes, "as it was");
        assert_eq!(load(&place.path).unwrap().0, full());
        // The new file is fine, so the next save sets nothing aside.
        assert_eq!(save(&place.path, &full()).unwrap().set_aside, None);
        fs::write(&place.path, GBK).unwrap();
        let second = place.path.with_file_name("config.toml.broken-2");
        assert_eq!(save(&place.path, &full()).unwrap().set_aside, Some(second));
        assert_eq!(fs::read(&kept).unwrap(), bytes);
    }
}

#[test]
fn a_folder_in_its_place_is_kept_beside_and_an_empty_file_is_none() {
    let place = place("");
    assert_eq!(load(&place.path).unwrap(), (Settings::default(), vec![]));
    assert_eq!(save(&place.path, &full()).unwrap().set_aside, None);
    fs::remove_file(&place.path).unwrap();
    fs::create_dir(&place.path).unwrap();
    fs::write(place.path.join("theirs"), "x").unwrap();
    assert!(super::super::load(&place.path).unwrap_err().to_string().contains("it is a folder"));
    save(&place.path, &full()).unwrap();
    assert_eq!(load(&place.path).unwrap().0, full());
    assert!(place.path.with_file_name("config.toml.broken").join("theirs").exists());
}

#[cfg(unix)]
#[test]
fn what_is_no_file_at_all_is_neither_waited_for_nor_moved() {
    let device = Path::new("/dev/null");
    assert!(matches!(super::super::load(device), Err(SettingsError::Unreadable { .. })));
    assert!(matches!(save(device, &full()), Err(SettingsError::NotWritten { .. })));
    assert!(!Path::new("/dev/null.broken").exists());
}

#[cfg(unix)]
#[test]
fn a_broken_file_behind_a_link_is_kept_where_it_is() {
    let place = place("server = unquoted\n");
    let link = place.path.with_file_name("link.toml");
    std::os::unix::fs::symlink(&place.path, &link).unwrap();
    save(&link, &full()).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(read(&place.path.with_file_name("config.toml.broken")), "server = unquoted\n");
    assert_eq!(load(&place.path).unwrap().0, full());
}

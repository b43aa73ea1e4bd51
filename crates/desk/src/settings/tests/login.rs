//! The login in file, keyring, environment and form.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::*;
use crate::settings as kept;

/// A keyring in memory; broken when told so.
#[derive(Default)]
struct Ring {
    secrets: RefCell<BTreeMap<String, String>>,
    broken: bool,
}

impl Ring {
    fn accounts(&self) -> Vec<String> {
        self.secrets.borrow().keys().cloned().collect()
    }
}

impl Keyring for Ring {
    fn exists(&self) -> bool {
        true
    }

    fn get(&self, account: &str) -> Result<Option<Secret>, String> {
        Ok(self.secrets.borrow().get(account).map(Secret::new))
    }

    fn set(&self, account: &str, secret: &Secret) -> Result<(), String> {
        if self.broken {
            return Err("locked".into());
        }
        self.secrets.borrow_mut().insert(account.into(), secret.expose().into());
        Ok(())
    }

    fn forget(&self, account: &str) -> Result<(), String> {
        self.secrets.borrow_mut().remove(account);
        Ok(())
    }
}

fn basic(user: &str, password: &str) -> Option<Credentials> {
    Some(Credentials::basic(user, Secret::new(password)).unwrap())
}

fn bearer(token: &str) -> Option<Credentials> {
    Some(Credentials::bearer(Secret::new(token)).unwrap())
}

fn at_desk(login: Option<Credentials>) -> Settings {
    Settings { server: full().server, extension: full().extension, login, ..Settings::default() }
}

const HEAD: &str =
    "# mine\nserver = \"http://192.168.160.211/uncall_services_api/index.php?wsdl\" # here\nextension = \"801\"\n";

#[test]
fn with_a_keyring_the_file_has_no_secret() {
    let ring = Ring::default();
    let place = place(HEAD);
    let kept = kept::save(&place.path, &at_desk(basic("wang", "sesame")), &ring).unwrap();
    assert_eq!(kept, SecretIn::Keyring);
    assert_eq!(read(&place.path), format!("{HEAD}user = \"wang\"\nsecret_in = \"keyring\"\n"));
    let loaded = kept::load(&place.path, &ring).unwrap();
    assert_eq!(loaded.settings.login, basic("wang", "sesame"));
    assert_eq!((loaded.settings.secret_in, loaded.warnings), (SecretIn::Keyring, vec![]));

    // Another user: the first one's secret does not stay behind. A token: the same.
    kept::save(&place.path, &at_desk(basic("li", "other")), &ring).unwrap();
    assert_eq!(ring.accounts(), ["li at http://192.168.160.211"]);
    kept::save(&place.path, &at_desk(bearer("t0ken")), &ring).unwrap();
    assert_eq!(ring.accounts(), ["token of 801 at http://192.168.160.211"]);
    assert_eq!(read(&place.path), format!("{HEAD}secret_in = \"keyring\"\n"));
    assert_eq!(kept::load(&place.path, &ring).unwrap().settings.login, bearer("t0ken"));
    kept::save(&place.path, &at_desk(None), &ring).unwrap();
    assert!(ring.accounts().is_empty());
    assert_eq!(read(&place.path), HEAD);
}

#[test]
fn without_a_keyring_or_with_a_broken_one_the_file_keeps_the_secret() {
    for ring in [&NoKeyring as &dyn Keyring, &Ring { broken: true, ..Ring::default() }] {
        let place = place(HEAD);
        let kept = kept::save(&place.path, &at_desk(basic("wang", "sesame")), ring).unwrap();
        assert_eq!(kept, SecretIn::File);
        assert_eq!(read(&place.path), format!("{HEAD}user = \"wang\"\npassword = \"sesame\"\n"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&place.path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let loaded = kept::load(&place.path, ring).unwrap();
        assert_eq!((loaded.settings.login, loaded.warnings), (basic("wang", "sesame"), vec![]));
        kept::save(&place.path, &at_desk(bearer("t0ken")), ring).unwrap();
        assert_eq!(read(&place.path), format!("{HEAD}token = \"t0ken\"\n"));
    }
}

#[test]
fn a_secret_moves_from_the_file_into_the_keyring_and_back() {
    let ring = Ring::default();
    let place = place(&format!("{HEAD}user = \"wang\" # me\npassword = \"sesame\"\n"));
    let loaded = kept::load(&place.path, &ring).unwrap().settings;
    kept::save(&place.path, &loaded, &ring).unwrap();
    assert_eq!(read(&place.path), format!("{HEAD}user = \"wang\" # me\nsecret_in = \"keyring\"\n"));
    let loaded = kept::load(&place.path, &ring).unwrap().settings;
    assert_eq!(loaded.login, basic("wang", "sesame"));
    let broken = Ring { broken: true, ..ring };
    kept::save(&place.path, &loaded, &broken).unwrap();
    assert!(read(&place.path).contains("password = \"sesame\"") && broken.accounts().is_empty());
}

#[test]
fn what_keeps_a_login_from_being_used_is_a_warning_without_a_secret() {
    for (text, login, warning) in [
        ("user = \"wang\"\nsecret_in = \"keyring\"\n", None, "no keyring"),
        ("user = \"wang\"\n", None, "no `password`"),
        ("user = \"wang:x\"\npassword = \"sesame\"\n", None, "colon"),
        ("token = \"ses ame\"\n", None, "token must be"),
        ("user = \"wang\"\npassword = \"sesame\"\ntoken = \"t\"\n", bearer("t"), "`token` wins"),
    ] {
        let place = place(&format!("{HEAD}{text}"));
        private(&place.path);
        let loaded = load(&place.path).unwrap();
        assert_eq!(loaded.settings.login, login, "{text}");
        assert!(loaded.warnings.len() == 1 && loaded.warnings[0].contains(warning), "{:?}", loaded.warnings);
        assert!(!loaded.warnings[0].contains("sesame"), "{:?}", loaded.warnings);
    }
    assert!(matches!(load(&place("secret_in = \"drawer\"\n").path), Err(SettingsError::Broken { line: 1, .. })));
}

fn private(path: &Path) {
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    #[cfg(not(unix))]
    let _ = path;
}

#[cfg(unix)]
#[test]
fn a_secret_that_others_can_read_is_a_warning() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = place(&format!("{HEAD}token = \"t0ken\"\n"));
    fs::set_permissions(&place.path, fs::Permissions::from_mode(0o644)).unwrap();
    let loaded = load(&place.path).unwrap();
    assert!(loaded.warnings.iter().any(|warning| warning.contains("chmod 600")), "{:?}", loaded.warnings);
    assert_eq!(loaded.settings.login, bearer("t0ken"));
}

#[test]
fn a_login_in_the_address_gets_its_own_place() {
    let place = place("server = \"http://wang:ses%20ame@pbx.example\"\nextension = \"801\"\n");
    let loaded = load(&place.path).unwrap().settings;
    assert_eq!(loaded.login, basic("wang", "ses ame"));
    assert_eq!(loaded.server.as_ref().unwrap().as_str(), "http://pbx.example/uncall_services_api/index.php?wsdl");
    assert_eq!(loaded.client().unwrap().login, basic("wang", "ses ame"));
    save(&place.path, &loaded).unwrap();
    assert!(!read(&place.path).contains('@'), "{}", read(&place.path));
}

#[test]
fn the_environment_stands_in_for_a_login_that_is_not_set() {
    let by = |settings: Settings, given: &[(&str, &str)]| {
        let value = |name: &str| given.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        settings.with_environment(value).map(|settings| settings.login).map_err(|problem| problem.code)
    };
    let wang = [("UNCALL_USER", "wang"), ("UNCALL_PASSWORD", "sesame")];
    assert_eq!(by(at_desk(None), &wang), Ok(basic("wang", "sesame")));
    assert_eq!(by(at_desk(None), &[("UNCALL_TOKEN", "t")]), Ok(bearer("t")));
    assert_eq!(by(at_desk(bearer("file")), &wang), Ok(bearer("file")), "the file wins");
    assert_eq!(by(at_desk(None), &[("UNCALL_USER", "wang")]), Err("login_invalid".into()));
    assert_eq!(by(at_desk(None), &[("UNCALL_PASSWORD", "x"), ("UNCALL_TOKEN", "t")]), Err("login_invalid".into()));
}

#[test]
fn a_typed_login_is_completed_only_for_the_server_and_user_it_is_known_for() {
    let server: Url = ADDRESS.parse().unwrap();
    let elsewhere: Url = "http://evil.example/?wsdl".parse().unwrap();
    let before = at_desk(basic("wang", "sesame"));
    let password = |user: &str, password: Option<&str>| TypedLogin::Password {
        user: user.into(),
        password: password.map(Secret::new),
    };
    let token = |token: Option<&str>| TypedLogin::Token { token: token.map(Secret::new) };
    for (typed, at, login) in [
        (TypedLogin::None, &server, Ok(None)),
        (password(" wang ", None), &server, Ok(basic("wang", "sesame"))),
        (password("wang", Some("new")), &server, Ok(basic("wang", "new"))),
        (password("wang", None), &elsewhere, Err("login_incomplete")),
        (password("li", None), &server, Err("login_incomplete")),
        (password("", Some("x")), &server, Err("login_incomplete")),
        (password("a:b", Some("x")), &server, Err("login_invalid")),
        (token(Some(" t0ken\n")), &server, Ok(bearer("t0ken"))),
        (token(None), &server, Err("login_incomplete")),
        (token(Some("two words")), &server, Err("login_invalid")),
    ] {
        let shown = format!("{typed:?}");
        assert!(!shown.contains("new") && !shown.contains("t0ken"), "{shown}");
        let found = typed.over(&before, at).map_err(|problem| problem.code);
        assert_eq!(found, login.map_err(str::to_owned), "{shown} at {at}");
    }
    assert_eq!(token(None).over(&at_desk(bearer("t")), &server), Ok(bearer("t")));
}

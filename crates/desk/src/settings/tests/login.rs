//! Logins in file, keyring, environment and form.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::*;

/// A keyring in memory that can be made to fail.
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

/// Saves and returns where the secret is.
fn keep(path: &Path, settings: &Settings, ring: &dyn Keyring) -> SecretIn {
    save_over(path, settings, &Layers::default(), ring).unwrap();
    settings_of(path, ring).0.secret_in
}

fn settings_of(path: &Path, ring: &dyn Keyring) -> (Settings, Vec<String>) {
    let loaded = super::super::load(path).unwrap();
    let mut layers = Layers { user: loaded.layer, ..Layers::default() };
    let warnings = loaded.warnings.into_iter().chain(layers.unlock(ring)).map(|warning| warning.text).collect();
    (of_file(&layers), warnings)
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
    assert_eq!(keep(&place.path, &at_desk(basic("wang", "sesame")), &ring), SecretIn::Keyring);
    assert_eq!(read(&place.path), format!("{HEAD}user = \"wang\"\nsecret_in = \"keyring\"\n"));
    let (loaded, warnings) = settings_of(&place.path, &ring);
    assert_eq!((loaded.login, loaded.secret_in, warnings), (basic("wang", "sesame"), SecretIn::Keyring, vec![]));

    // With another user, the first one's secret is removed. The same goes for a token.
    keep(&place.path, &at_desk(basic("li", "other")), &ring);
    assert_eq!(ring.accounts(), ["li at http://192.168.160.211"]);
    keep(&place.path, &at_desk(bearer("t0ken")), &ring);
    assert_eq!(ring.accounts(), ["token of 801 at http://192.168.160.211"]);
    assert_eq!(read(&place.path), format!("{HEAD}secret_in = \"keyring\"\n"));
    assert_eq!(settings_of(&place.path, &ring).0.login, bearer("t0ken"));
    keep(&place.path, &at_desk(None), &ring);
    assert!(ring.accounts().is_empty());
    assert_eq!(read(&place.path), HEAD);
}

#[test]
fn without_a_keyring_or_with_a_broken_one_the_file_keeps_the_secret() {
    for ring in [&NoKeyring as &dyn Keyring, &Ring { broken: true, ..Ring::default() }] {
        let place = place(HEAD);
        assert_eq!(keep(&place.path, &at_desk(basic("wang", "sesame")), ring), SecretIn::File);
        assert_eq!(read(&place.path), format!("{HEAD}user = \"wang\"\npassword = \"sesame\"\n"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(fs::metadata(&place.path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        let (loaded, warnings) = settings_of(&place.path, ring);
        assert_eq!((loaded.login, warnings), (basic("wang", "sesame"), vec![]));
        keep(&place.path, &at_desk(bearer("t0ken")), ring);
        assert_eq!(read(&place.path), format!("{HEAD}token = \"t0ken\"\n"));
    }
}

#[test]
fn a_secret_moves_from_the_file_into_the_keyring_and_back() {
    let ring = Ring::default();
    let place = place(&format!("{HEAD}user = \"wang\" # me\npassword = \"sesame\"\n"));
    let loaded = settings_of(&place.path, &ring).0;
    keep(&place.path, &loaded, &ring);
    assert_eq!(read(&place.path), format!("{HEAD}user = \"wang\" # me\nsecret_in = \"keyring\"\n"));
    let loaded = settings_of(&place.path, &ring).0;
    assert_eq!(loaded.login, basic("wang", "sesame"));
    let broken = Ring { broken: true, ..ring };
    keep(&place.path, &loaded, &broken);
    assert!(read(&place.path).contains("password = \"sesame\"") && broken.accounts().is_empty());
}

#[test]
fn what_keeps_a_login_from_being_used_is_a_warning_without_a_secret() {
    for (text, login, warning) in [
        ("user = \"wang\"\nsecret_in = \"keyring\"\n", None, "no keyring"),
        ("user = \"wang\"\n", None, "no `password`"),
        ("password = \"sesame\"\n", None, "no `user`"),
        ("user = \"wang\"\npassword = [\"sesame\"]\n", None, "line 5: `password` takes a text"),
        ("token = \"sesame\"\nsecret_in = \"drawer\"\n", None, "`secret_in` takes"),
        ("user = \"wang:x\"\npassword = \"sesame\"\n", None, "colon"),
        ("token = \"ses ame\"\n", None, "token must be"),
        ("user = \"wang\"\npassword = \"sesame\"\ntoken = \"t\"\n", bearer("t"), "`token` wins"),
    ] {
        let place = place(&format!("{HEAD}{text}"));
        private(&place.path);
        let (loaded, warnings) = settings_of(&place.path, &NoKeyring);
        assert_eq!(loaded.login, login, "{text}");
        assert!(warnings.len() == 1 && warnings[0].contains(warning), "{warnings:?}");
        assert!(!warnings[0].contains("sesame"), "{warnings:?}");
    }
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
    let (loaded, warnings) = load(&place.path).unwrap();
    assert!(warnings.iter().any(|warning| warning.contains("chmod 600")), "{warnings:?}");
    assert_eq!(loaded.login, bearer("t0ken"));
}

#[test]
fn a_login_in_the_address_gets_its_own_place() {
    let place = place("server = \"http://wang:ses%20ame@pbx.example\"\nextension = \"801\"\n");
    let (loaded, _) = load(&place.path).unwrap();
    assert_eq!(loaded.login, basic("wang", "ses ame"));
    assert_eq!(loaded.server.as_ref().unwrap().to_string(), "http://pbx.example/uncall_services_api/index.php?wsdl");
    assert_eq!(loaded.client().unwrap().login, basic("wang", "ses ame"));
    save(&place.path, &loaded).unwrap();
    assert!(!read(&place.path).contains('@'), "{}", read(&place.path));
}

#[test]
fn a_typed_login_is_completed_only_for_the_server_and_user_it_is_known_for() {
    let server = server_addresses(ADDRESS).unwrap();
    let elsewhere = server_addresses("http://evil.example/?wsdl").unwrap();
    let one_more = server_addresses(&format!("{ADDRESS} http://evil.example/?wsdl")).unwrap();
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
        (password("wang", None), &one_more, Err("login_incomplete")),
        (password("wang", Some("new")), &one_more, Ok(basic("wang", "new"))),
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

#[test]
fn a_login_beside_several_servers_is_for_all_of_them() {
    let two = format!("server = [\"{ADDRESS}\", \"{SECOND}\"]\n");
    let place = place(&format!("{two}user = \"wang\"\npassword = \"sesame\"\n"));
    private(&place.path);
    let (loaded, warnings) = load(&place.path).unwrap();
    assert_eq!((loaded.client().unwrap().login, warnings), (basic("wang", "sesame"), vec![]));
    // A login in one address is not sent to the other server.
    let place = super::place("server = [\"http://wang:sesame@pbx.example\", \"second.example\"]\n");
    private(&place.path);
    let (loaded, warnings) = load(&place.path).unwrap();
    assert!(loaded.login.is_none() && !loaded.server.unwrap().to_string().contains("sesame"));
    assert!(warnings.len() == 1 && warnings[0].contains("not the same login") && !warnings[0].contains("sesame"));
}

//! The binary: its command line, its port, its end.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Output, Stdio};

/// The exit status where the configuration has to be changed; the unit of systemd does not start it again then.
const UNFIT: i32 = 78;

fn gateway(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_uncall-gateway"));
    for name in ["RUST_LOG", "UNCALL_AMI_ADDR", "UNCALL_AMI_USER", "UNCALL_AMI_SECRET"] {
        command.env_remove(name);
    }
    command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Kills what a failed test has left.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _gone_already = self.0.kill();
        let _reaped = self.0.wait();
    }
}

impl Running {
    /// Started, with the address it says on standard output.
    fn start(arguments: &[&str]) -> (Running, String) {
        let mut child = gateway(arguments).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let wsdl = line.trim().to_owned();
        let host = wsdl.strip_prefix("http://").unwrap().strip_suffix("/uncall_services_api/index.php?wsdl").unwrap();
        (Running(child), host.to_owned())
    }
}

fn get(host: &str, path: &str) -> String {
    let mut socket = TcpStream::connect(host).unwrap();
    write!(socket, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

fn refused(arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = gateway(arguments).output().unwrap();
    (status.code(), String::from_utf8_lossy(&stderr).into_owned())
}

#[cfg(unix)]
#[test]
fn it_says_its_port_serves_and_stops_on_a_signal() {
    for signal in ["TERM", "INT"] {
        let (mut running, host) = Running::start(&["--listen", "127.0.0.1:0", "--pbx", "simulator", "--sim-control"]);
        assert!(get(&host, "/healthz").ends_with("ok\n"));
        assert!(get(&host, "/uncall_services_api/index.php?wsdl").contains(&host));
        assert!(get(&host, "/sim/state").starts_with("HTTP/1.1 200"));
        let id = running.0.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        assert!(running.0.wait().unwrap().success());
        let mut log = String::new();
        running.0.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        assert!(log.contains(&format!("http://{host}/uncall_services_api/index.php?wsdl")), "{log}");
        assert!(!log.contains('\u{1b}'), "no colours in a file: {log}");
    }
}

#[test]
fn a_port_that_is_taken_is_said_in_a_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, log) = refused(&["--listen", &address]);
    assert_eq!(code, Some(1));
    assert!(log.contains(&format!("cannot listen on {address}: ")), "{log}");
}

#[test]
fn a_configuration_that_is_not_right_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.toml");
    std::fs::write(&path, "listen = \"127.0.0.1:0\"\ncolour = 3\n").unwrap();
    let (code, log) = refused(&["--config", path.to_str().unwrap()]);
    assert_eq!(code, Some(UNFIT));
    assert!(log.contains("gateway.toml") && log.contains("colour"), "{log}");
    let (code, log) = refused(&["--config", "no/such/file.toml"]);
    assert_eq!((code, log.contains("cannot read the configuration no/such/file.toml")), (Some(UNFIT), true), "{log}");
}

#[test]
fn the_configuration_is_read_and_flags_come_first() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.toml");
    std::fs::write(&path, "listen = \"127.0.0.1:1\"\n[simulator]\ncontrol = true\nextensions = [\"601\"]\n").unwrap();
    let (_running, host) = Running::start(&["--config", path.to_str().unwrap(), "--listen", "127.0.0.1:0"]);
    let state = get(&host, "/sim/state");
    assert!(state.contains("\"exten\":\"601\"") && !state.contains("801"), "{state}");
}

#[test]
fn beyond_this_machine_it_starts_only_when_somebody_has_said_who_may_come() {
    let (code, log) = refused(&["--listen", "0.0.0.0:0"]);
    assert_eq!(code, Some(UNFIT));
    assert!(log.contains("can be reached from other machines: set `open`") && log.contains("agents_file"), "{log}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.toml");
    std::fs::write(&path, "listen = \"0.0.0.0:0\"\nopen = [\"127.0.0.0/8\"]\n").unwrap();
    let (_running, host) = Running::start(&["--config", path.to_str().unwrap()]);
    let here = host.replace("0.0.0.0", "127.0.0.1");
    assert!(get(&here, "/metrics").starts_with("HTTP/1.1 200"));
}

#[test]
fn a_secret_in_a_configuration_that_is_not_right_is_not_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("gateway.toml");
    for text in ["[agents]\n\"li.na\" = \"geheim\"\n", "[agents]\nx = { extension = \"801\", password = \"geheim\" }\n"]
    {
        std::fs::write(&path, format!("listen = \"127.0.0.1:0\"\n{text}")).unwrap();
        let (code, log) = refused(&["--config", path.to_str().unwrap()]);
        assert_eq!(code, Some(UNFIT));
        assert!(
            !log.contains("geheim") && (log.contains("line 3") || log.contains("uncall-gateway password")),
            "{log}"
        );
    }
}

/// What a command prints for this input.
fn printed(arguments: &[&str], input: &str) -> (Option<i32>, String, String) {
    let mut child = gateway(arguments).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

fn post(host: &str, login: &str) -> String {
    let body = "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><UncallWorld xmlns=\"urn:uncall\"><text>x</text></UncallWorld></e:Body></e:Envelope>";
    let mut socket = TcpStream::connect(host).unwrap();
    let path = "/uncall_services_api/index.php";
    let length = body.len();
    write!(socket, "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/xml\r\nConnection: close\r\n{login}Content-Length: {length}\r\n\r\n{body}").unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn what_password_and_token_print_lets_in_and_a_new_list_is_read() {
    use base64::Engine;
    let (code, password, log) = printed(&["password"], "geheim wort\r\nnot this\n");
    assert_eq!((code, log.as_str()), (Some(0), ""));
    assert!(
        password.starts_with("password = \"$argon2id$v=19$m=19456,t=2,p=1$") && !password.contains("geheim"),
        "{password}"
    );
    assert_eq!(printed(&["password"], "\n").0, Some(1), "an empty one");
    assert_eq!(printed(&["password", "geheim"], "").0, Some(2), "never as an argument");
    let (_, token, _) = printed(&["token"], "");
    let (shown, line) = token.trim().split_once('\n').unwrap();
    let shown = shown.rsplit(' ').next().unwrap();
    assert!(line.starts_with("token_sha256 = \"") && shown.len() == 43, "{token}");

    let folder = tempfile::tempdir().unwrap();
    let (config, agents) = (folder.path().join("gateway.toml"), folder.path().join("agents.toml"));
    std::fs::write(&config, format!("open = []\nlisten = \"127.0.0.1:0\"\nagents_file = {agents:?}\n")).unwrap();
    std::fs::write(&agents, format!("[agents.\"li.na\"]\nextension = \"801\"\n{password}")).unwrap();
    if cfg!(unix) {
        assert!(Command::new("chmod").arg("644").arg(&agents).status().unwrap().success());
    }
    let (mut running, host) = Running::start(&["--config", config.to_str().unwrap()]);
    let basic = base64::prelude::BASE64_STANDARD.encode("li.na:geheim wort");
    let (basic, bearer) = (format!("Authorization: Basic {basic}\r\n"), format!("Authorization: Bearer {shown}\r\n"));
    assert!(post(&host, &basic).starts_with("HTTP/1.1 200"));
    assert!(post(&host, "").starts_with("HTTP/1.1 401") && post(&host, &bearer).starts_with("HTTP/1.1 401"));
    std::fs::write(&agents, format!("[agents.\"li.na\"]\nextension = \"801\"\n{line}\n")).unwrap();
    // Where there is no such signal the file is looked at every two seconds.
    if cfg!(unix) {
        assert!(Command::new("kill").args(["-s", "HUP", &running.0.id().to_string()]).status().unwrap().success());
    }
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !post(&host, &bearer).starts_with("HTTP/1.1 200") {
        assert!(std::time::Instant::now() < deadline, "the new list is not read");
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    assert!(post(&host, &basic).starts_with("HTTP/1.1 401"));
    if cfg!(unix) {
        assert!(Command::new("kill").args(["-s", "TERM", &running.0.id().to_string()]).status().unwrap().success());
    } else {
        running.0.kill().unwrap();
    }
    let mut log = String::new();
    running.0.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    // Windows' rights are not looked at.
    assert_eq!(log.contains("agents.toml holds secrets"), cfg!(unix), "{log}");
    assert!(log.contains("the agents file was read again"), "{log}");
    assert!(!log.contains(shown) && !log.contains("geheim") && !log.contains("argon2"), "{log}");
}

#[cfg(unix)]
#[test]
fn sighup_does_not_end_a_service_without_files() {
    let (mut running, host) = Running::start(&["--listen", "127.0.0.1:0"]);
    assert!(get(&host, "/healthz").ends_with("ok\n"));
    let id = running.0.id().to_string();
    assert!(Command::new("kill").args(["-s", "HUP", &id]).status().unwrap().success());
    assert!(get(&host, "/healthz").ends_with("ok\n"));
    assert!(Command::new("kill").args(["-s", "TERM", &id]).status().unwrap().success());
    assert!(running.0.wait().unwrap().success());
}

#[test]
fn with_a_certificate_the_address_is_https() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("pbx.crt"), made.cert.pem()).unwrap();
    std::fs::write(path("pbx.key"), made.signing_key.serialize_pem()).unwrap();
    let config =
        format!("listen = \"127.0.0.1:0\"\n[tls]\ncertificate = {:?}\nkey = {:?}\n", path("pbx.crt"), path("pbx.key"));
    std::fs::write(path("gateway.toml"), config).unwrap();
    let mut child = gateway(&["--config", path("gateway.toml").to_str().unwrap()]).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let _running = Running(child);
    assert!(line.starts_with("https://127.0.0.1:"), "{line}");
    std::fs::write(path("pbx.key"), "no key").unwrap();
    let (code, log) = refused(&["--config", path("gateway.toml").to_str().unwrap()]);
    assert!(code == Some(UNFIT) && log.contains("cannot read a private key from"), "{log}");
}

#[test]
fn what_is_not_offered_is_a_usage_error() {
    for arguments in [
        &["check", "--listen", "127.0.0.1:0"][..],
        &["--sim-control", "check"],
        &["--pbx", "switch"],
        &["--listen", "8088"],
        &["--sim-traffic", "x"],
    ] {
        assert_eq!(refused(arguments).0, Some(2), "{arguments:?}");
    }
}

#[test]
fn the_check_says_what_is_missing_and_with_which_status() {
    let Output { status, stdout, .. } = gateway(&["check"]).output().unwrap();
    let said = String::from_utf8_lossy(&stdout);
    assert!(status.success() && said.starts_with("ok           the simulator needs nothing"), "{said}");

    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut check = gateway(&["check", "--pbx", "asterisk"]);
    check.env("UNCALL_AMI_ADDR", &nobody).env("UNCALL_AMI_USER", "uncall").env("UNCALL_AMI_SECRET", "hush hush");
    let Output { status, stdout, stderr } = check.output().unwrap();
    let said = String::from_utf8_lossy(&stdout);
    assert!(
        said.starts_with(&format!("MISSING      login: the PBX at {nobody} (user uncall) cannot be reached")),
        "{said}"
    );
    assert_eq!(status.code(), Some(1));
    assert!(!said.contains("hush") && !String::from_utf8_lossy(&stderr).contains("hush"));
}

#[test]
fn an_asterisk_without_an_address_is_said_before_anything_is_served() {
    let served = (&["--pbx", "asterisk", "--listen", "127.0.0.1:0"][..], UNFIT);
    for (arguments, status) in [served, (&["check", "--pbx", "asterisk"], 1)] {
        let (code, log) = refused(arguments);
        assert!(code == Some(status) && log.contains("UNCALL_AMI_ADDR"), "{log}");
    }
}

#[cfg(unix)]
#[test]
fn logs_hold_no_number_and_no_secret_at_any_level() {
    use base64::Engine;
    const NUMBER: &str = "13421829060";
    let (folder, token) = (tempfile::tempdir().unwrap(), "wert-eines-tokens");
    let config = folder.path().join("gateway.toml");
    let (hash, digest) =
        (uncall_gateway::access::secret::hash(b"geheim-wort").unwrap(), uncall_gateway::access::secret::digest(token));
    let agents = format!(
        "[agents]\n\"li.na\" = {{ extension = \"801\", password = \"{hash}\" }}\nwang = {{ extension = \"802\", token_sha256 = \"{digest}\" }}\n"
    );
    std::fs::write(&config, format!("listen = \"127.0.0.1:0\"\nstate = \"{}\"\n{agents}", folder.path().display()))
        .unwrap();
    let mut command = gateway(&["--config", config.to_str().unwrap(), "--sim-control"]);
    // Into a file: nobody reads a pipe meanwhile.
    let log = folder.path().join("log");
    command.env("RUST_LOG", "trace").stderr(std::fs::File::create(&log).unwrap());
    let mut running = Running(command.spawn().unwrap());
    let mut line = String::new();
    BufReader::new(running.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let host = line.trim().strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
    let encode = |login: &str| base64::prelude::BASE64_STANDARD.encode(login);
    let (right, wrong) = (encode("li.na:geheim-wort"), encode("li.na:falsches-wort"));
    let post = |path: &str, head: &str, body: &str| {
        let mut socket = TcpStream::connect(&host).unwrap();
        let length = body.len();
        write!(socket, "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: text/xml\r\nConnection: close\r\n{head}Content-Length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        socket.read_to_string(&mut answer).unwrap();
        answer
    };
    let soap = |login: &str, operation: &str, arguments: &str| {
        let body = format!(
            "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\"><e:Body><{operation} xmlns=\"urn:uncall\">{arguments}</{operation}></e:Body></e:Envelope>"
        );
        post("/uncall_services_api/index.php", &format!("Authorization: {login}\r\n"), &body)
    };
    let dial = format!("<strExten>801</strExten><strToTel>{NUMBER}</strToTel>");
    assert!(soap(&format!("Basic {right}"), "OnClickCall", &dial).starts_with("HTTP/1.1 200"));
    assert!(soap(&format!("Basic {wrong}"), "OnClickCall", &dial).starts_with("HTTP/1.1 401"));
    assert!(soap(&format!("Bearer {token}"), "OnClickCall", &dial).starts_with("HTTP/1.1 403"), "of another agent");
    assert!(
        soap(&format!("Bearer {token}"), "popEvent", &format!("<strExten>{NUMBER}</strExten>"))
            .starts_with("HTTP/1.1 403")
    );
    assert!(
        soap(
            &format!("Bearer {token}"),
            "transferCall",
            &format!("<strAgent>802</strAgent><strExten>{NUMBER}</strExten>")
        )
        .starts_with("HTTP/1.1 200")
    );
    assert!(post("/sim/calls", "", &format!("{{\"from\":\"{NUMBER}\",\"to\":\"802\"}}")).starts_with("HTTP/1.1 200"));
    assert!(soap(&format!("Bearer {token}"), "popEvent", "<strExten>802</strExten>").contains(NUMBER));
    assert!(Command::new("kill").args(["-s", "TERM", &running.0.id().to_string()]).status().unwrap().success());
    assert!(running.0.wait().unwrap().success());
    let log = std::fs::read_to_string(&log).unwrap();
    assert!(log.contains("OnClickCall") && log.contains("********060") && log.contains("TRACE"), "{log}");
    for hidden in [NUMBER, "geheim-wort", "falsches-wort", token, &right, &wrong, &hash, &digest] {
        assert!(!log.contains(hidden), "{hidden}: {log}");
    }
}

#[test]
fn the_unit_of_systemd_knows_the_status_that_no_other_start_helps() {
    let unit = include_str!("../../../../packaging/linux/uncall-gateway.service");
    assert!(unit.contains(&format!("\nRestartPreventExitStatus={UNFIT}\n")), "{unit}");
}

//! Real proxies and tunnels on this machine, before a gateway whose agents have logins: whoever comes through one is not this
//! machine. None of them is told to say where its client is, as in most people's configurations.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use uncall_gateway::Settings;
use uncall_gateway::access::secret;

use crate::support::{Answer, Gateway, basic, exchange, request, until};

const WSDL: &str = "/uncall_services_api/index.php?wsdl";

/// A proxy of the distribution, in the foreground and as nobody special.
struct Front {
    process: Child,
    address: SocketAddr,
    certificate: Option<CertificateDer<'static>>,
    _folder: TempDir,
}

impl Drop for Front {
    fn drop(&mut self) {
        let _gone_already = self.process.kill();
        let _reaped = self.process.wait();
    }
}

/// A port that nobody has: of a loopback address that nobody else takes.
fn free() -> SocketAddr {
    let address = Ipv4Addr::new(127, fastrand::u8(16..), fastrand::u8(..), fastrand::u8(1..255));
    std::net::TcpListener::bind((address, 0)).unwrap().local_addr().unwrap()
}

impl Front {
    async fn start(mut program: Command, address: SocketAddr, folder: TempDir) -> Front {
        let process = program.current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap();
        let front = Front { process, address, certificate: None, _folder: folder };
        until("the proxy listens", async || TcpStream::connect(address).await.is_ok()).await;
        front
    }

    /// nginx with `proxy_pass` and these lines.
    async fn nginx(gateway: &Gateway, lines: &str) -> Front {
        let (folder, address) = (tempfile::tempdir().unwrap(), free());
        let at = folder.path().display();
        let kinds = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
        let temporary: String = kinds.map(|kind| format!("{kind}_temp_path {at}/{kind};\n")).concat();
        let configuration = format!(
            "daemon off;\nmaster_process off;\npid {at}/pid;\nerror_log {at}/log;\nevents {{}}\nhttp {{\naccess_log off;\n{temporary}\
             server {{ listen {address};\nlocation / {{ proxy_pass http://{};\n{lines} }} }} }}\n",
            gateway.address
        );
        std::fs::write(folder.path().join("nginx.conf"), configuration).unwrap();
        let mut program = Command::new("nginx");
        program
            .args(["-p", "."])
            .arg("-c")
            .arg(folder.path().join("nginx.conf"))
            .arg("-e")
            .arg(folder.path().join("log"));
        Front::start(program, address, folder).await
    }

    /// HAProxy in this mode (`tcp`, `http`) with these lines.
    async fn haproxy(gateway: &Gateway, mode: &str, lines: &str) -> Front {
        let (folder, address) = (tempfile::tempdir().unwrap(), free());
        let configuration = format!(
            "defaults\nmode {mode}\ntimeout connect 20s\ntimeout client 20s\ntimeout server 20s\n{lines}\
             listen front\nbind {address}\nserver gateway {}\n",
            gateway.address
        );
        std::fs::write(folder.path().join("haproxy.cfg"), configuration).unwrap();
        let mut program = Command::new("haproxy");
        program.args(["-q", "-f", "haproxy.cfg"]);
        Front::start(program, address, folder).await
    }

    /// stunnel, which takes TLS away.
    async fn stunnel(gateway: &Gateway) -> Front {
        let (folder, address) = (tempfile::tempdir().unwrap(), free());
        let made = rcgen::generate_simple_self_signed(vec!["pbx".to_owned()]).unwrap();
        let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
        write("pbx.pem", made.signing_key.serialize_pem() + &made.cert.pem());
        write(
            "stunnel.conf",
            format!(
                "foreground = quiet\npid =\nsyslog = no\noutput = log\n[front]\naccept = {address}\nconnect = {}\ncert = pbx.pem\n",
                gateway.address
            ),
        );
        let mut program = Command::new("stunnel4");
        program.arg(folder.path().join("stunnel.conf")).stderr(Stdio::null());
        let mut front = Front::start(program, address, folder).await;
        front.certificate = Some(made.cert.der().clone());
        front
    }

    async fn send(&self, bytes: &[u8]) -> Answer {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let Some(certificate) = &self.certificate else { return exchange(stream, bytes).await };
        let mut roots = RootCertStore::empty();
        roots.add(certificate.clone()).unwrap();
        let builder = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap();
        let config = builder.with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from("pbx").unwrap();
        exchange(TlsConnector::from(Arc::new(config)).connect(name, stream).await.unwrap(), bytes).await
    }

    async fn get(&self, path: &str, head: &str) -> u16 {
        let bytes = format!("GET {path} HTTP/1.1\r\nHost: pbx\r\n{head}Connection: close\r\n\r\n");
        self.send(bytes.as_bytes()).await.status
    }

    async fn current(&self, head: &str) -> u16 {
        self.send(&request("popEvent", &[("strExten", "801")], head)).await.status
    }
}

/// Two agents have logins; one may read the metrics. `open` is not set.
fn settings() -> Settings {
    let mut settings = Settings::default();
    let agents = format!(
        "\"li.na\" = {{ extension = \"801\", password = \"{}\" }}\nprometheus = {{ rights = [\"metrics\"], token_sha256 = \"{}\" }}\n",
        secret::hash(b"geheim").unwrap(),
        secret::digest("messen")
    );
    settings.access.roster.agents = toml::from_str(&agents).unwrap();
    settings
}

/// Only who logs in is let in, and what is for everybody is.
async fn lets_nobody_in_without_a_login(front: &Front, kind: &str) {
    assert_eq!(front.current("").await, 401, "{kind}: popEvent");
    assert_eq!(front.current(&basic("li.na", "geheim")).await, 200, "{kind}: popEvent with the password");
    assert_eq!(front.current(&basic("li.na", "falsch")).await, 401, "{kind}: popEvent with another");
    for path in ["/uncall_services_api/events?exten=801", "/uncall_services_api/queues?exten=801", "/metrics"] {
        assert_eq!(front.get(path, "").await, 401, "{kind}: {path}");
    }
    assert_eq!(front.get("/metrics", "Authorization: Bearer messen\r\n").await, 200, "{kind}: with the right");
    assert_eq!(front.get("/metrics", &basic("li.na", "geheim")).await, 403, "{kind}: without the right");
    for path in [WSDL, "/uncall_services_api/index.php", "/healthz"] {
        assert_eq!(front.get(path, "").await, 200, "{kind}: {path}");
    }
}

#[tokio::test]
async fn nginx_opens_nothing() {
    let gateway = Gateway::start(true, settings()).await;
    let front = Front::nginx(&gateway, "").await;
    lets_nobody_in_without_a_login(&front, "proxy_pass").await;
    let forwarding = "proxy_set_header X-Real-IP $remote_addr;";
    let front = Front::nginx(&gateway, forwarding).await;
    lets_nobody_in_without_a_login(&front, forwarding).await;
    assert_eq!(front.get("/sim/state", "").await, 403, "the hands are no proxy's");
}

#[tokio::test]
async fn haproxy_opens_nothing() {
    let gateway = Gateway::start(true, settings()).await;
    for mode in ["tcp", "http"] {
        lets_nobody_in_without_a_login(&Front::haproxy(&gateway, mode, "").await, mode).await;
    }
    let front = Front::haproxy(&gateway, "http", "option forwardfor\n").await;
    lets_nobody_in_without_a_login(&front, "forwardfor").await;
    assert_eq!(front.get("/sim/state", "").await, 403, "the hands are no proxy's");
}

#[tokio::test]
async fn stunnel_opens_nothing() {
    let gateway = Gateway::start(true, settings()).await;
    lets_nobody_in_without_a_login(&Front::stunnel(&gateway).await, "stunnel").await;
}

#[tokio::test]
async fn what_is_opened_on_purpose_is_open() {
    let mut settings = settings();
    settings.access.open = Some(vec!["127.0.0.1/32".parse().unwrap()]);
    let gateway = Gateway::start(true, settings).await;
    let front = Front::nginx(&gateway, "").await;
    assert_eq!((front.current("").await, front.get("/metrics", "").await), (200, 200));
    assert_eq!(front.current(&basic("li.na", "falsch")).await, 401, "a wrong login is one here too");
    let front = Front::nginx(&gateway, "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;").await;
    assert_eq!(front.current("").await, 401, "a proxy that says so is not this machine");
}

#[tokio::test]
async fn without_any_login_this_machine_is_open() {
    let gateway = Gateway::controlled().await;
    assert_eq!(Front::nginx(&gateway, "").await.current("").await, 200);
    let settings = Settings { trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()], ..settings() };
    let gateway = Gateway::start(true, settings).await;
    let front = Front::nginx(&gateway, "proxy_set_header X-Forwarded-For $remote_addr;").await;
    lets_nobody_in_without_a_login(&front, "a trusted proxy whose client is this machine").await;
    assert_eq!(front.get("/sim/state", "").await, 403);
}

//! A gateway on a real port, and HTTP by hand: what goes over the wire is what the test says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use uncall_gateway::pbx::Pbx;
use uncall_gateway::simulator::{Options, Simulator};
use uncall_gateway::{Settings, serve};

/// For whatever has to come at all; no test waits so long when all is well.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Gateway {
    pub(crate) address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    running: JoinHandle<std::io::Result<()>>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Gateway {
    pub(crate) async fn start(control: bool, settings: Settings) -> Gateway {
        Gateway::on(Simulator::start(Options { control, ..Options::default() }), settings).await
    }

    pub(crate) async fn on(pbx: Arc<dyn Pbx>, settings: Settings) -> Gateway {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move { drop(stopped.await) };
        let running = tokio::spawn(serve(listener, pbx, settings, shutdown));
        Gateway { address, stop: Some(stop), running }
    }

    pub(crate) async fn controlled() -> Gateway {
        Gateway::start(true, Settings::default()).await
    }

    /// Asks it to stop; the handle ends when it has.
    pub(crate) fn stop(mut self) -> JoinHandle<std::io::Result<()>> {
        drop(self.stop.take());
        self.running
    }

    /// Waits until it ends by itself.
    pub(crate) async fn ended(self) -> std::io::Result<()> {
        let Gateway { address: _, stop: _stop, running } = self;
        running.await.unwrap()
    }

    /// Sends these bytes and reads to the end of the connection.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> Answer {
        exchange(TcpStream::connect(self.address).await.unwrap(), bytes).await
    }

    /// The same from another address of this machine, e.g. 127.0.0.2.
    pub(crate) async fn raw_from(&self, source: &str, bytes: &[u8]) -> Answer {
        exchange(self.connect_from(source).await, bytes).await
    }

    pub(crate) async fn connect_from(&self, source: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::new(source.parse().unwrap(), 0)).unwrap();
        socket.connect(self.address).await.unwrap()
    }

    /// Opens a stream of events; `head` are more header lines.
    pub(crate) async fn events(&self, exten: &str, head: &str) -> Events<TcpStream> {
        Events::open(TcpStream::connect(self.address).await.unwrap(), exten, head).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.raw(format!("GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", self.address).as_bytes()).await
    }

    pub(crate) async fn post(&self, path: &str, content_type: Option<&str>, body: &[u8]) -> Answer {
        let content_type = content_type.map(|value| format!("Content-Type: {value}\r\n")).unwrap_or_default();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n{content_type}Content-Length: {}\r\n\r\n",
            self.address,
            body.len()
        );
        self.raw(&[head.as_bytes(), body].concat()).await
    }

    pub(crate) async fn soap(&self, body: &str) -> Answer {
        self.post("/uncall_services_api/index.php", Some("text/xml; charset=utf-8"), body.as_bytes()).await
    }

    /// Calls an operation in document/literal; the inner document.
    pub(crate) async fn call(&self, operation: &str, arguments: &[(&str, &str)]) -> String {
        let answer = self.soap(&envelope(operation, arguments)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.inner()
    }
}

/// A stream of events, as far as it has come.
pub(crate) struct Events<S> {
    socket: S,
    pub(crate) text: String,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Events<S> {
    pub(crate) async fn open(mut socket: S, exten: &str, head: &str) -> Events<S> {
        let request = format!(
            "GET /uncall_services_api/events?exten={exten} HTTP/1.1\r\nHost: pbx\r\nConnection: close\r\n{head}\r\n"
        );
        socket.write_all(request.as_bytes()).await.unwrap();
        Events { socket, text: String::new() }
    }

    /// Reads until `wanted` has come; false when the stream has ended before.
    pub(crate) async fn until(&mut self, wanted: &str) -> bool {
        while !self.text.contains(wanted) {
            if !self.more().await {
                return false;
            }
        }
        true
    }

    /// Reads to the end.
    pub(crate) async fn finish(&mut self) {
        while self.more().await {}
    }

    async fn more(&mut self) -> bool {
        let mut piece = [0; 4096];
        let read = tokio::time::timeout(PATIENCE, self.socket.read(&mut piece)).await.unwrap().unwrap_or(0);
        self.text.push_str(&String::from_utf8_lossy(&piece[..read]));
        read > 0
    }

    /// The last event's id.
    pub(crate) fn last_id(&self) -> &str {
        let mut ids = self.text.lines().filter_map(|line| line.strip_prefix("id: "));
        ids.next_back().unwrap()
    }
}

/// Sends these bytes and reads to the end of the connection.
pub(crate) async fn exchange<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, bytes: &[u8]) -> Answer {
    stream.write_all(bytes).await.unwrap();
    let mut all = Vec::new();
    // A server that has answered may close while bytes of ours are still on their way.
    let _reset = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut all)).await.unwrap();
    Answer::parse(&all)
}

/// Tries until it is so.
pub(crate) async fn until(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    while !is().await {
        assert!(tokio::time::Instant::now() < deadline, "{what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// A SOAP request, `head` being more header lines.
pub(crate) fn request(operation: &str, arguments: &[(&str, &str)], head: &str) -> Vec<u8> {
    let body = envelope(operation, arguments);
    let line =
        "POST /uncall_services_api/index.php HTTP/1.1\r\nHost: pbx\r\nContent-Type: text/xml\r\nConnection: close";
    format!("{line}\r\n{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

/// The header line of a login.
pub(crate) fn basic(user: &str, password: &str) -> String {
    format!("Authorization: Basic {}\r\n", BASE64_STANDARD.encode(format!("{user}:{password}")))
}

impl Answer {
    fn parse(all: &[u8]) -> Answer {
        let end = all.windows(4).position(|window| window == b"\r\n\r\n").expect("a whole head");
        let head = String::from_utf8(all[..end].to_vec()).unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Answer { status, head, body: all[end + 4..].to_vec() }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut pairs = self.head.lines().skip(1).filter_map(|line| line.split_once(": "));
        pairs.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The document inside the envelope, escaped once.
    pub(crate) fn inner(&self) -> String {
        let text = self.text();
        let (start, end) =
            (text.find("&lt;uncall&gt;").expect("an inner document"), text.rfind("&lt;/uncall&gt;").unwrap());
        text[start..end].replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
            + "</uncall>"
    }
}

pub(crate) fn envelope(operation: &str, arguments: &[(&str, &str)]) -> String {
    let arguments: String = arguments.iter().map(|(name, value)| format!("<u:{name}>{value}</u:{name}>")).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">\
         <s:Body><u:{operation} xmlns:u=\"urn:uncall\">{arguments}</u:{operation}></s:Body></s:Envelope>"
    )
}

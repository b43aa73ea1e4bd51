//! A gateway on a real port, and HTTP by hand: what goes over the wire is what the test says.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
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

    /// Sends these bytes and reads to the end of the connection.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> Answer {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut all = Vec::new();
        // A server that has answered may close while bytes of ours are still on their way.
        let _reset = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut all)).await.unwrap();
        Answer::parse(&all)
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

//! A server on a real loopback socket that does to a connection whatever a test wants. Threads and blocking I/O: it has
//! no clock of its own but for [`Answer::Drip`], and shares nothing with what is tested.
#![allow(dead_code)]

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex, mpsc},
    thread,
    time::Duration,
};

use uncall_contract::{Operation, wsdl};
use url::Url;

/// Where the WSDL stands.
pub(crate) const WSDL: &str = "/uncall_services_api/index.php?wsdl";
pub(crate) const ENDPOINT: &str = "/uncall_services_api/index.php";

/// A request as it came.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Seen {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    pub(crate) fn is_wsdl(&self) -> bool {
        self.method == "GET" && self.target == WSDL
    }

    /// The operation that the body calls.
    pub(crate) fn operation(&self) -> Option<Operation> {
        let calls = |operation: &Operation| {
            let name = operation.name();
            [format!("<{name} "), format!("<{name}>"), format!(":{name} "), format!(":{name}>")]
                .iter()
                .any(|tag| self.body.contains(tag.as_str()))
        };
        Operation::ALL.into_iter().find(calls)
    }
}

/// What the server does with a connection.
pub(crate) enum Answer {
    /// Writes these bytes and closes.
    Bytes(Vec<u8>),
    /// Closes without a word.
    Close,
    /// Resets the connection: the request stays unread.
    Reset,
    /// Says nothing until the client goes.
    Hold,
    /// One byte at a time.
    Drip(Vec<u8>, Duration),
    /// Writes what is handed in, until the sender is dropped.
    Stream(mpsc::Receiver<Vec<u8>>),
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Server {
    /// Serves until the test's process ends.
    pub(crate) fn start(handler: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Server::on(listener, handler)
    }

    pub(crate) fn on(listener: TcpListener, handler: impl Fn(&Seen) -> Answer + Send + Sync + 'static) -> Server {
        let address = listener.local_addr().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let (log, handler) = (Arc::clone(&seen), Arc::new(handler));
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (log, handler) = (Arc::clone(&log), Arc::clone(&handler));
                // A client that goes away ends its thread; that is no failure of a test.
                thread::spawn(move || serve(connection, &log, &*handler).ok());
            }
        });
        Server { address, seen }
    }

    pub(crate) fn url(&self, path: &str) -> Url {
        Url::parse(&format!("http://{}{path}", self.address)).unwrap()
    }

    pub(crate) fn wsdl(&self) -> Url {
        self.url(WSDL)
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// How often the WSDL was fetched.
    pub(crate) fn wsdls(&self) -> usize {
        self.seen().iter().filter(|seen| seen.is_wsdl()).count()
    }

    /// How often this was called.
    pub(crate) fn calls(&self, operation: Operation) -> usize {
        self.seen().iter().filter(|seen| seen.operation() == Some(operation)).count()
    }
}

fn serve(
    mut connection: TcpStream,
    log: &Mutex<Vec<Seen>>,
    handler: &(impl Fn(&Seen) -> Answer + ?Sized),
) -> std::io::Result<()> {
    let (seen, length) = peek(&connection)?;
    log.lock().unwrap().push(seen.clone());
    let answer = handler(&seen);
    if matches!(answer, Answer::Reset) {
        // Closing a socket with unread bytes resets it.
        return Ok(());
    }
    connection.read_exact(&mut vec![0; length])?;
    match answer {
        Answer::Bytes(bytes) => connection.write_all(&bytes)?,
        Answer::Close | Answer::Reset => {}
        Answer::Hold => while connection.read(&mut [0; 64])? > 0 {},
        Answer::Drip(bytes, pause) => {
            for byte in bytes {
                connection.write_all(&[byte])?;
                thread::sleep(pause);
            }
        }
        Answer::Stream(pieces) => {
            for piece in pieces {
                connection.write_all(&piece)?;
            }
        }
    }
    connection.shutdown(std::net::Shutdown::Write)?;
    while connection.read(&mut [0; 64])? > 0 {}
    Ok(())
}

/// Waits for the whole request and leaves it unread.
fn peek(connection: &TcpStream) -> std::io::Result<(Seen, usize)> {
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let got = connection.peek(&mut buffer)?;
        if got == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let text = String::from_utf8_lossy(&buffer[..got]);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let mut words = head.split(' ');
            let mut seen = Seen {
                method: words.next().unwrap_or("").into(),
                target: words.next().unwrap_or("").into(),
                head: head.into(),
                body: String::new(),
            };
            let wanted: usize = seen.header("content-length").map_or(0, |length| length.parse().unwrap());
            if body.len() >= wanted {
                seen.body = body.into();
                return Ok((seen, head.len() + 4 + wanted));
            }
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// A whole HTTP answer.
pub(crate) fn http(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let mut bytes =
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n{headers}\r\n", body.len())
            .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// A good SOAP answer with this inner document.
pub(crate) fn soap(operation: Operation, inner: &str) -> Vec<u8> {
    http("200 OK", "Content-Type: text/xml; charset=utf-8\r\n", envelope(operation, inner))
}

pub(crate) fn envelope(operation: Operation, inner: &str) -> String {
    let name = operation.name();
    let inner = inner.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body>\
         <{name}Response xmlns=\"urn:uncall\"><{name}Result>{inner}</{name}Result></{name}Response></s:Body></s:Envelope>"
    )
}

pub(crate) fn fault(reason: &str) -> String {
    format!(
        "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\"><s:Body><s:Fault><faultcode>s:Server</faultcode>\
         <faultstring>{reason}</faultstring></s:Fault></s:Body></s:Envelope>"
    )
}

/// The WSDL, answered with these headers.
pub(crate) fn description(seen: &Seen, headers: &str) -> Answer {
    let wsdl = wsdl::write(&format!("http://{}{ENDPOINT}", seen.header("host").unwrap()));
    Answer::Bytes(http("200 OK", &format!("Content-Type: text/xml; charset=utf-8\r\n{headers}"), wsdl))
}

/// The inner document of a success.
pub(crate) fn success(operation: Operation) -> String {
    let name = operation.name();
    let fields = match operation {
        Operation::Ping => {
            return "<uncall><UncallWorld><Response>UncallWorld:hello</Response></UncallWorld></uncall>".into();
        }
        Operation::Current => {
            "<calla>13421829060</calla><callb>802</callb><uid>1372123897.17</uid><status>callin</status>"
        }
        Operation::Recording => "<files>audio:808-13632510278-20130625-093138-1372123897.17.wav</files>",
        Operation::Dial => {
            "<Response>Success</Response><ActionID>echoed</ActionID><Message>Originate successfully queued</Message>"
        }
        Operation::Hold => "<Response>Success</Response><Message>SIP/802-00000023</Message>",
        Operation::Busy
        | Operation::Idle
        | Operation::Restore
        | Operation::Transfer
        | Operation::Survey
        | Operation::Listen
        | Operation::Whisper
        | Operation::HangUp => "<Response>Success</Response><Message>Well done</Message>",
    };
    format!("<?xml version=\"1.0\" encoding=\"utf-8\"?><uncall><result>1</result><{name}>{fields}</{name}></uncall>")
}

/// A server where everything works.
pub(crate) fn healthy(seen: &Seen) -> Answer {
    match seen.operation() {
        Some(operation) => Answer::Bytes(soap(operation, &success(operation))),
        None if seen.is_wsdl() => description(seen, ""),
        None => Answer::Bytes(http("404 Not Found", "Content-Type: text/html\r\n", "<html>no such page</html>")),
    }
}

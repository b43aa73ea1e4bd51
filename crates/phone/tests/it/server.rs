//! The other side, message by message, on a port of its own; and the line that is looked at.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::{net::UdpSocket, sync::mpsc::UnboundedReceiver, time::timeout};
use uncall_headset::{Card, Played};
use uncall_phone::{Leg, LegState, Line, LineEvent, LineHandle, LineSettings, Secret};

/// No step takes longer on any machine.
pub(crate) const SOON: Duration = Duration::from_secs(30);

/// A message as it came.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) text: String,
    pub(crate) from: SocketAddr,
}

impl Message {
    /// The first line.
    pub(crate) fn head(&self) -> &str {
        self.text.lines().next().unwrap_or_default()
    }

    /// A header's value.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.text.lines().take_while(|line| !line.is_empty());
        lines
            .filter_map(|line| line.split_once(':'))
            .find(|(of, _)| of.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    pub(crate) fn body(&self) -> &str {
        self.text.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }

    /// An answer to this request. `tag` is the answering side's.
    pub(crate) fn answer(&self, status: &str, tag: &str, more: &str, body: &str) -> String {
        let mut text = format!("SIP/2.0 {status}\r\n");
        for name in ["Via", "From", "To", "Call-ID", "CSeq"] {
            let value = self.header(name).unwrap_or_default();
            let tag = if name == "To" && !value.contains("tag=") { format!(";tag={tag}") } else { String::new() };
            text.push_str(&format!("{name}: {value}{tag}\r\n"));
        }
        text.push_str(more);
        text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
        text
    }
}

pub(crate) struct Server {
    socket: UdpSocket,
}

impl Server {
    pub(crate) async fn start() -> Server {
        Server::start_at(Ipv4Addr::LOCALHOST).await
    }

    pub(crate) async fn start_at(address: Ipv4Addr) -> Server {
        Server { socket: UdpSocket::bind((address, 0)).await.expect("a port") }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.socket.local_addr().expect("bound")
    }

    pub(crate) async fn send(&self, to: SocketAddr, text: &str) {
        self.socket.send_to(text.as_bytes(), to).await.expect("sent");
    }

    /// The next message that begins so; others are passed over, and answered if they are for the register.
    pub(crate) async fn expect(&self, begin: &str) -> Message {
        let mut buffer = vec![0; 65_536];
        timeout(SOON, async {
            loop {
                let (length, from) = self.socket.recv_from(&mut buffer).await.expect("received");
                let message = Message { text: String::from_utf8_lossy(&buffer[..length]).into_owned(), from };
                if message.head().starts_with(begin) {
                    return message;
                }
                if message.head().starts_with("REGISTER") {
                    self.grant(&message).await;
                }
            }
        })
        .await
        .unwrap_or_else(|_| panic!("no {begin} came"))
    }

    /// Takes a registration.
    pub(crate) async fn grant(&self, register: &Message) {
        let contact = register.header("Contact").unwrap_or_default();
        let more = format!("Contact: {contact};expires=120\r\n");
        self.send(register.from, &register.answer("200 OK", "r", &more, "")).await;
    }

    /// A request for the line at `to`.
    pub(crate) fn request(
        &self,
        method: &str,
        call: &str,
        sequence: u32,
        (to, tag): (SocketAddr, &str),
        more: &str,
        body: &str,
    ) -> String {
        let own = self.address();
        let tag = if tag.is_empty() { String::new() } else { format!(";tag={tag}") };
        format!(
            "{method} sip:801@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bK{call}{method}{sequence};rport\r\n\
             From: \"Customer\" <sip:13421829060@{own}>;tag=theirs\r\nTo: <sip:801@{own}>{tag}\r\nCall-ID: {call}\r\n\
             CSeq: {sequence} {method}\r\nContact: <sip:13421829060@{own}>\r\nMax-Forwards: 70\r\n{more}\
             Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }
}

/// A description of a call in clear, µ-law, at this place.
pub(crate) fn description(place: SocketAddr, direction: &str) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 {0}\r\ns=-\r\nc=IN IP4 {0}\r\nt=0 0\r\nm=audio {1} RTP/AVP 0 101\r\n\
         a=rtpmap:101 telephone-event/8000\r\na={direction}\r\n",
        place.ip(),
        place.port()
    )
}

/// The type of such a body, for a request.
pub(crate) const SDP: &str = "Content-Type: application/sdp\r\n";

/// A line at a server, and what it tells.
pub(crate) struct Seen {
    pub(crate) line: LineHandle,
    events: UnboundedReceiver<LineEvent>,
    pub(crate) card: Played,
}

impl Seen {
    pub(crate) fn start(registrar: SocketAddr, change: impl FnOnce(&mut LineSettings)) -> Seen {
        let card = Played::default();
        Seen { card: card.clone(), ..Seen::with(registrar, Box::new(card), change) }
    }

    /// On another card than the played one.
    pub(crate) fn with(registrar: SocketAddr, card: Box<dyn Card>, change: impl FnOnce(&mut LineSettings)) -> Seen {
        let address = format!("sip:{registrar}").parse().expect("an address");
        let mut settings = LineSettings::new(address, "801", Secret::new("pw801"));
        change(&mut settings);
        let (line, events) = Line::start(settings, card).expect("a line");
        Seen { line, events, card: Played::default() }
    }

    /// Waits for an event.
    pub(crate) async fn until<T>(&mut self, what: &str, mut look: impl FnMut(LineEvent) -> Option<T>) -> T {
        let looked = timeout(SOON, async {
            loop {
                let event = self.events.recv().await.expect("the line lives");
                if let Some(found) = look(event) {
                    return found;
                }
            }
        });
        looked.await.unwrap_or_else(|_| panic!("{what} does not come"))
    }

    pub(crate) async fn leg(&mut self, state: LegState) -> Leg {
        self.until(&format!("a leg that is {state:?}"), |event| {
            let LineEvent::Leg(leg) = event else { return None };
            (leg.state == state).then_some(*leg)
        })
        .await
    }

    /// What was told so far of legs.
    pub(crate) fn legs(&mut self) -> Vec<Leg> {
        std::iter::from_fn(|| self.events.try_recv().ok())
            .filter_map(|event| {
                let LineEvent::Leg(leg) = event else { return None };
                Some(*leg)
            })
            .collect()
    }
}

/// A server at which a line is registered, and where the line is.
pub(crate) async fn registered() -> (Server, Seen, SocketAddr) {
    let server = Server::start().await;
    // The played card has one stream, which is the call's.
    let mut seen = Seen::start(server.address(), |settings| settings.rings = false);
    let line = register_at(&server, &mut seen).await;
    (server, seen, line)
}

/// Registers a line, and gives its address.
pub(crate) async fn register_at(server: &Server, seen: &mut Seen) -> SocketAddr {
    let register = server.expect("REGISTER").await;
    server.grant(&register).await;
    seen.until("registered", |event| (event == LineEvent::Registered).then_some(())).await;
    register.from
}

/// The tag that an answer was given.
pub(crate) fn tag(message: &Message) -> String {
    let to = message.header("To").unwrap_or_default();
    to.split("tag=").nth(1).unwrap_or_default().split(';').next().unwrap_or_default().to_owned()
}

/// Where sound of a description goes to.
pub(crate) fn place(message: &Message) -> SocketAddr {
    let line = message.body().lines().find_map(|line| line.strip_prefix("m=audio ")).expect("a section with sound");
    let port = line.split(' ').next().and_then(|port| port.parse().ok()).expect("a port");
    SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), port)
}

/// An event as a leg, if it is one.
pub(crate) fn first_leg(event: LineEvent) -> Option<Leg> {
    let LineEvent::Leg(leg) = event else { return None };
    Some(*leg)
}

//! The port to the SIP stack. Nothing outside of this module knows `rsipstack`, which changes its interface every few weeks: what
//! goes in and out here are texts, numbers and [`Call`]s.

mod call;
mod connect;
mod gate;
mod incoming;
mod register;
mod timer;
mod tls;

use std::{
    net::{IpAddr, SocketAddr},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use rsipstack::{
    EndpointBuilder,
    dialog::{authenticate::Credential, dialog_layer::DialogLayer},
    sip::{HostWithPort, Param, Scheme, Transport as SipTransport, Uri, typed::Route, uri::Auth},
    transaction::{CallIdFormat, endpoint::EndpointInnerRef, endpoint::EndpointOption},
    transport::{SipAddr, SipConnection, TransportLayer, udp::UdpConnection},
};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

pub(crate) use call::{Call, Failure, Reply, Target};
pub(crate) use register::Registering;
pub(crate) use timer::Timer;

use crate::{LegId, Transport, Trouble, TroubleKind, settings::LineSettings};
use gate::Gate;

/// What is allowed in a call, as every message says that asks for it.
const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY, REFER, PRACK";
const SUPPORTED: &str = "timer";

/// What the network brings.
#[derive(Debug)]
pub(crate) enum Seen {
    /// Somebody calls.
    Invited(Invited),
    /// Something happened to a call.
    Changed(LegId, Change),
    /// A CANCEL or BYE says why, ahead of the change that it makes.
    Said {
        /// Of the call.
        call_id: String,
        /// The header `Reason`.
        reason: String,
    },
    /// The connection to the registrar is gone, or the stack is.
    Disconnected,
}

/// A call that comes in.
#[derive(Debug)]
pub(crate) struct Invited {
    pub(crate) call: Call,
    pub(crate) number: String,
    pub(crate) name: Option<String>,
    pub(crate) uid: Option<String>,
    pub(crate) action: Option<String>,
    pub(crate) sdp: Option<String>,
    pub(crate) timer: Option<Timer>,
}

/// What happened to a call.
#[derive(Debug)]
pub(crate) enum Change {
    /// A provisional answer to this side's INVITE.
    Progress { status: u16, sdp: Option<String> },
    /// The final one.
    Answered { sdp: Option<String>, timer: Option<Timer> },
    /// The other side's ACK, with its answer to an offer of ours, if it was asked for one.
    Acked { sdp: Option<String> },
    /// A re-INVITE or an UPDATE: an offer, or a request for one (only a re-INVITE is that).
    /// After a transfer the other side is somebody else: as the server asserts.
    Offered {
        sdp: Option<String>,
        invite: bool,
        timer: Option<Timer>,
        identity: Option<(String, Option<String>)>,
        reply: Reply,
    },
    /// How a transfer goes on.
    Referred { status: u16, last: bool },
    /// It is over.
    Ended(Finish),
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finish {
    /// By this side's word.
    Here,
    /// By the other side's BYE.
    There,
    /// By the caller's CANCEL.
    Cancelled,
    /// By a final answer to this side's INVITE, or by what stands for one when none came.
    Status { code: u16, detail: String },
    /// Something was not acknowledged in time.
    Timeout,
}

/// A running stack, on one local address.
pub(crate) struct Sip {
    endpoint: EndpointInnerRef,
    layer: Arc<DialogLayer>,
    token: CancellationToken,
    gate: Arc<Gate>,
    account: Account,
    registrar: SocketAddr,
    local: IpAddr,
    /// Where the server finds this line; the registrar may know better than this machine.
    contact: Mutex<Uri>,
    /// Through which servers requests go, as the registrar has said (RFC 3608).
    routes: Mutex<Vec<Route>>,
    connection: Mutex<Option<SipConnection>>,
    dialling: tokio::sync::Mutex<()>,
    tls: Option<tokio_rustls::TlsConnector>,
    seen: UnboundedSender<Seen>,
    ids: Arc<AtomicU64>,
}

/// Who this line is.
#[derive(Clone)]
struct Account {
    user: String,
    credential: Credential,
    display_name: Option<String>,
    host: String,
    port: u16,
    transport: Transport,
}

impl Sip {
    /// Starts a stack on the address that leads to the registrar.
    pub(crate) async fn start(
        settings: &LineSettings,
        ids: Arc<AtomicU64>,
        seen: UnboundedSender<Seen>,
    ) -> Result<Arc<Sip>, Trouble> {
        let registrar = &settings.registrar;
        let addresses = connect::addresses(&registrar.host, registrar.port).await?;
        let (address, local) = connect::route(&addresses)?;
        let tls = match registrar.transport {
            Transport::Tls => Some(tls::connector(settings.trust.clone())?),
            Transport::Udp | Transport::Tcp => None,
        };
        let token = CancellationToken::new();
        let gate = Gate::new(addresses.iter().map(SocketAddr::ip).collect(), seen.clone());
        let transports = TransportLayer::new(token.clone());
        let whitelist = Arc::clone(&gate);
        transports.set_whitelist(move |address: IpAddr| {
            let trusted = whitelist.trusts(address);
            async move { trusted }
        });
        // A line that is idle stays connected.
        transports.set_stream_idle_timeout(Duration::ZERO);
        let mut bound = SocketAddr::new(local, 0);
        if registrar.transport == Transport::Udp {
            let socket = UdpConnection::create_connection(bound, None, Some(token.child_token())).await;
            let socket = socket.map_err(|error| Trouble::new(TroubleKind::NoNetwork, error))?;
            bound = socket.get_addr().get_socketaddr().unwrap_or(bound);
            transports.add_transport(socket.into());
        }
        let mut builder = EndpointBuilder::new();
        builder
            .with_user_agent(&settings.agent)
            .with_transport_layer(transports)
            .with_cancel_token(token.clone())
            .with_transport_inspector(Box::new(gate::Inspector(Arc::clone(&gate))))
            .with_option(EndpointOption { callid_format: CallIdFormat::Uuid, ..EndpointOption::default() });
        let endpoint = builder.build();
        let account = Account {
            user: settings.user.clone(),
            credential: Credential {
                username: settings.user.clone(),
                password: settings.secret.reveal().to_owned(),
                realm: None,
                auth_username: settings.login.clone(),
            },
            display_name: settings.display_name.as_deref().and_then(quotable),
            host: registrar.host.clone(),
            port: registrar.port,
            transport: registrar.transport,
        };
        let requests = endpoint.incoming_transactions().map_err(|error| Trouble::new(TroubleKind::NoNetwork, error))?;
        let contact = account.uri(Some(&account.user), bound.into());
        let sip = Arc::new(Sip {
            layer: Arc::new(DialogLayer::new(Arc::clone(&endpoint.inner))),
            endpoint: Arc::clone(&endpoint.inner),
            token,
            gate,
            account,
            registrar: address,
            local,
            contact: Mutex::new(contact),
            routes: Mutex::new(Vec::new()),
            connection: Mutex::new(None),
            dialling: tokio::sync::Mutex::new(()),
            tls,
            seen,
            ids,
        });
        let (served, told) = (Arc::clone(&sip.endpoint), sip.seen.clone());
        let stopped = sip.token.clone();
        tokio::spawn(async move {
            // Whether it ends by an error or by a panic: without it nothing comes in any more.
            let _ = tokio::spawn(async move { served.serve().await }).await;
            if !stopped.is_cancelled() {
                let _ = told.send(Seen::Disconnected);
            }
        });
        tokio::spawn(incoming::receive(Arc::downgrade(&sip), requests));
        Ok(sip)
    }

    /// This machine's address towards the registrar.
    pub(crate) fn local(&self) -> IpAddr {
        self.local
    }

    /// Whether this machine's address towards the registrar is still the one that this stack was started on.
    pub(crate) fn stands(&self) -> bool {
        connect::local(self.registrar) == Some(self.local)
    }

    /// Ends at once: nothing is said to anybody.
    pub(crate) fn stop(&self) {
        self.token.cancel();
    }

    fn next_id(&self) -> LegId {
        LegId(self.ids.fetch_add(1, Ordering::Relaxed))
    }

    fn contact(&self) -> Uri {
        self.contact.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Takes up the address that the registrar sees.
    fn seen_at(&self, place: Option<HostWithPort>) {
        if let Some(place) = place {
            self.contact.lock().unwrap_or_else(PoisonError::into_inner).host_with_port = place;
        }
    }

    fn routes(&self) -> Vec<Route> {
        self.routes.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn destination(&self) -> SipAddr {
        SipAddr { r#type: Some(self.account.transport.into()), addr: self.registrar.into() }
    }
}

impl Drop for Sip {
    fn drop(&mut self) {
        self.token.cancel();
    }
}

impl std::fmt::Debug for Sip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sip").field("registrar", &self.registrar).finish_non_exhaustive()
    }
}

impl Account {
    /// An address of this transport. Never `sips:`, which would ask for TLS on every hop behind the PBX, too.
    fn uri(&self, user: Option<&str>, place: HostWithPort) -> Uri {
        let params = match self.transport {
            Transport::Udp => Vec::new(),
            Transport::Tcp => vec![Param::Transport(SipTransport::Tcp)],
            Transport::Tls => vec![Param::Transport(SipTransport::Tls)],
        };
        let auth = user.map(|user| Auth { user: user.to_owned(), password: None });
        Uri { scheme: Some(Scheme::Sip), auth, host_with_port: place, params, headers: Vec::new() }
    }

    /// The registrar, and a user there.
    fn at_registrar(&self, user: Option<&str>) -> Uri {
        let host = match self.host.parse::<IpAddr>() {
            Ok(address) => rsipstack::sip::Host::IpAddr(address),
            Err(_) => rsipstack::sip::Host::Domain(self.host.clone().into()),
        };
        self.uri(user, HostWithPort { host, port: Some(self.port.into()) })
    }
}

impl From<Transport> for SipTransport {
    fn from(transport: Transport) -> SipTransport {
        match transport {
            Transport::Udp => SipTransport::Udp,
            Transport::Tcp => SipTransport::Tcp,
            Transport::Tls => SipTransport::Tls,
        }
    }
}

impl Trouble {
    pub(crate) fn new(kind: TroubleKind, detail: impl std::fmt::Display) -> Trouble {
        let detail = detail.to_string().chars().filter(|sign| !sign.is_control()).take(300).collect();
        Trouble { kind, detail }
    }
}

/// A name as it may stand between quotes.
fn quotable(name: &str) -> Option<String> {
    let name: String = name.chars().filter(|sign| !sign.is_control() && !"\"\\<>".contains(*sign)).take(128).collect();
    let name = name.trim().to_owned();
    (!name.is_empty()).then_some(name)
}

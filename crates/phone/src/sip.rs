//! The port to the SIP stack. Only this module uses `rsipstack`, whose interface changes every few weeks. Its own interface has
//! texts, numbers and [`Call`]s.

mod call;
mod connect;
mod follow;
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

/// The `Allow` header.
const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE, NOTIFY, REFER, PRACK";
const SUPPORTED: &str = "timer";

/// An event of the network.
#[derive(Debug)]
pub(crate) enum Seen {
    /// An incoming call.
    Invited(Invited),
    /// A change of a call.
    Changed(LegId, Change),
    /// The reason of a CANCEL or BYE. It precedes the change.
    Said {
        /// The call.
        call_id: String,
        /// The `Reason` header.
        reason: String,
    },
    /// The connection to the registrar or the stack itself has ended.
    Disconnected,
}

/// An incoming call.
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

/// A change of a call.
#[derive(Debug)]
pub(crate) enum Change {
    /// A provisional response to this side's INVITE.
    Progress { status: u16, sdp: Option<String> },
    /// A 200 to this side's INVITE.
    Answered { sdp: Option<String>, timer: Option<Timer> },
    /// An ACK, with the answer if this side's 200 carried an offer.
    Acked { sdp: Option<String> },
    /// A re-INVITE or UPDATE. A re-INVITE without a description asks for an offer.
    /// `identity` is the asserted other side, which changes after a transfer.
    Offered {
        sdp: Option<String>,
        invite: bool,
        timer: Option<Timer>,
        identity: Option<(String, Option<String>)>,
        reply: Reply,
    },
    /// A NOTIFY about a transfer.
    Referred { status: u16, last: bool },
    /// The end.
    Ended(Finish),
}

/// How a call ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finish {
    /// By this side.
    Here,
    /// By the other side's BYE.
    There,
    /// By the caller's CANCEL.
    Cancelled,
    /// By a final response to this side's INVITE, or a local stand-in for a missing one.
    Status { code: u16, detail: String },
    /// A response was not acknowledged in time.
    Timeout,
}

/// A running stack on one local address.
pub(crate) struct Sip {
    endpoint: EndpointInnerRef,
    layer: Arc<DialogLayer>,
    token: CancellationToken,
    gate: Arc<Gate>,
    account: Account,
    registrar: SocketAddr,
    local: IpAddr,
    /// This line's Contact, corrected by what the registrar saw.
    contact: Mutex<Uri>,
    /// The service route (RFC 3608).
    routes: Mutex<Vec<Route>>,
    connection: Mutex<Option<SipConnection>>,
    dialling: tokio::sync::Mutex<()>,
    tls: Option<tokio_rustls::TlsConnector>,
    seen: UnboundedSender<Seen>,
    ids: Arc<AtomicU64>,
}

/// The account.
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
    /// Starts a stack on the local address that routes to the registrar.
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
        // Never close an idle connection.
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
            // If this task ends by an error or a panic, nothing is received any more.
            let _ = tokio::spawn(async move { served.serve().await }).await;
            if !stopped.is_cancelled() {
                let _ = told.send(Seen::Disconnected);
            }
        });
        tokio::spawn(incoming::receive(Arc::downgrade(&sip), requests));
        Ok(sip)
    }

    /// The local address.
    pub(crate) fn local(&self) -> IpAddr {
        self.local
    }

    /// Whether the local address still routes to the registrar.
    pub(crate) fn stands(&self) -> bool {
        connect::local(self.registrar) == Some(self.local)
    }

    /// Stops at once, without BYE or unregistering.
    pub(crate) fn stop(&self) {
        self.token.cancel();
    }

    fn next_id(&self) -> LegId {
        LegId(self.ids.fetch_add(1, Ordering::Relaxed))
    }

    fn contact(&self) -> Uri {
        self.contact.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sets the address that the registrar saw.
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
    /// A URI for this transport. Not `sips:`, which would require TLS on every hop behind the PBX as well.
    fn uri(&self, user: Option<&str>, place: HostWithPort) -> Uri {
        let params = match self.transport {
            Transport::Udp => Vec::new(),
            Transport::Tcp => vec![Param::Transport(SipTransport::Tcp)],
            Transport::Tls => vec![Param::Transport(SipTransport::Tls)],
        };
        let auth = user.map(|user| Auth { user: user.to_owned(), password: None });
        Uri { scheme: Some(Scheme::Sip), auth, host_with_port: place, params, headers: Vec::new() }
    }

    /// The URI of the registrar or of a user there.
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

/// Strips a name for use in a quoted string.
fn quotable(name: &str) -> Option<String> {
    let name: String = name.chars().filter(|sign| !sign.is_control() && !"\"\\<>".contains(*sign)).take(128).collect();
    let name = name.trim().to_owned();
    (!name.is_empty()).then_some(name)
}

//! The client: calls operations, with retries and failover.

use std::{
    fmt,
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reqwest::{
    Method,
    header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue},
};
use tokio::time::{Instant, timeout_at};
use uncall_contract::{Extension, Operation, Outcome, Reply, Request, limit, soap};
use url::Url;

use crate::{
    Credentials, Error, Settings, Watch,
    answer::{self, Unread},
    discovery::{Described, Discovery},
    recording,
    retry::{Failure, Tries},
    transport::{Ask, Sent, Transport, shown},
    verbs::Verbs,
    watch::{Additions, PollAnswer},
};

/// The longest budget of a call. Anything longer means "no hurry" and is cut to this.
const LONGEST_BUDGET: Duration = Duration::from_secs(24 * 60 * 60);

/// A client of one server, or of several servers of one PBX. Clones share WSDLs, cookies and the choice of the server.
///
/// Each server has its own WSDL, cookies and login. A [`Watch`] decides which one is in use; without a watch it is the first.
#[derive(Clone)]
pub struct Client {
    servers: Arc<Servers>,
    /// The index of the server in use.
    at: Arc<AtomicUsize>,
}

/// The servers of one PBX, in order of preference.
struct Servers {
    first: Shared,
    further: Vec<Shared>,
}

struct Shared {
    settings: Settings,
    transport: Transport,
    discovery: Discovery,
    verbs: Verbs,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("server", &shown(&self.settings().server)).finish_non_exhaustive()
    }
}

impl Client {
    /// Creates a client without sending anything. The error is [`Error::Unreachable`] for an address that is not http or https.
    pub fn new(settings: Settings) -> Result<Client, Error> {
        let (first, further) = settings.each();
        let servers = Servers {
            first: Shared::new(first)?,
            further: further.into_iter().map(Shared::new).collect::<Result<_, _>>()?,
        };
        Ok(Client { servers: Arc::new(servers), at: Arc::default() })
    }

    /// The settings for the server in use. A login in its address has been moved to the field for it.
    pub fn settings(&self) -> &Settings {
        &self.shared().settings
    }

    /// One client per server, in order of preference. Each sticks to its server.
    pub(crate) fn each(&self) -> Vec<Client> {
        (0..=self.servers.further.len()).map(|place| self.only(place)).collect()
    }

    /// Chooses the server to use, by index.
    pub(crate) fn use_server(&self, place: usize) {
        self.at.store(place, Ordering::Relaxed);
    }

    /// A client that sticks to the server in use now.
    pub(crate) fn fixed(&self) -> Client {
        self.only(self.at.load(Ordering::Relaxed))
    }

    /// A client for the server that hosts `address`, or else for the one in use.
    pub(crate) fn on(&self, address: &Url) -> Client {
        let is_there = |client: &Client| client.settings().server.origin() == address.origin();
        self.each().into_iter().find(is_there).unwrap_or_else(|| self.fixed())
    }

    fn only(&self, place: usize) -> Client {
        Client { servers: Arc::clone(&self.servers), at: Arc::new(AtomicUsize::new(place)) }
    }

    fn shared(&self) -> &Shared {
        let place = self.at.load(Ordering::Relaxed);
        let further = place.checked_sub(1).and_then(|place| self.servers.further.get(place));
        further.unwrap_or(&self.servers.first)
    }

    /// Calls an operation, within the time limit from the settings.
    ///
    /// A read is tried up to four times while the server cannot be reached, the connection breaks, or the server answers with a
    /// status of 500 or more; the result is that of the last attempt that completed. Anything else is sent once, without
    /// [`Request::uid`] and [`Request::reason`] unless the server has announced that it takes them.
    ///
    /// # Errors
    /// [`Error::OutcomeUnknown`] if a verb may have been sent and no complete answer came; see [`Error`] for the rest. A refusal
    /// is not an error.
    pub async fn call(&self, request: &Request) -> Result<Outcome, Error> {
        let settings = self.settings();
        let transfer = request.operation() == Operation::Transfer;
        let budget = if transfer { settings.transfer_timeout } else { settings.call_timeout };
        self.call_within(request, budget).await
    }

    /// Like [`Client::call`], within `budget`, at most a day, for WSDL, call, retries and pauses together.
    pub async fn call_within(&self, request: &Request, budget: Duration) -> Result<Outcome, Error> {
        let request = identified(request);
        let operation = request.operation().name();
        let deadline = deadline(budget);
        let here = self.at.load(Ordering::Relaxed);
        let mut result = self.only(here).call_by(&request, deadline).await;
        // The request did not arrive, so another server may have it. If none takes it, report the first server's error.
        for place in (0..=self.servers.further.len()).filter(|place| *place != here) {
            if !result.as_ref().is_err_and(|error| never_arrived(error, request.operation())) {
                break;
            }
            tracing::debug!(operation, "the server in use is not there; asking another");
            let elsewhere = self.only(place).call_by(&request, deadline).await;
            if elsewhere.as_ref().is_err_and(|error| never_arrived(error, request.operation())) {
                continue;
            }
            result = elsewhere;
        }
        match &result {
            Ok(Ok(_)) => tracing::debug!(operation, "done"),
            Ok(Err(refusal)) => {
                tracing::debug!(operation, response = refusal.response, reason = refusal.message, "refused")
            }
            Err(error) => tracing::debug!(operation, code = error.code(), %error, "failed"),
        }
        result
    }

    /// Calls the server in use, without failover.
    async fn call_by(&self, request: &Request, deadline: Instant) -> Result<Outcome, Error> {
        if request.operation().is_read() {
            return self.read(request, deadline).await;
        }
        let _under_way = self.shared().verbs.begin();
        self.act(request, deadline).await
    }

    /// The address of the recording of the call `uid`: `files`, as getRecording returned it, put into the template from the
    /// settings ([`Settings::recordings`]) or the vendor's path on the server's host.
    ///
    /// # Errors
    /// [`Error::NotUnderstood`] for an empty name, or if the template does not give an http address with a path.
    pub fn recording_address(&self, uid: &str, files: &str) -> Result<Url, Error> {
        let settings = self.settings();
        recording::address(&settings.server, settings.recordings.as_deref(), recording::Places { files, uid })
    }

    /// Watches an extension. The watch starts with the first [`Watch::next`].
    pub fn watch(&self, exten: Extension) -> Watch {
        Watch::new(self.clone(), exten)
    }

    /// One popEvent without retries, because the watch polls again anyway.
    pub(crate) async fn poll(&self, exten: &Extension) -> Result<PollAnswer, Error> {
        let request = Request::Current { exten: exten.as_str().to_owned() };
        let deadline = deadline(self.settings().call_timeout);
        let Shared { settings, transport, discovery, .. } = self.shared();
        let asked = async {
            let described = discovery.at_hand(settings, transport).await?;
            self.ask(&request, described, &Sent::default()).await
        };
        match timeout_at(deadline, asked).await {
            Ok(Ok(Ok(Reply::Current { call }))) => Ok(PollAnswer::Call(call)),
            // Any other answer means that there is no call.
            Ok(Ok(Ok(_))) => Ok(PollAnswer::Call(None)),
            Ok(Ok(Err(refusal))) => Ok(PollAnswer::Unreadable(format!("popEvent was refused: {}", refusal.message))),
            Ok(Err(Failure { error, inside: true, .. })) => Ok(PollAnswer::Unreadable(error.to_string())),
            Ok(Err(Failure { error, .. })) => Err(error),
            Err(_) => Err(Error::Timeout("no answer to popEvent".into())),
        }
    }

    /// Makes sure that the WSDL is known. `afresh` reads it again.
    pub(crate) async fn look(&self, afresh: bool) -> Result<(), Error> {
        if afresh {
            self.shared().discovery.doubt_all();
        }
        match timeout_at(deadline(self.settings().call_timeout), self.described()).await {
            Ok(described) => described.map(|_| ()),
            Err(_) => Err(Error::Timeout("no WSDL".into())),
        }
    }

    /// The push stream, if the server is known and announces one.
    pub(crate) fn announced(&self) -> Option<Url> {
        self.shared().discovery.known().and_then(|described| described.events.clone())
    }

    /// Whether the WSDL is known and announces queues.
    pub(crate) fn announces_queues(&self) -> bool {
        self.shared().discovery.known().is_some_and(|described| described.queues.is_some())
    }

    /// What the server supports beyond the vendor's API. Nothing while its WSDL is unknown.
    pub(crate) fn additions(&self) -> Additions {
        self.shared().discovery.known().map(|described| described.additions).unwrap_or_default()
    }

    /// What the server supports beyond the vendor's API. Reads the WSDL within `budget` if it is unknown.
    ///
    /// # Errors
    /// Those of reading a WSDL: [`Error::Unreachable`], [`Error::Timeout`], [`Error::NotUnderstood`] and the like.
    pub async fn additions_within(&self, budget: Duration) -> Result<Additions, Error> {
        match timeout_at(deadline(budget), self.described()).await {
            Ok(described) => Ok(described?.additions),
            Err(_) => Err(Error::Timeout("no WSDL".into())),
        }
    }

    pub(crate) fn verbs(&self) -> &Verbs {
        &self.shared().verbs
    }

    pub(crate) fn transport(&self) -> &Transport {
        &self.shared().transport
    }

    pub(crate) async fn described(&self) -> Result<Arc<Described>, Error> {
        let Shared { settings, transport, discovery, .. } = self.shared();
        discovery.described(settings, transport).await
    }

    async fn read(&self, request: &Request, deadline: Instant) -> Result<Outcome, Error> {
        let mut tries = Tries::until(deadline);
        loop {
            let asked = async { self.ask(request, self.described().await?, &Sent::default()).await };
            if let ControlFlow::Break(result) = tries.make(asked).await {
                return result;
            }
        }
    }

    /// Performs a verb. Reading the WSDL may be retried; the verb itself is sent once.
    async fn act(&self, request: &Request, deadline: Instant) -> Result<Outcome, Error> {
        let mut tries = Tries::until(deadline);
        let described = loop {
            match tries.make(async { Ok(self.described().await?) }).await {
                ControlFlow::Break(described) => break described?,
                ControlFlow::Continue(()) => {}
            }
        };
        let sent = Sent::default();
        let result = timeout_at(deadline, self.ask(request, described, &sent)).await;
        match result {
            Err(_) if sent.get() => Err(Error::OutcomeUnknown("the time was up before an answer came".into())),
            Err(_) => Err(Error::Timeout("the time was up before anything was sent".into())),
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(Failure { error, .. })) => Err(match error {
                Error::Io(why) | Error::Timeout(why) | Error::Unreachable(why) if sent.get() => {
                    Error::OutcomeUnknown(why)
                }
                Error::Io(_)
                | Error::Timeout(_)
                | Error::Unreachable(_)
                | Error::Certificate(_)
                | Error::Http(_)
                | Error::NotLoggedIn { .. }
                | Error::Forbidden(_)
                | Error::Fault(_)
                | Error::NotUnderstood(_)
                | Error::Limit(_)
                | Error::OutcomeUnknown(_) => error,
            }),
        }
    }

    /// One attempt at a call.
    async fn ask(&self, request: &Request, described: Arc<Described>, sent: &Sent) -> Result<Outcome, Failure> {
        let Shared { transport, discovery, .. } = self.shared();
        let operation = request.operation();
        let missing = || Error::NotUnderstood(format!("the server's WSDL has no operation {}", operation.name()));
        let result = match described.description.binding(operation) {
            None => Err(missing().into()),
            Some(binding) => {
                let vendors;
                let request = if described.additions.uid {
                    request
                } else {
                    vendors = request.clone().as_the_vendor_has_it();
                    &vendors
                };
                let ask = post(described.endpoint.clone(), soap::write_request(request, binding))?;
                let answer = transport.exchange(ask, limit::DOCUMENT_BYTES, sent).await?;
                match answer::denied(transport, &answer) {
                    Some(denied) => Err(denied.into()),
                    None => answer::outcome(operation, &answer),
                }
            }
        };
        result.map_err(|Unread { error, inside }| {
            let doubtful = match error {
                Error::Fault(_) | Error::NotUnderstood(_) => true,
                // 429 asks the client to wait, so an immediate retry would be wrong.
                Error::Http(status) => status < 500 && status != 429,
                Error::Unreachable(_)
                | Error::Certificate(_)
                | Error::Timeout(_)
                | Error::Io(_)
                | Error::NotLoggedIn { .. }
                | Error::Forbidden(_)
                | Error::Limit(_)
                | Error::OutcomeUnknown(_) => false,
            };
            Failure { at_once: doubtful && discovery.doubt(&described), error, inside }
        })
    }
}

impl Shared {
    fn new(mut settings: Settings) -> Result<Shared, Error> {
        if !matches!(settings.server.scheme(), "http" | "https") || !settings.server.has_host() {
            return Err(Error::Unreachable("the server's address must begin with http:// or https://".into()));
        }
        let in_address = Credentials::take_from(&mut settings.server);
        if settings.login.is_none() {
            settings.login =
                in_address.map_err(|error| Error::Unreachable(format!("in the server's address {error}")))?;
        }
        let transport =
            Transport::new(settings.connect_timeout, &settings.server, settings.login.clone(), settings.wire.clone());
        Ok(Shared { settings, transport, discovery: Discovery::default(), verbs: Verbs::default() })
    }
}

/// Whether another server may be asked the same: this one has done nothing, or the operation only reads.
fn never_arrived(error: &Error, operation: Operation) -> bool {
    match error {
        Error::Unreachable(_) | Error::Timeout(_) => true,
        Error::Io(_) => operation.is_read(),
        Error::Http(status) => operation.is_read() && *status >= 500,
        Error::Certificate(_)
        | Error::NotLoggedIn { .. }
        | Error::Forbidden(_)
        | Error::Fault(_)
        | Error::NotUnderstood(_)
        | Error::Limit(_)
        | Error::OutcomeUnknown(_) => false,
    }
}

/// A random action id for a dial: 16 hexadecimal digits.
pub fn new_action_id() -> String {
    format!("{:016x}", fastrand::u64(..))
}

/// Gives a dial an action id if it has none: some servers mix up calls with the same id.
fn identified(request: &Request) -> Request {
    let mut request = request.clone();
    if let Request::Dial { action_id: action_id @ None, .. } = &mut request {
        *action_id = Some(new_action_id());
    }
    request
}

fn post(endpoint: Url, message: soap::Message) -> Result<Ask, Error> {
    // Both values are partly taken from the WSDL.
    let value = |text: &str| {
        HeaderValue::from_bytes(text.as_bytes())
            .map_err(|_| Error::NotUnderstood("the WSDL's SOAPAction cannot stand in a header".into()))
    };
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, value(&message.content_type)?);
    if let Some(action) = &message.soap_action {
        headers.insert(HeaderName::from_static("soapaction"), value(action)?);
    }
    Ok(Ask { method: Method::POST, url: endpoint, headers, body: message.body.into() })
}

fn deadline(budget: Duration) -> Instant {
    Instant::now() + budget.min(LONGEST_BUDGET)
}

//! The client: one call of one operation, and what goes with it.

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
    Additions, Credentials, Error, Settings,
    answer::{self, Unread},
    discovery::{Described, Discovery},
    poll::PollAnswer,
    retry::{Failure, Tries},
    transport::{Ask, Sent, Transport, shown},
    verbs::Verbs,
};

/// Longest budget of a call; a longer one means "no hurry" and is cut to this.
const LONGEST_BUDGET: Duration = Duration::from_secs(24 * 60 * 60);

/// A client of one server, or of several that serve one PBX. Clones share the WSDLs, the cookies, and which server is in use.
///
/// Each server has its own WSDL, cookies and login. Which one is in use, a [`Watch`] decides; without one it is the first.
#[derive(Clone)]
pub struct Client {
    servers: Arc<Servers>,
    /// The one in use, by its place.
    at: Arc<AtomicUsize>,
}

/// The servers of one PBX, in the order in which they are wanted.
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
    /// A client with these settings; nothing is sent yet. The error is [`Error::Unreachable`] for an address that is not
    /// http or https.
    pub fn new(settings: Settings) -> Result<Client, Error> {
        let (first, further) = settings.each();
        let servers = Servers {
            first: Shared::new(first)?,
            further: further.into_iter().map(Shared::new).collect::<Result<_, _>>()?,
        };
        Ok(Client { servers: Arc::new(servers), at: Arc::default() })
    }

    /// The settings for the server in use; a login that stood in its address stands in its own field.
    pub fn settings(&self) -> &Settings {
        &self.shared().settings
    }

    /// A client for each server alone, in the order in which they are wanted: whatever another one does, it keeps to its server.
    pub(crate) fn each(&self) -> Vec<Client> {
        (0..=self.servers.further.len()).map(|place| self.only(place)).collect()
    }

    /// Which server is in use, by its place among all.
    pub(crate) fn use_server(&self, place: usize) {
        self.at.store(place, Ordering::Relaxed);
    }

    /// A client that keeps to the server that is in use now.
    pub(crate) fn fixed(&self) -> Client {
        self.only(self.at.load(Ordering::Relaxed))
    }

    /// A client for the server that `address` is on, else for the one in use.
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

    /// Calls an operation within the deadline that the settings give it.
    ///
    /// A read is tried up to four times while the server cannot be reached, the connection breaks or the server answers
    /// with a status of 500 or more; the last try that came to an end decides. Anything else is sent once, and without
    /// [`Request::uid`] and [`Request::reason`] where the server has not announced that it takes them.
    ///
    /// # Errors
    /// [`Error::OutcomeUnknown`] when a verb may have been sent and no complete answer came; see [`Error`] for the rest.
    /// A refusal is no error.
    pub async fn call(&self, request: &Request) -> Result<Outcome, Error> {
        let settings = self.settings();
        let transfer = request.operation() == Operation::Transfer;
        let budget = if transfer { settings.transfer_timeout } else { settings.call_timeout };
        self.call_within(request, budget).await
    }

    /// The same within `budget`, at most a day: WSDL, call, retries and pauses together.
    pub async fn call_within(&self, request: &Request, budget: Duration) -> Result<Outcome, Error> {
        let request = identified(request);
        let operation = request.operation().name();
        let deadline = deadline(budget);
        let here = self.at.load(Ordering::Relaxed);
        let mut result = self.only(here).call_by(&request, deadline).await;
        // Nothing was done where nothing was sent. The first server's error stays the one that is told.
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

    /// The call of the server in use alone.
    async fn call_by(&self, request: &Request, deadline: Instant) -> Result<Outcome, Error> {
        if request.operation().is_read() {
            return self.read(request, deadline).await;
        }
        let _under_way = self.shared().verbs.begin();
        self.act(request, deadline).await
    }

    /// One popEvent without retries, for a watch that asks again anyway.
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
            // Whatever a server says in place of a call, there is none.
            Ok(Ok(Ok(_))) => Ok(PollAnswer::Call(None)),
            Ok(Ok(Err(refusal))) => Ok(PollAnswer::Unreadable(format!("popEvent was refused: {}", refusal.message))),
            Ok(Err(Failure { error, inside: true, .. })) => Ok(PollAnswer::Unreadable(error.to_string())),
            Ok(Err(Failure { error, .. })) => Err(error),
            Err(_) => Err(Error::Timeout("no answer to popEvent".into())),
        }
    }

    /// Makes sure that the server is described; `afresh` doubts what was known.
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

    /// Whether the server is known and has queues.
    pub(crate) fn announces_queues(&self) -> bool {
        self.shared().discovery.known().is_some_and(|described| described.queues.is_some())
    }

    /// What the server announces beyond the vendor's API; nothing while it is not known.
    pub(crate) fn additions(&self) -> Additions {
        self.shared().discovery.known().map(|described| described.additions).unwrap_or_default()
    }

    /// What the server announces beyond the vendor's API, its WSDL read within `budget` if it is not known.
    ///
    /// # Errors
    /// As of a WSDL that cannot be had: [`Error::Unreachable`], [`Error::Timeout`], [`Error::NotUnderstood`] and their like.
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

    /// A verb: the WSDL may be asked for again and again, the verb itself is sent once.
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

    /// One try of a call.
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
                // 429: whoever is told to wait does not ask again at once.
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

/// Whether another server may be asked the same: this one has done nothing, or it was only a question.
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

/// An id for one dial, unique without a clock: 16 hexadecimal digits.
pub fn new_action_id() -> String {
    format!("{:016x}", fastrand::u64(..))
}

/// A dial without an action id gets one: some servers mix calls up that have the same.
fn identified(request: &Request) -> Request {
    let mut request = request.clone();
    if let Request::Dial { action_id: action_id @ None, .. } = &mut request {
        *action_id = Some(new_action_id());
    }
    request
}

fn post(endpoint: Url, message: soap::Message) -> Result<Ask, Error> {
    // Both values come from the WSDL in part.
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

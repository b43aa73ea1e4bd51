//! One call's dialogue with the other side.

use std::{net::IpAddr, sync::Arc, time::Duration};

use rsipstack::{
    dialog::{
        dialog::{Dialog, DialogState, DialogStateReceiver, TerminatedReason, TransactionHandle},
        invitation::InviteOption,
        invite_dialog::InviteDialog,
    },
    sip::{
        Header, HeadersExt as _, Host, Method, ReferredBy, Request, Response, StatusCode, StatusCodeKind, Uri, typed,
    },
    transaction::key::TransactionRole,
};

use tokio::{sync::watch, time::timeout};

use super::{ALLOW, Change, Finish, SUPPORTED, Seen, Sip, Timer, incoming::asserted};
use crate::LegId;

/// An answer that is not acknowledged within that time is sent again and again meanwhile; later nobody waits for it.
const PATIENCE: Duration = Duration::from_secs(16);

/// Why a request within a call was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// SIP's status; 408 when no answer came.
    pub(crate) code: u16,
    pub(crate) detail: String,
}

/// A call. Copies are the same call.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) id: LegId,
    sip: Arc<Sip>,
    dialog: InviteDialog,
    /// Whether both sides know that it is answered: before that, nothing can be asked for within it.
    ready: Arc<watch::Sender<bool>>,
}

/// Answers a request of the other side within a call.
#[derive(Debug)]
pub(crate) struct Reply {
    handle: TransactionHandle,
    timer: Option<Timer>,
}

impl Reply {
    /// Agrees, with a description where one was offered or asked for.
    pub(crate) fn agree(self, sdp: Option<String>) {
        let mut headers = vec![Header::Allow(ALLOW.into()), Header::Supported(SUPPORTED.into())];
        headers.extend(self.timer.map(Timer::headers).unwrap_or_default());
        headers.extend(sdp.is_some().then(sdp_type));
        self.send(StatusCode::OK, headers, sdp.map(String::into_bytes));
    }

    /// Refuses with a status.
    pub(crate) fn refuse(self, code: u16) {
        self.send(StatusCode::from(code), Vec::new(), None);
    }

    fn send(self, status: StatusCode, headers: Vec<Header>, body: Option<Vec<u8>>) {
        // Whoever asked may have gone.
        tokio::spawn(async move { self.handle.respond(status, Some(headers), body).await.ok() });
    }
}

pub(super) fn sdp_type() -> Header {
    Header::ContentType("application/sdp".into())
}

/// A body as a description, if it is one.
pub(super) fn sdp(body: &[u8]) -> Option<String> {
    (!body.is_empty()).then(|| String::from_utf8_lossy(body).into_owned())
}

impl Sip {
    /// Calls a number. What becomes of it is told as [`Change`]s.
    pub(crate) fn invite(self: &Arc<Self>, id: LegId, number: &str, sdp: String) -> Result<Call, Failure> {
        let (states, told) = self.layer.new_dialog_state_channel();
        let headers = vec![Header::Allow(ALLOW.into()), Header::Supported(SUPPORTED.into())];
        let option = InviteOption {
            caller_display_name: self.account.display_name.clone(),
            caller: self.account.at_registrar(Some(&self.account.user)),
            callee: self.account.at_registrar(Some(number)),
            destination: Some(self.destination()),
            content_type: Some("application/sdp".to_owned()),
            offer: Some(sdp.into_bytes()),
            contact: self.contact(),
            credential: Some(self.account.credential.clone()),
            headers: Some(headers),
            support_prack: true,
            call_id: Some(rsipstack::transaction::make_uuid_v4()),
            route_set: self.routes(),
            ..InviteOption::default()
        };
        let (dialog, outcome) = self.layer.do_invite_async(option, states).map_err(|error| failed(&error))?;
        let call = Call::new(id, Arc::clone(self), dialog);
        tokio::spawn(call.clone().follow_out(told, outcome));
        Ok(call)
    }

    /// Takes up a call of a stack that has ended, on this one.
    pub(crate) fn adopt(self: &Arc<Self>, call: &Call) -> Option<Call> {
        let mut snapshot = call.dialog.snapshot();
        snapshot.local_contact = Some(self.contact());
        let (states, told) = self.layer.new_dialog_state_channel();
        let id = snapshot.id.clone();
        self.layer.restore_from_snapshot(snapshot, states).ok()?;
        let Dialog::Invite(dialog) = self.layer.get_dialog(&id)? else { return None };
        let call = Call::new(call.id, Arc::clone(self), dialog);
        call.ready.send_replace(true);
        call.trust();
        tokio::spawn(call.clone().follow(told, true));
        Some(call)
    }
}

impl Call {
    fn new(id: LegId, sip: Arc<Sip>, dialog: InviteDialog) -> Call {
        Call { id, sip, dialog, ready: Arc::new(watch::Sender::new(false)) }
    }

    /// A call that comes in, in a dialogue of its own.
    pub(super) fn incoming(id: LegId, sip: Arc<Sip>, dialog: InviteDialog, told: DialogStateReceiver) -> Call {
        let call = Call::new(id, sip, dialog);
        tokio::spawn(call.clone().follow(told, false));
        call
    }

    /// SIP's name of the call.
    pub(crate) fn call_id(&self) -> String {
        self.dialog.id().call_id
    }

    /// What `Replaces` says of this call (RFC 3891), as it stands in an address.
    fn replaces(&self) -> String {
        let id = self.dialog.id();
        let text = format!("{};to-tag={};from-tag={}", id.call_id, id.remote_tag, id.local_tag);
        let escape = |byte: u8| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        text.bytes().map(escape).collect()
    }

    /// Tells the caller that it rings.
    pub(crate) fn ring(&self) {
        let reliably = self.dialog.initial_request().header_contains_token("Require", "100rel");
        let mut headers = vec![Header::Allow(ALLOW.into())];
        if reliably {
            headers.extend([Header::Require("100rel".into()), Header::RSeq("1".into())]);
        }
        // Nobody listens if the call has just ended.
        let _ = self.dialog.ringing(Some(headers), None);
    }

    /// Answers.
    pub(crate) fn answer(&self, sdp: String, timer: Option<Timer>) -> Result<(), Failure> {
        let mut headers = vec![Header::Allow(ALLOW.into()), Header::Supported(SUPPORTED.into()), sdp_type()];
        headers.extend(timer.map(Timer::headers).unwrap_or_default());
        self.dialog.accept(Some(headers), Some(sdp.into_bytes())).map_err(|error| failed(&error))
    }

    /// Refuses a call that rings here.
    pub(crate) fn refuse(&self, code: u16) {
        let _ = self.dialog.reject(Some(StatusCode::from(code)), None);
    }

    /// Waits until the answer is acknowledged; what is asked for without that fails.
    async fn acknowledged(&self) {
        let mut ready = self.ready.subscribe();
        // The sender lives as long as this call does.
        let _ = timeout(PATIENCE, ready.wait_for(|ready| *ready)).await;
    }

    /// Ends it by CANCEL or BYE, and forgets it.
    pub(crate) fn end(&self) {
        let call = self.clone();
        tokio::spawn(async move {
            if let Err(error) = call.dialog.hangup().await {
                tracing::debug!(%error, "the end of a call was not confirmed");
            }
            call.forget();
        });
    }

    /// Proposes something new within the call (re-INVITE), and gives what the other side answers.
    pub(crate) async fn offer(&self, sdp: String) -> Result<(Option<String>, Option<Timer>), Failure> {
        self.acknowledged().await;
        let headers = vec![Header::Allow(ALLOW.into()), Header::Supported(SUPPORTED.into()), sdp_type()];
        let asked = self.dialog.reinvite_with_glare_retry(Some(headers), Some(sdp.into_bytes()), 3).await;
        let response = concluded(asked)?;
        self.retarget(response.contact_header().ok());
        Ok((self::sdp(&response.body), Timer::answered(&response)))
    }

    /// Asks the other side to call somebody else (REFER): a number, or the other side of another call in its place.
    pub(crate) async fn refer(&self, target: Target<'_>) -> Result<(), Failure> {
        self.acknowledged().await;
        let account = &self.sip.account;
        let uri = match target {
            Target::Number(number) => account.at_registrar(Some(number)),
            Target::Call(other) => other.other_side(),
        };
        let to = match target {
            Target::Number(_) => format!("<{uri}>"),
            Target::Call(other) => format!("<{uri}?Replaces={}>", other.replaces()),
        };
        let by = ReferredBy::from(format!("<{}>", account.at_registrar(Some(&account.user))));
        concluded(self.dialog.refer(to, Some(vec![by.into()]), None).await).map(drop)
    }

    /// The address that a third one reaches the other side by: that of its number at the registrar, as only the PBX knows.
    fn other_side(&self) -> Uri {
        let snapshot = self.dialog.snapshot();
        let uri = match self.dialog.role() {
            TransactionRole::Client => snapshot.to.uri,
            TransactionRole::Server => snapshot.from.uri,
        };
        let account = &self.sip.account;
        account.at_registrar(uri.auth.as_ref().map(|auth| auth.user.as_str()))
    }

    /// No longer known: nothing of it is answered any more.
    pub(crate) fn forget(&self) {
        self.sip.gate.forget(self.id);
        self.sip.layer.remove_dialog(&self.dialog.id());
    }

    fn trust(&self) {
        let known = Dialog::Invite(self.dialog.clone()).remote_contact();
        if let Some(Host::IpAddr(address)) = known.map(|uri| uri.host_with_port.host) {
            let address: IpAddr = address;
            self.sip.gate.trust(self.id, address);
        }
    }

    /// Further requests go where the last one came from or was answered from.
    fn retarget(&self, contact: Option<&rsipstack::sip::Contact>) {
        let Some(contact) = contact else { return };
        if let Ok(typed) = typed::Contact::parse(contact.value()) {
            Dialog::Invite(self.dialog.clone()).set_remote_target(typed.uri, Some(contact.clone()));
            self.trust();
        }
    }

    fn tell(&self, change: Change) {
        // The line may have ended.
        let _ = self.sip.seen.send(Seen::Changed(self.id, change));
    }

    /// Follows a call of this side to its answer, and on.
    async fn follow_out(
        self,
        mut told: DialogStateReceiver,
        outcome: tokio::task::JoinHandle<rsipstack::dialog::invitation::InviteAsyncResult>,
    ) {
        let mut outcome = outcome;
        let finish = loop {
            tokio::select! {
                biased;
                Some(state) = told.recv() => match state {
                    DialogState::Early(_, response) => {
                        let status = u16::from(response.status_code.clone());
                        self.tell(Change::Progress { status, sdp: sdp(&response.body) });
                    }
                    DialogState::Confirmed(_, response) => {
                        self.ready.send_replace(true);
                        self.trust();
                        let timer = Timer::answered(&response);
                        self.tell(Change::Answered { sdp: sdp(&response.body), timer });
                        return self.follow(told, true).await;
                    }
                    // The outcome says more.
                    DialogState::Calling(_) | DialogState::Trying(_) | DialogState::WaitAck(..) | DialogState::Terminated(..) => {}
                    DialogState::Updated(_, _, handle) | DialogState::Publish(_, _, handle) | DialogState::Notify(_, _, handle)
                    | DialogState::Refer(_, _, handle) | DialogState::Message(_, _, handle) | DialogState::Info(_, _, handle)
                    | DialogState::Options(_, _, handle) => Reply { handle, timer: None }.refuse(481),
                },
                ended = &mut outcome => break match ended {
                    // Its state comes, or has come.
                    Ok(Ok((_, Some(response)))) if response.status_code.kind() == StatusCodeKind::Successful => {
                        match told.recv().await {
                            Some(DialogState::Confirmed(_, response)) => {
                                self.ready.send_replace(true);
                                self.trust();
                                let timer = Timer::answered(&response);
                                self.tell(Change::Answered { sdp: sdp(&response.body), timer });
                                return self.follow(told, true).await;
                            }
                            _ => Finish::Here,
                        }
                    }
                    Ok(Ok((_, Some(response)))) => {
                        let code = u16::from(response.status_code.clone());
                        Finish::Status { code, detail: response.reason_phrase().unwrap_or_default().to_owned() }
                    }
                    Ok(Ok((_, None))) => Finish::Timeout,
                    Ok(Err(error)) => Finish::Status { code: 503, detail: error.to_string() },
                    Err(error) => Finish::Status { code: 503, detail: error.to_string() },
                },
            }
        };
        self.tell(Change::Ended(finish));
        self.forget();
    }

    /// Follows a call to its end. `answered`: the other side's answer to this side's INVITE has been told.
    async fn follow(self, mut told: DialogStateReceiver, answered: bool) {
        let given_up = self.dialog.cancel_token().clone();
        let mut acked = None;
        loop {
            let state = tokio::select! {
                biased;
                state = told.recv() => state,
                () = given_up.cancelled() => return,
            };
            match state {
                None => return,
                Some(DialogState::Terminated(_, reason)) => {
                    self.tell(Change::Ended(finish(&reason, self.dialog.role())));
                    return self.forget();
                }
                Some(DialogState::Confirmed(..)) => {
                    self.ready.send_replace(true);
                    // Of an INVITE or re-INVITE; other requests come back here, too, with the last ACK known.
                    let ack = self.dialog.last_remote_ack();
                    let number = ack.as_ref().and_then(|ack| ack.cseq_header().ok()?.seq().ok());
                    if number.is_some() && number != acked {
                        acked = number;
                        if !answered {
                            self.trust();
                        }
                        self.tell(Change::Acked { sdp: ack.and_then(|ack| sdp(&ack.body)) });
                    }
                }
                Some(DialogState::Updated(_, request, handle)) => self.offered(&request, handle),
                Some(DialogState::Notify(_, request, handle)) => {
                    if let Some((status, last)) = referred(&request) {
                        self.tell(Change::Referred { status, last });
                    }
                    Reply { handle, timer: None }.agree(None);
                }
                Some(DialogState::Info(_, _, handle) | DialogState::Options(_, _, handle)) => {
                    Reply { handle, timer: None }.agree(None);
                }
                // Nobody sends this line elsewhere.
                Some(DialogState::Refer(_, _, handle)) => Reply { handle, timer: None }.refuse(603),
                Some(DialogState::Message(_, _, handle) | DialogState::Publish(_, _, handle)) => {
                    Reply { handle, timer: None }.refuse(405);
                }
                Some(
                    DialogState::Calling(_)
                    | DialogState::Trying(_)
                    | DialogState::Early(..)
                    | DialogState::WaitAck(..),
                ) => {}
            }
        }
    }

    fn offered(&self, request: &Request, handle: TransactionHandle) {
        self.retarget(request.contact_header().ok());
        let timer = Timer::asked(request);
        let reply = Reply { handle, timer };
        let invite = request.method == Method::Invite;
        let identity = asserted(request);
        self.tell(Change::Offered { sdp: sdp(&request.body), invite, timer, identity, reply });
    }
}

/// How a transfer goes on, from a NOTIFY (RFC 3515): the status, and whether it is the last. The stack's own reader expects the
/// headers to be unknown ones, which they are not.
fn referred(notify: &Request) -> Option<(u16, bool)> {
    let event = notify.header_value("Event")?;
    if !event.split(';').next()?.trim().eq_ignore_ascii_case("refer") {
        return None;
    }
    let state = notify.header_value("Subscription-State").unwrap_or_default();
    let body = String::from_utf8_lossy(&notify.body);
    let status = body.lines().next()?.strip_prefix("SIP/2.0 ")?.split(' ').next()?.parse().ok()?;
    Some((status, state.to_ascii_lowercase().starts_with("terminated")))
}

/// Whom a call is handed on to.
#[derive(Clone, Copy)]
pub(crate) enum Target<'a> {
    Number(&'a str),
    Call(&'a Call),
}

fn finish(reason: &TerminatedReason, role: TransactionRole) -> Finish {
    let server = role == TransactionRole::Server;
    match reason {
        TerminatedReason::Timeout => Finish::Timeout,
        TerminatedReason::UacCancel if server => Finish::Cancelled,
        TerminatedReason::UacBye if server => Finish::There,
        TerminatedReason::UasBye if !server => Finish::There,
        TerminatedReason::UacCancel
        | TerminatedReason::UacBye
        | TerminatedReason::UasBye
        | TerminatedReason::UasBusy
        | TerminatedReason::UasDecline => Finish::Here,
        TerminatedReason::UacBusy => Finish::Status { code: 486, detail: String::new() },
        TerminatedReason::ProxyAuthRequired => Finish::Status { code: 407, detail: String::new() },
        TerminatedReason::ProxyError(status)
        | TerminatedReason::UacOther(status)
        | TerminatedReason::UasOther(status) => {
            Finish::Status { code: u16::from(status.clone()), detail: String::new() }
        }
    }
}

fn failed(error: &rsipstack::Error) -> Failure {
    Failure { code: 500, detail: error.to_string() }
}

/// The answer to a request, if it is a good one.
fn concluded(asked: rsipstack::Result<Option<Response>>) -> Result<Response, Failure> {
    let response = asked.map_err(|error| failed(&error))?;
    let response = response.ok_or(Failure { code: 408, detail: String::new() })?;
    let code = u16::from(response.status_code.clone());
    if response.status_code.kind() == StatusCodeKind::Successful {
        return Ok(response);
    }
    Err(Failure { code, detail: response.reason_phrase().unwrap_or_default().to_owned() })
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("id", &self.id).finish_non_exhaustive()
    }
}

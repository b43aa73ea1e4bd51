//! A call's SIP dialog.

use std::{net::IpAddr, sync::Arc, time::Duration};

use rsipstack::{
    dialog::{
        dialog::{Dialog, DialogStateReceiver, TransactionHandle},
        invitation::InviteOption,
        invite_dialog::InviteDialog,
    },
    sip::{Header, HeadersExt as _, Host, ReferredBy, Response, StatusCode, StatusCodeKind, Uri, typed},
    transaction::key::TransactionRole,
};

use tokio::{sync::watch, time::timeout};

use super::{ALLOW, Change, SUPPORTED, Seen, Sip, Timer};
use crate::LegId;

/// How long requests within a call wait for the ACK to its answer.
const PATIENCE: Duration = Duration::from_secs(16);

/// A failed request within a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The SIP status; 408 without a response.
    pub(crate) code: u16,
    pub(crate) detail: String,
}

/// A call. Clones refer to the same call.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) id: LegId,
    sip: Arc<Sip>,
    pub(super) dialog: InviteDialog,
    /// Whether the answer is acknowledged. Requests within the call fail before that.
    pub(super) ready: Arc<watch::Sender<bool>>,
}

/// Responds to a request within a call.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(super) handle: TransactionHandle,
    pub(super) timer: Option<Timer>,
}

impl Reply {
    /// Responds 200, with a description if needed.
    pub(crate) fn agree(self, sdp: Option<String>) {
        let mut headers = vec![Header::Allow(ALLOW.into()), Header::Supported(SUPPORTED.into())];
        headers.extend(self.timer.map(Timer::headers).unwrap_or_default());
        headers.extend(sdp.is_some().then(sdp_type));
        self.send(StatusCode::OK, headers, sdp.map(String::into_bytes));
    }

    /// Responds with an error status.
    pub(crate) fn refuse(self, code: u16) {
        self.send(StatusCode::from(code), Vec::new(), None);
    }

    fn send(self, status: StatusCode, headers: Vec<Header>, body: Option<Vec<u8>>) {
        // The transaction may have ended.
        tokio::spawn(async move { self.handle.respond(status, Some(headers), body).await.ok() });
    }
}

pub(super) fn sdp_type() -> Header {
    Header::ContentType("application/sdp".into())
}

/// A body as text; None if empty.
pub(super) fn sdp(body: &[u8]) -> Option<String> {
    (!body.is_empty()).then(|| String::from_utf8_lossy(body).into_owned())
}

impl Sip {
    /// Calls a number. Progress is reported as [`Change`]s.
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

    /// Takes over a call from a previous stack.
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

    /// A new incoming call.
    pub(super) fn incoming(id: LegId, sip: Arc<Sip>, dialog: InviteDialog, told: DialogStateReceiver) -> Call {
        let call = Call::new(id, sip, dialog);
        tokio::spawn(call.clone().follow(told, false));
        call
    }

    /// The Call-ID.
    pub(crate) fn call_id(&self) -> String {
        self.dialog.id().call_id
    }

    /// The `Replaces` value of this call (RFC 3891), escaped for a URI.
    fn replaces(&self) -> String {
        let id = self.dialog.id();
        let text = format!("{};to-tag={};from-tag={}", id.call_id, id.remote_tag, id.local_tag);
        let escape = |byte: u8| match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        };
        text.bytes().map(escape).collect()
    }

    /// Responds 180.
    pub(crate) fn ring(&self) {
        let reliably = self.dialog.initial_request().header_contains_token("Require", "100rel");
        let mut headers = vec![Header::Allow(ALLOW.into())];
        if reliably {
            headers.extend([Header::Require("100rel".into()), Header::RSeq("1".into())]);
        }
        // The call may have just ended.
        let _ = self.dialog.ringing(Some(headers), None);
    }

    /// Responds 200.
    pub(crate) fn answer(&self, sdp: String, timer: Option<Timer>) -> Result<(), Failure> {
        let mut headers = vec![Header::Allow(ALLOW.into()), Header::Supported(SUPPORTED.into()), sdp_type()];
        headers.extend(timer.map(Timer::headers).unwrap_or_default());
        self.dialog.accept(Some(headers), Some(sdp.into_bytes())).map_err(|error| failed(&error))
    }

    /// Rejects a ringing call.
    pub(crate) fn refuse(&self, code: u16) {
        let _ = self.dialog.reject(Some(StatusCode::from(code)), None);
    }

    /// Waits for the ACK of the answer.
    async fn acknowledged(&self) {
        let mut ready = self.ready.subscribe();
        // On a timeout the request fails by itself.
        let _ = timeout(PATIENCE, ready.wait_for(|ready| *ready)).await;
    }

    /// Sends CANCEL or BYE and forgets the call.
    pub(crate) fn end(&self) {
        let call = self.clone();
        tokio::spawn(async move {
            if let Err(error) = call.dialog.hangup().await {
                tracing::debug!(%error, "the end of a call was not confirmed");
            }
            call.forget();
        });
    }

    /// Sends a re-INVITE and returns the answer.
    pub(crate) async fn offer(&self, sdp: String) -> Result<(Option<String>, Option<Timer>), Failure> {
        self.acknowledged().await;
        let headers = vec![Header::Allow(ALLOW.into()), Header::Supported(SUPPORTED.into()), sdp_type()];
        let asked = self.dialog.reinvite_with_glare_retry(Some(headers), Some(sdp.into_bytes()), 3).await;
        let response = concluded(asked)?;
        self.retarget(response.contact_header().ok());
        Ok((self::sdp(&response.body), Timer::answered(&response)))
    }

    /// Sends a REFER to a number, or to the other side of another call with `Replaces`.
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

    /// The URI of the other side's number at the registrar.
    fn other_side(&self) -> Uri {
        let snapshot = self.dialog.snapshot();
        let uri = match self.dialog.role() {
            TransactionRole::Client => snapshot.to.uri,
            TransactionRole::Server => snapshot.from.uri,
        };
        let account = &self.sip.account;
        account.at_registrar(uri.auth.as_ref().map(|auth| auth.user.as_str()))
    }

    /// Removes the call from the stack.
    pub(crate) fn forget(&self) {
        self.sip.gate.forget(self.id);
        self.sip.layer.remove_dialog(&self.dialog.id());
    }

    pub(super) fn trust(&self) {
        let known = Dialog::Invite(self.dialog.clone()).remote_contact();
        if let Some(Host::IpAddr(address)) = known.map(|uri| uri.host_with_port.host) {
            let address: IpAddr = address;
            self.sip.gate.trust(self.id, address);
        }
    }

    /// Updates the remote target (RFC 3261, section 12.2).
    pub(super) fn retarget(&self, contact: Option<&rsipstack::sip::Contact>) {
        let Some(contact) = contact else { return };
        if let Ok(typed) = typed::Contact::parse(contact.value()) {
            Dialog::Invite(self.dialog.clone()).set_remote_target(typed.uri, Some(contact.clone()));
            self.trust();
        }
    }

    pub(super) fn tell(&self, change: Change) {
        // The line may have ended.
        let _ = self.sip.seen.send(Seen::Changed(self.id, change));
    }
}

/// The target of a transfer.
#[derive(Clone, Copy)]
pub(crate) enum Target<'a> {
    Number(&'a str),
    Call(&'a Call),
}

fn failed(error: &rsipstack::Error) -> Failure {
    Failure { code: 500, detail: error.to_string() }
}

/// The response if it is a success.
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

//! Incoming requests.

use std::{
    future::poll_fn,
    sync::{Arc, Weak},
    task::Poll,
};

use rsipstack::{
    dialog::dialog::Dialog,
    sip::{Header, HeadersExt as _, Method, Request, StatusCode, typed},
    transaction::{TransactionReceiver, transaction::Transaction},
};

use super::{ALLOW, Call, Invited, SUPPORTED, Seen, Sip, Timer, call::sdp};

/// Longer header values are cut.
const MOST_SIGNS: usize = 128;
/// Supported extensions in `Require`.
const KNOWN: [&str; 2] = ["100rel", "timer"];

/// Handles requests until the stack ends.
pub(super) async fn receive(sip: Weak<Sip>, mut requests: TransactionReceiver) {
    while let Some(request) = requests.recv().await {
        let Some(sip) = sip.upgrade() else { return };
        let mut taken = Box::pin(async move {
            if let Err(error) = sip.take(request).await {
                tracing::debug!(%error, "a request was not answered");
            }
        });
        // Each begins in the order of arrival, and only waits beside the others: the stack drops, without an answer, a request with a
        // lower CSeq than one it has seen, as of two NOTIFYs in one moment.
        let ended = poll_fn(|context| Poll::Ready(taken.as_mut().poll(context).is_ready())).await;
        if !ended {
            tokio::spawn(taken);
        }
    }
}

impl Sip {
    async fn take(self: Arc<Self>, mut request: Transaction) -> rsipstack::Result<()> {
        let tagged = request.original.to_header()?.tag()?.is_some();
        if tagged {
            return self.within(request).await;
        }
        match request.original.method {
            Method::Invite => self.invited(request).await,
            Method::Options => {
                let accept = Header::Accept("application/sdp".into());
                request
                    .reply_with(StatusCode::OK, vec![allow(), Header::Supported(SUPPORTED.into()), accept], None)
                    .await
            }
            // Waiting messages, changed settings: nothing to do.
            Method::Notify => request.reply(StatusCode::OK).await,
            Method::Ack | Method::Cancel => Ok(()),
            Method::Bye | Method::PRack | Method::Update | Method::Info => {
                request.reply(StatusCode::CallTransactionDoesNotExist).await
            }
            Method::Message | Method::Publish | Method::Refer | Method::Register | Method::Subscribe => {
                request.reply_with(StatusCode::MethodNotAllowed, vec![allow()], None).await
            }
        }
    }

    /// A request within a call.
    async fn within(&self, mut request: Transaction) -> rsipstack::Result<()> {
        let method = request.original.method;
        match self.layer.match_dialog(&request) {
            // The stack does not respond to these before the answer.
            Some(Dialog::Invite(dialog))
                if !dialog.state().is_confirmed()
                    && !matches!(
                        method,
                        Method::Invite | Method::Bye | Method::PRack | Method::Ack | Method::Cancel
                    ) =>
            {
                early(&mut request).await
            }
            Some(mut dialog) => dialog.handle(&mut request).await,
            None => {
                let call_id = request.original.call_id_header()?.value().to_owned();
                let dialling = !self.layer.get_client_dialog_by_call_id(&call_id).is_empty();
                let known = matches!(method, Method::Update | Method::Info | Method::Notify | Method::Options);
                if method == Method::Ack {
                    Ok(())
                } else if known && dialling {
                    early(&mut request).await
                } else {
                    request.reply(StatusCode::CallTransactionDoesNotExist).await
                }
            }
        }
    }

    async fn invited(self: Arc<Self>, mut request: Transaction) -> rsipstack::Result<()> {
        let unknown = unknown(&request.original);
        if !unknown.is_empty() {
            let unsupported = Header::Unsupported(unknown.into());
            return request.reply_with(StatusCode::BadExtension, vec![unsupported], None).await;
        }
        let described = request.original.header_value("Content-Type");
        let ours = described.is_none_or(|kind| kind.to_ascii_lowercase().starts_with("application/sdp"));
        if !request.original.body.is_empty() && !ours {
            let accept = Header::Accept("application/sdp".into());
            return request.reply_with(StatusCode::UnsupportedMediaType, vec![accept], None).await;
        }
        let (states, told) = self.layer.new_dialog_state_channel();
        let credential = Some(self.account.credential.clone());
        let begun = self.layer.get_or_create_server_invite(&request, states, credential, Some(self.contact()));
        let Ok(dialog) = begun else {
            return request.reply(StatusCode::BadRequest).await;
        };
        let call = Call::incoming(self.next_id(), Arc::clone(&self), dialog.clone(), told);
        let original = &request.original;
        let (number, name) = caller(original);
        let invited = Invited {
            number,
            name,
            uid: value(original, "X-Uncall-Uid"),
            action: value(original, "X-Uncall-Action"),
            sdp: sdp(&original.body),
            timer: Timer::asked(original),
            call: call.clone(),
        };
        if self.seen.send(Seen::Invited(invited)).is_err() {
            call.refuse(480);
        }
        let mut dialog = dialog;
        // Returns when the INVITE is acknowledged or has ended.
        dialog.handle(&mut request).await
    }
}

/// Responds to a request in an unanswered call. An offer is postponed because another one is pending (RFC 3311).
async fn early(request: &mut Transaction) -> rsipstack::Result<()> {
    if request.original.method == Method::Update && !request.original.body.is_empty() {
        return request.reply_with(StatusCode::ServerInternalError, vec![Header::RetryAfter("5".into())], None).await;
    }
    request.reply_with(StatusCode::OK, vec![allow()], None).await
}

fn allow() -> Header {
    Header::Allow(ALLOW.into())
}

/// Unsupported extensions in `Require`.
fn unknown(request: &Request) -> String {
    let required = request.headers.iter().filter_map(|header| {
        let Header::Require(value) = header else { return None };
        Some(value.value())
    });
    let words = required.flat_map(|value| value.split(',')).map(str::trim);
    let unknown = words.filter(|word| !word.is_empty() && !KNOWN.iter().any(|known| known.eq_ignore_ascii_case(word)));
    clean(&unknown.take(8).collect::<Vec<_>>().join(", ")).unwrap_or_default()
}

/// The caller's number and name, asserted by the server or from `From`.
fn caller(request: &Request) -> (String, Option<String>) {
    let said = || named(typed::From::parse(request.from_header().ok()?.value()).ok()?);
    asserted(request).or_else(said).unwrap_or_default()
}

/// The identity asserted by the server (RFC 3325, or the older Remote-Party-ID).
pub(super) fn asserted(request: &Request) -> Option<(String, Option<String>)> {
    let asserted = value(request, "P-Asserted-Identity").or_else(|| value(request, "Remote-Party-ID"))?;
    named(typed::From::parse(&asserted).ok()?)
}

fn named(from: typed::From) -> Option<(String, Option<String>)> {
    let number = from.uri.auth.as_ref().and_then(|auth| clean(&auth.user))?;
    let name = from.display_name.as_deref().and_then(|name| clean(&name.replace('\\', "")));
    Some((number, name))
}

fn value(request: &Request, name: &str) -> Option<String> {
    clean(&request.header_value(name)?)
}

/// Removes control characters and limits the length.
fn clean(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|sign| !sign.is_control()).take(MOST_SIGNS).collect();
    let text = text.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

//! Translates the stack's dialog states into [`Change`]s.

use rsipstack::{
    dialog::{
        dialog::{DialogState, DialogStateReceiver, TerminatedReason, TransactionHandle},
        invitation::InviteAsyncResult,
    },
    sip::{HeadersExt as _, Method, Request, StatusCodeKind},
    transaction::key::TransactionRole,
};
use tokio::task::JoinHandle;

use super::{Call, Change, Finish, Reply, Timer, call::sdp, incoming::asserted};

impl Call {
    /// Follows an outgoing call.
    pub(super) async fn follow_out(self, mut told: DialogStateReceiver, outcome: JoinHandle<InviteAsyncResult>) {
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
                    // The outcome has the details.
                    DialogState::Calling(_) | DialogState::Trying(_) | DialogState::WaitAck(..) | DialogState::Terminated(..) => {}
                    DialogState::Updated(_, _, handle) | DialogState::Publish(_, _, handle) | DialogState::Notify(_, _, handle)
                    | DialogState::Refer(_, _, handle) | DialogState::Message(_, _, handle) | DialogState::Info(_, _, handle)
                    | DialogState::Options(_, _, handle) => Reply { handle, timer: None }.refuse(481),
                },
                ended = &mut outcome => break match ended {
                    // The state has been queued before the outcome.
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

    /// Follows an incoming call, or an outgoing one after its answer (`answered`).
    pub(super) async fn follow(self, mut told: DialogStateReceiver, answered: bool) {
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
                    // Other requests return to this state as well, with the previous ACK.
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
                // The other side may not transfer this line.
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

/// The status in a NOTIFY of a transfer (RFC 3515), and whether it is the last. The stack's own parser does not find the
/// headers.
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

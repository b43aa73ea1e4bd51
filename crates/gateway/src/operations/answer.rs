//! The thirteen operations: the site does what is asked, and the answer is put in the API's words.

use uncall_contract::event::Presence;
use uncall_contract::{BusyReason, Outcome, Reply, Request};
use uncall_switch::Site;

/// The answer, if nothing has to be waited for: what every desk asks every few seconds.
pub(super) fn answer_now(site: &Site, request: &Request) -> Option<Outcome> {
    if let Request::Current { exten } = request { Some(Ok(current(site, exten))) } else { None }
}

/// Does what is asked. Only a transfer takes longer than a moment. `beyond`: whoever asks may transfer to this target although
/// it is no extension.
pub(super) async fn answer(site: &Site, request: &Request, beyond: bool) -> Outcome {
    match request {
        Request::Ping { text } => return Ok(Reply::Pong { text: text.clone() }),
        Request::Current { exten } => return Ok(current(site, exten)),
        Request::Recording { uid } => return site.recording(uid).await.map(|file| Reply::recording(&file)),
        Request::Dial { exten, number, action_id } => {
            site.dial(exten, number).await?;
            return Ok(Reply::dialled(action_id.as_deref()));
        }
        Request::Hold { exten, uid } => {
            let channel = site.hold(exten, uid.as_deref()).await?;
            return Ok(Reply::Held { channel: channel.into() });
        }
        Request::Busy { exten, reason } => {
            let reason = reason.as_deref().and_then(BusyReason::of);
            site.set_presence(exten, Presence::Busy, reason).await?;
        }
        Request::Idle { exten } => site.set_presence(exten, Presence::Idle, None).await?,
        Request::Restore { agent, channel } => site.restore(agent, channel).await?,
        Request::Transfer { agent, target, uid } => site.transfer(agent, target, uid.as_deref(), beyond).await?,
        Request::Survey { agent, uid } => site.survey(agent, uid.as_deref()).await?,
        Request::Listen { agent, target } => site.spy(agent, target, false).await?,
        Request::Whisper { agent, target } => site.spy(agent, target, true).await?,
        Request::HangUp { agent, uid } => site.hang_up(agent, uid.as_deref()).await?,
    }
    Ok(Reply::done(request.operation()))
}

fn current(site: &Site, exten: &str) -> Reply {
    Reply::Current { call: site.board().current(exten) }
}

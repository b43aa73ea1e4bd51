//! The operations, as short as a test wants them.

use uncall_contract::Request;

/// OnClickCall.
pub fn dial(exten: &str, number: &str) -> Request {
    Request::Dial { exten: exten.into(), number: number.into(), action_id: None }
}
/// keepCalling.
pub fn hold(exten: &str) -> Request {
    Request::Hold { exten: exten.into(), uid: None }
}
/// restoreCalling.
pub fn restore(agent: &str, channel: &str) -> Request {
    Request::Restore { agent: agent.into(), channel: channel.into() }
}
/// transferCall.
pub fn transfer(agent: &str, target: &str) -> Request {
    Request::Transfer { agent: agent.into(), target: target.into(), uid: None }
}
/// feedBack.
pub fn survey(agent: &str) -> Request {
    Request::Survey { agent: agent.into(), uid: None }
}
/// monitorExten.
pub fn listen(agent: &str, target: &str) -> Request {
    Request::Listen { agent: agent.into(), target: target.into() }
}
/// whisper.
pub fn whisper(agent: &str, target: &str) -> Request {
    Request::Whisper { agent: agent.into(), target: target.into() }
}
/// hangUp.
pub fn hang_up(agent: &str) -> Request {
    Request::HangUp { agent: agent.into(), uid: None }
}
/// setBuys.
pub fn busy(exten: &str) -> Request {
    Request::Busy { exten: exten.into(), reason: None }
}
/// setIdle.
pub fn idle(exten: &str) -> Request {
    Request::Idle { exten: exten.into() }
}
/// getRecording.
pub fn recording(uid: &str) -> Request {
    Request::Recording { uid: uid.into() }
}

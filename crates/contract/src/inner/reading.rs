//! Every known way of reading: `docs/api.md`, "The inner document" and the table of ambiguities.

use super::fields::{Condition, Fields};
use crate::{Call, DecodeError, Direction, Operation, Outcome, Reason, Refusal, Reply};

/// Reads the inner document of an answer to `operation` by the table of readings.
/// `None` is a nil or missing return element.
///
/// A document that is not well-formed is repaired if there is exactly one way to read it: a lone `&` or `<`, or missing closing
/// tags. If its end is missing, it is understood only if nothing that was lost could change the outcome.
///
/// The table leaves two things open. A call whose `status` is missing or unknown counts as [`Direction::Callin`], because only a
/// callin pops up, and showing a call wrongly costs less than not showing it. A hold that succeeded without naming a channel is
/// [`Reply::Held`] with an empty one, because the other party is on hold in any case.
pub fn read(operation: Operation, text: Option<&str>) -> Result<Outcome, DecodeError> {
    let text = text.unwrap_or_default();
    if text.trim_matches(is_blank).is_empty() {
        if operation == Operation::Current {
            return Ok(Ok(Reply::Current { call: None }));
        }
        return Err(DecodeError::NotUnderstood(format!("{} returned nothing", operation.name())));
    }
    let fields = Fields::read(text)?;
    if !decides(operation, &fields) {
        return Err(DecodeError::NotUnderstood(format!("the answer to {} breaks off", operation.name())));
    }
    match operation {
        Operation::Ping => ping(&fields),
        Operation::Current => Ok(Ok(current(&fields))),
        Operation::Recording => recording(&fields),
        Operation::Dial
        | Operation::Busy
        | Operation::Idle
        | Operation::Hold
        | Operation::Restore
        | Operation::Transfer
        | Operation::Survey
        | Operation::Listen
        | Operation::Whisper
        | Operation::HangUp => verb(operation, &fields),
    }
}

/// Whether the outcome is independent of anything that a broken document may have lost.
///
/// "No call" ends calls on the screen, so in a repaired document an absent uid is not enough for it.
fn decides(operation: Operation, fields: &Fields) -> bool {
    let all = |names: &[&str]| names.iter().all(|name| fields.has(name));
    let failed = !succeeded(fields);
    match (fields.condition(), operation) {
        (Condition::Sound, _) => true,
        (Condition::Mended, Operation::Current) => denied(fields) || fields.get("uid").is_some(),
        (Condition::Mended, _) => true,
        (Condition::Cut, Operation::Current) => denied(fields) || all(&["calla", "callb", "uid", "status"]),
        (Condition::Cut, Operation::Ping) => fields.has("response"),
        (Condition::Cut, Operation::Recording) => failed || all(&["result", "files"]),
        (Condition::Cut, Operation::Hold) => failed || all(&["result", "response", "message"]),
        (Condition::Cut, _) => failed || all(&["result", "response"]),
    }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}' || c == '\0'
}

/// UncallWorld: the prefix alone decides.
fn ping(fields: &Fields) -> Result<Outcome, DecodeError> {
    const PREFIX: &str = "UncallWorld:";
    let response = fields.raw("response").unwrap_or_default().trim_start();
    match response.split_at_checked(PREFIX.len()) {
        Some((prefix, text)) if prefix.eq_ignore_ascii_case(PREFIX) => {
            // The text is an echo, so drop only line ends of an indented document.
            Ok(Ok(Reply::Pong { text: text.trim_end_matches(['\r', '\n']).to_owned() }))
        }
        _ => answered(Operation::Ping, fields).map(|()| Err(refusal(Operation::Ping, fields))),
    }
}

/// popEvent: anything that is not a call means "no call", never an error.
fn current(fields: &Fields) -> Reply {
    let uid = fields.value("uid");
    if denied(fields) || uid.is_empty() {
        return Reply::Current { call: None };
    }
    let status = fields.get("status").and_then(Direction::from_wire).unwrap_or(Direction::Callin);
    Reply::Current { call: Some(Call { calla: fields.value("calla"), callb: fields.value("callb"), uid, status }) }
}

/// getRecording: a file name, unless `result` or `Response` says no.
fn recording(fields: &Fields) -> Result<Outcome, DecodeError> {
    let files = fields.value("files");
    if !files.is_empty() && succeeded(fields) {
        return Ok(Ok(Reply::Recording { files }));
    }
    if !fields.has("files") {
        answered(Operation::Recording, fields)?;
    }
    let mut refusal = refusal(Operation::Recording, fields);
    if refusal.message.is_empty() && refusal.reason == Reason::Other {
        refusal.reason = Reason::NoRecording;
    }
    Ok(Err(refusal))
}

fn verb(operation: Operation, fields: &Fields) -> Result<Outcome, DecodeError> {
    answered(operation, fields)?;
    if !succeeded(fields) {
        return Ok(Err(refusal(operation, fields)));
    }
    let message = fields.value("message");
    if operation == Operation::Dial {
        let response = fields.get("response").unwrap_or("Success").to_owned();
        return Ok(Ok(Reply::Dialled { response, action_id: fields.value("actionid"), message }));
    }
    if operation == Operation::Hold {
        return Ok(Ok(Reply::Held { channel: message }));
    }
    Ok(Ok(Reply::Done { message }))
}

/// Checks that the answer has `result` or `Response`.
fn answered(operation: Operation, fields: &Fields) -> Result<(), DecodeError> {
    if fields.get("result").is_some() || fields.get("response").is_some() {
        return Ok(());
    }
    Err(DecodeError::NotUnderstood(format!("the answer to {} has neither result nor Response", operation.name())))
}

/// popEvent's way of saying that there is no call.
fn denied(fields: &Fields) -> bool {
    fields.get("result").is_some_and(|result| ["0", "00", "false"].iter().any(|no| no.eq_ignore_ascii_case(result)))
}

/// Whether `result` and `Response` both say yes, or one does and the other is absent.
fn succeeded(fields: &Fields) -> bool {
    const RESULTS: [&str; 5] = ["1", "01", "true", "ok", "success"];
    let result =
        fields.get("result").is_none_or(|result| RESULTS.iter().any(|known| known.eq_ignore_ascii_case(result)));
    let response = fields
        .get("response")
        .is_none_or(|response| response.eq_ignore_ascii_case("Success") || response.eq_ignore_ascii_case("Ringing"));
    result && response
}

fn refusal(operation: Operation, fields: &Fields) -> Refusal {
    let (response, message) = (fields.value("response"), fields.value("message"));
    // OnClickCall gives the reason in `Response`, other operations in `Message`, with `Response` as fallback.
    let texts = if operation == Operation::Dial { [&response, &message] } else { [&message, &response] };
    let reason = texts.into_iter().find_map(|text| reason(operation, text)).unwrap_or(Reason::Other);
    Refusal { reason, response, message }
}

fn reason(operation: Operation, text: &str) -> Option<Reason> {
    const TEXTS: [(&str, Reason); 11] = [
        ("Agent not in use", Reason::AgentNotInUse),
        ("Exten is not idle", Reason::TargetNotIdle),
        ("Transfer not allowed", Reason::TransferNotAllowed),
        ("Agent not in bridge", Reason::NotInBridge),
        ("Channel not exist", Reason::ChannelNotExist),
        ("Connection Failed", Reason::ConnectionFailed),
        ("Failed to update entry", Reason::NotUpdated),
        ("Spy or whisper failed", Reason::SpyFailed),
        ("No Channels", Reason::NoChannels),
        ("Recording not ready", Reason::RecordingNotReady),
        ("Recording empty", Reason::RecordingEmpty),
    ];
    if operation == Operation::Dial && text.eq_ignore_ascii_case("Busy") {
        return Some(Reason::Unavailable);
    }
    let (_, reason) = TEXTS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(text))?;
    // hangUp has one more text for "there is nothing to hang up".
    if operation == Operation::HangUp && reason == Reason::AgentNotInUse {
        return Some(Reason::NoChannels);
    }
    Some(reason)
}

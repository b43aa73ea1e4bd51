//! Every known way of reading: `docs/api.md`, "The inner document" and the table of ambiguities.

use super::fields::Fields;
use crate::{Call, DecodeError, Direction, Operation, Outcome, Reason, Refusal, Reply};

/// Reads the inner document of an answer to `operation` by the table of readings.
/// `None` is a nil or missing return element.
///
/// Two things the table leaves open: a call whose `status` is missing or unknown counts as [`Direction::Callin`], because
/// only a callin pops up and a call that is shown wrongly costs less than one that is not shown; a hold that succeeded
/// without naming a channel is [`Reply::Held`] with an empty one, because the other party is on hold all the same.
pub fn read(operation: Operation, text: Option<&str>) -> Result<Outcome, DecodeError> {
    let text = text.unwrap_or_default();
    if text.trim_matches(is_blank).is_empty() {
        if operation == Operation::Current {
            return Ok(Ok(Reply::Current { call: None }));
        }
        return Err(DecodeError::NotUnderstood(format!("{} returned nothing", operation.name())));
    }
    let fields = Fields::read(text)?;
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

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c == '\u{feff}' || c == '\0'
}

/// UncallWorld: the prefix alone decides.
fn ping(fields: &Fields) -> Result<Outcome, DecodeError> {
    const PREFIX: &str = "UncallWorld:";
    let response = fields.raw("response").unwrap_or_default().trim_start();
    match response.split_at_checked(PREFIX.len()) {
        Some((prefix, text)) if prefix.eq_ignore_ascii_case(PREFIX) => {
            // The text is an echo, so only line ends of a laid-out document are dropped.
            Ok(Ok(Reply::Pong { text: text.trim_end_matches(['\r', '\n']).to_owned() }))
        }
        _ => answered(Operation::Ping, fields).map(|()| Err(refusal(Operation::Ping, fields))),
    }
}

/// popEvent: whatever is not a call is no call, never an error.
fn current(fields: &Fields) -> Reply {
    let uid = fields.value("uid");
    if fields.get("result") == Some("0") || uid.is_empty() {
        return Reply::Current { call: None };
    }
    let status = fields.get("status").and_then(Direction::from_wire).unwrap_or(Direction::Callin);
    Reply::Current { call: Some(Call { calla: fields.value("calla"), callb: fields.value("callb"), uid, status }) }
}

/// getRecording: a file name, unless `result` or `Response` deny it.
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

/// An answer has `result` or `Response`.
fn answered(operation: Operation, fields: &Fields) -> Result<(), DecodeError> {
    if fields.get("result").is_some() || fields.get("response").is_some() {
        return Ok(());
    }
    Err(DecodeError::NotUnderstood(format!("the answer to {} has neither result nor Response", operation.name())))
}

fn succeeded(fields: &Fields) -> bool {
    let result = fields.get("result").is_none_or(|result| result == "1");
    let response = fields
        .get("response")
        .is_none_or(|response| response.eq_ignore_ascii_case("Success") || response.eq_ignore_ascii_case("Ringing"));
    result && response
}

fn refusal(operation: Operation, fields: &Fields) -> Refusal {
    let (response, message) = (fields.value("response"), fields.value("message"));
    // OnClickCall says why in `Response`. Elsewhere it is `Message`, and `Response` only where that says nothing known.
    let texts = if operation == Operation::Dial { [&response, &message] } else { [&message, &response] };
    let reason = texts.into_iter().find_map(|text| reason(operation, text)).unwrap_or(Reason::Other);
    Refusal { reason, response, message }
}

fn reason(operation: Operation, text: &str) -> Option<Reason> {
    const TEXTS: [(&str, Reason); 9] = [
        ("Agent not in use", Reason::AgentNotInUse),
        ("Exten is not idle", Reason::TargetNotIdle),
        ("Agent not in bridge", Reason::NotInBridge),
        ("Channel not exist", Reason::ChannelNotExist),
        ("Connection Failed", Reason::ConnectionFailed),
        ("Failed to update entry", Reason::NotUpdated),
        ("Spy or whisper failed", Reason::SpyFailed),
        ("No Channels", Reason::NoChannels),
        ("Recording not ready", Reason::RecordingNotReady),
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

//! Turns a complete HTTP answer into an outcome.

use reqwest::StatusCode;
use uncall_contract::{DecodeError, Operation, Outcome, inner, limit, soap};

use crate::{
    Error,
    transport::{Answer, Incoming, Transport},
};

/// The most letters of a server's sentence that are passed on.
const LONGEST_SENTENCE: usize = 200;

/// Why an answer has no outcome.
pub(crate) struct Unread {
    pub(crate) error: Error,
    /// The server answered properly in SOAP; only the document inside is not understood.
    pub(crate) inside: bool,
}

impl From<Error> for Unread {
    fn from(error: Error) -> Unread {
        Unread { error, inside: false }
    }
}

/// Reads the answer to `operation`. If there is SOAP, it decides: a fault stays a fault with status 200, and a good return is
/// accepted with any status. Without SOAP the status is the answer. For a verb, some statuses leave open whether it was done.
pub(crate) fn outcome(operation: Operation, answer: &Answer) -> Result<Outcome, Unread> {
    let status = Error::Http(answer.status.as_u16());
    let failed = !answer.status.is_success();
    match soap::read_answer(&answer.body, answer.content_type()) {
        Ok(soap::Answer::Fault(fault)) => Err(Error::Fault(fault.reason).into()),
        Ok(soap::Answer::Return(text)) => inner::read(operation, text.as_deref()).map_err(|error| match failed {
            true => status.into(),
            false => Unread { error: from_decode(error), inside: true },
        }),
        Err(_) if !operation.is_read() && leaves_open(answer.status) => {
            Err(Error::OutcomeUnknown(status.to_string()).into())
        }
        Err(_) if failed => Err(status.into()),
        Err(error) => Err(from_decode(error).into()),
    }
}

/// Whether a status without SOAP says nothing about what became of the request: a proxy had no time to wait for the
/// answer, or the server's program broke off somewhere. (503 says that nobody took the request.)
fn leaves_open(status: StatusCode) -> bool {
    /// Cloudflare's: the server was reached but did not answer in time.
    const A_TIMEOUT_OCCURRED: u16 = 524;
    matches!(
        status,
        StatusCode::BAD_GATEWAY
            | StatusCode::GATEWAY_TIMEOUT
            | StatusCode::REQUEST_TIMEOUT
            | StatusCode::INTERNAL_SERVER_ERROR
    ) || status.as_u16() == A_TIMEOUT_OCCURRED
}

/// The error if the answer denies access. Only the status decides.
pub(crate) fn denied(transport: &Transport, answer: &Answer) -> Option<Error> {
    match answer.status {
        StatusCode::UNAUTHORIZED => Some(transport.not_logged_in(&answer.url, sentence(answer))),
        StatusCode::FORBIDDEN => Some(Error::Forbidden(sentence(answer))),
        _ => None,
    }
}

/// Passes on an answer whose body is still to be read, unless it denies access.
pub(crate) async fn admitted(transport: &Transport, response: Incoming) -> Result<Incoming, Error> {
    if !matches!(response.status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
        return Ok(response);
    }
    let answer = response.whole(limit::DOCUMENT_BYTES).await?;
    Err(denied(transport, &answer).unwrap_or_else(|| Error::Http(answer.status.as_u16())))
}

/// The server's own words: a fault's reason, or plain text. A page of HTML says nothing that fits into a line.
fn sentence(answer: &Answer) -> String {
    let kind = answer.content_type().unwrap_or_default().trim_start().to_ascii_lowercase();
    if let Ok(soap::Answer::Fault(fault)) = soap::read_answer(&answer.body, answer.content_type()) {
        return one_line(&fault.reason);
    }
    if kind.starts_with("text/plain") { one_line(&String::from_utf8_lossy(&answer.body)) } else { String::new() }
}

/// Makes text fit on one line: white space and control characters become single spaces, and long text is cut.
fn one_line(text: &str) -> String {
    let words = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    let line = words.collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_SENTENCE) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default()),
        None => line,
    }
}

pub(crate) fn from_decode(error: DecodeError) -> Error {
    match error {
        DecodeError::NotUnderstood(why) => Error::NotUnderstood(why),
        limit @ DecodeError::Limit { .. } => Error::Limit(limit.to_string()),
        other @ (DecodeError::Doctype | DecodeError::Xml(_)) => Error::NotUnderstood(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_servers_words_become_one_short_line() {
        assert_eq!(one_line(" 工号 802\r\n\u{1b}[31mis not\tyours\u{0} "), "工号 802 [31mis not yours");
        assert_eq!(one_line(&"长".repeat(5000)), format!("{}…", "长".repeat(200)));
    }
}

//! From a complete HTTP answer to an outcome.

use uncall_contract::{DecodeError, Operation, Outcome, inner, soap};

use crate::{Error, transport::Answer};

/// Reads the answer to `operation`. SOAP decides where there is SOAP: a fault is one with status 200 too, and a good
/// return is taken with any status; only without it the status is the answer.
pub(crate) fn outcome(operation: Operation, answer: &Answer) -> Result<Outcome, Error> {
    let status = Error::Http(answer.status.as_u16());
    let failed = !answer.status.is_success();
    match soap::read_answer(&answer.body, answer.content_type()) {
        Ok(soap::Answer::Fault(fault)) => Err(Error::Fault(fault.reason)),
        Ok(soap::Answer::Return(text)) => {
            inner::read(operation, text.as_deref()).map_err(|error| if failed { status } else { from_decode(error) })
        }
        Err(_) if failed => Err(status),
        Err(error) => Err(from_decode(error)),
    }
}

pub(crate) fn from_decode(error: DecodeError) -> Error {
    match error {
        DecodeError::NotUnderstood(why) => Error::NotUnderstood(why),
        limit @ DecodeError::Limit { .. } => Error::Limit(limit.to_string()),
        other @ (DecodeError::Doctype | DecodeError::Xml(_)) => Error::NotUnderstood(other.to_string()),
    }
}

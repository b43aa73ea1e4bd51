//! A command that is one call.

use std::time::Duration;

use uncall_client::{Client, Error};
use uncall_contract::{Refusal, Request};

use crate::{
    object::{self, Object},
    output::Output,
    status::Status,
};

/// Calls, prints, and says how it ended.
pub(crate) async fn run(client: &Client, request: &Request, budget: Duration, output: Output) -> Status {
    match client.call_within(request, budget).await {
        Ok(Ok(reply)) => {
            let _ = output.print(&Object::reply(request, &reply), &object::words(&reply));
            Status::Done
        }
        Ok(Err(refusal)) => refused(request, &refusal, output),
        Err(error) => failed(&Object::failure(request, &error), &error, output),
    }
}

pub(crate) fn refused(request: &Request, refusal: &Refusal, output: Output) -> Status {
    let _ = output.print(&Object::refusal(request, refusal), "");
    output.complain(&object::reason(refusal));
    Status::Refused
}

pub(crate) fn failed(object: &Object, error: &Error, output: Output) -> Status {
    let _ = output.print(object, "");
    output.complain(&error.to_string());
    Status::from(error)
}

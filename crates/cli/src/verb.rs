//! A command that is one call.

use std::time::Duration;

use tokio::time::Instant;
use uncall_client::{Client, Error};
use uncall_contract::{Reason, Refusal, Request};

use crate::{
    object::{self, Aside, Object},
    output::Output,
    status::Status,
};

/// What the command itself says to a `--uid` that the server does not take: without it the verb may meet another call.
const TAKES_NO_UID: &str = "the server takes no --uid, and without it this might meet another call; nothing was sent";

/// Calls, prints, and says how it ended. `aside` is what of the number is not dialled.
pub(crate) async fn run(client: &Client, request: &Request, aside: &Aside, budget: Duration, output: Output) -> Status {
    let deadline = Instant::now() + budget;
    let fail = |error: Error| failed(&aside.beside(Object::failure(request, &error)), &error, output);
    if request.uid().is_some() {
        match client.additions_within(budget).await {
            Ok(additions) if additions.uid => {}
            Ok(_) => return not_allowed(request, TAKES_NO_UID.to_owned(), aside, output),
            Err(error) => return fail(error),
        }
    }
    // Busy without its reason is busy all the same.
    if request.reason().is_some() && client.additions_within(budget).await.is_ok_and(|additions| !additions.uid) {
        output.mention("uncall: the server takes no --reason, and is not told");
    }
    match client.call_within(request, deadline.saturating_duration_since(Instant::now())).await {
        Ok(Ok(reply)) => {
            let _ = output.print(&aside.beside(Object::reply(request, &reply)), &object::words(request, aside, &reply));
            Status::Done
        }
        Ok(Err(refusal)) => refused(&aside.beside(Object::refusal(request, &refusal)), &refusal, output),
        Err(error) => fail(error),
    }
}

/// The command itself says no, and has sent nothing.
pub(crate) fn not_allowed(request: &Request, message: String, aside: &Aside, output: Output) -> Status {
    let refusal = Refusal { reason: Reason::Other, response: "Error".to_owned(), message };
    refused(&aside.beside(Object::refusal(request, &refusal)), &refusal, output)
}

pub(crate) fn refused(object: &Object, refusal: &Refusal, output: Output) -> Status {
    let _ = output.print(object, "");
    output.complain(&object::reason(refusal));
    Status::Refused
}

pub(crate) fn failed(object: &Object, error: &Error, output: Output) -> Status {
    let _ = output.print(object, "");
    output.complain(&error.to_string());
    Status::from(error)
}

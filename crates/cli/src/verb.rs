//! Commands that are one operation on the server.

use std::time::Duration;

use tokio::time::Instant;
use uncall_client::{Client, Error};
use uncall_contract::{Reason, Refusal, Request};

use crate::{
    object::{self, Aside, Object},
    output::Output,
    status::Status,
};

/// The refusal of a `--uid` that the server does not support: without it, the verb could hit another call.
const TAKES_NO_UID: &str = "the server takes no --uid, and without it this might meet another call; nothing was sent";

/// Runs the operation, prints the result, and returns the exit status. `aside` holds the parts of the number that are not
/// dialled.
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
    // Setting busy works without the reason, so a warning is enough.
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

/// The command refuses by itself and sends nothing.
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

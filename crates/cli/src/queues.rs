//! `queues`: which queues an extension takes calls of, and logging in and out.

use serde::Serialize;
use uncall_client::{Client, Error};
use uncall_contract::{
    Extension,
    event::{QueueAct, QueueChange, Queues},
};

use crate::{output::Output, status::Status, watch::queues_words};

/// What the command itself says where a server announces no queues.
const NO_QUEUES: &str = "the server has no queues; nothing was sent";

#[derive(Serialize)]
struct Line<'a> {
    operation: &'static str,
    ok: bool,
    #[serde(flatten)]
    queues: Option<&'a Queues>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl Line<'_> {
    const fn new(operation: &'static str, ok: bool) -> Line<'static> {
        Line { operation, ok, queues: None, message: None, error: None, detail: None }
    }
}

/// Shows the queues, or changes one.
pub(crate) async fn run(
    client: &Client,
    exten: Extension,
    change: Option<(QueueAct, String)>,
    output: Output,
) -> Status {
    let Some((act, queue)) = change else {
        return match client.queues(&exten).await {
            Ok(Some(queues)) => {
                let line = Line { queues: Some(&queues), ..Line::new("queues", true) };
                let _ = output.print(&line, &queues_words(&queues));
                Status::Done
            }
            Ok(None) => refused("queues", NO_QUEUES, output),
            Err(error) => failed("queues", &error, output),
        };
    };
    let operation = match act {
        QueueAct::Login => "queueLogin",
        QueueAct::Logout => "queueLogout",
    };
    match client.change_queue(&QueueChange { exten: exten.into(), queue, act }).await {
        Ok(Some(answer)) if answer.ok => {
            let _ = output.print(&Line::new(operation, true), "done");
            Status::Done
        }
        Ok(Some(answer)) => refused(operation, answer.message.as_deref().unwrap_or("refused"), output),
        Ok(None) => refused(operation, NO_QUEUES, output),
        Err(error) => failed(operation, &error, output),
    }
}

fn refused(operation: &'static str, message: &str, output: Output) -> Status {
    let _ = output.print(&Line { message: Some(message), ..Line::new(operation, false) }, "");
    output.complain(message);
    Status::Refused
}

fn failed(operation: &'static str, error: &Error, output: Output) -> Status {
    let line = Line { error: Some(error.code()), detail: Some(error.to_string()), ..Line::new(operation, false) };
    let _ = output.print(&line, "");
    output.complain(&error.to_string());
    Status::from(error)
}

//! `uncall`: the command line for an Uncall server, for scripts, CRM hooks and troubleshooting.

mod arguments;
mod bar;
mod explain;
mod interrupt;
mod login;
mod object;
mod output;
mod place;
mod pour;
mod queues;
mod recording;
mod save;
mod status;
mod verb;
mod watch;

use std::{
    io::{self, IsTerminal as _},
    process::ExitCode,
};

use anstyle_query::windows::enable_ansi_colors;
use clap::Parser as _;
use tracing_subscriber::EnvFilter;
use uncall_client::Client;

use self::{
    arguments::{Arguments, Job, Task},
    output::Output,
    status::Status,
};

/// `RUST_LOG`, or else errors only, without those of the certificate verifier: the client reports them in plain words.
fn log_filter() -> EnvFilter {
    EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("error,rustls_platform_verifier=off"))
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(explain) = arguments.explanation().unwrap_or_else(|usage| usage.exit()) {
        return explain::run(&explain.text, &explain.rules, explain.at, Output::new(explain.json)).into();
    }
    let job = arguments.job().unwrap_or_else(|usage| usage.exit());
    tracing_subscriber::fmt()
        .with_env_filter(log_filter())
        .with_writer(uncall_log::Masked(io::stderr))
        .with_ansi(io::stderr().is_terminal() && enable_ansi_colors() != Some(false))
        .init();
    let output = Output::new(job.json);
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            output.complain(&format!("cannot start: {error}"));
            return Status::Usage.into();
        }
    };
    let status = runtime.block_on(run(job, output));
    // A name lookup that hangs must not keep the command running past its time limit.
    runtime.shutdown_background();
    status.into()
}

async fn run(job: Job, output: Output) -> Status {
    let client = match Client::new(job.settings) {
        Ok(client) => client,
        Err(error) => {
            output.complain(&error.to_string());
            return Status::Usage;
        }
    };
    if client.settings().login_travels_readable() {
        output.mention("uncall: the login travels as plain text; use an https address where the server has one");
    }
    if let Some(words) = &job.aside.left_out {
        output.mention(&format!("uncall: left out: {words}"));
    }
    if let Some(part) = &job.aside.not_sent {
        output.mention(&format!("uncall: then {part}: key it yourself once the call is answered, it is not sent"));
    }
    match job.task {
        Task::Call(request) => verb::run(&client, &request, &job.aside, job.budget, output).await,
        Task::Refused(request, why) => verb::not_allowed(&request, why, &job.aside, output),
        Task::Recording { request, save } => recording::run(&client, &request, save, job.budget, output).await,
        Task::Watch(exten) => watch::run(&client, exten, output).await,
        Task::Queues(exten, change) => queues::run(&client, exten, change, output).await,
    }
}

//! `uncall-panel`: windows, tray and notifications around [`uncall_desk`]. The brain lives there and knows no toolkit.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod app;
mod args;
mod commands;
#[cfg(feature = "demo")]
mod demo;
mod log;
mod notification;
mod panel;
mod platform;
mod playback;
mod settings;
mod shell;
mod tray;
mod window;
mod words;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let args = args::Args::parse();
    log::start();
    match platform::prepare().and_then(|()| app::run(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

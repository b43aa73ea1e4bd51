//! `uncall-panel`: windows, tray and notifications around [`uncall_desk`], which makes all decisions and knows no toolkit.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod app;
mod args;
mod away;
mod commands;
mod contacts;
mod day;
#[cfg(feature = "demo")]
mod demo;
mod export;
mod instance;
mod journal;
mod link;
mod log;
mod notification;
mod panel;
mod phone;
mod platform;
mod playback;
mod report;
mod screenpop;
mod second;
mod sent;
mod settings;
mod shell;
mod state_file;
mod tray;
mod window;
mod words;

use std::{io::Write as _, process::ExitCode};

use clap::Parser;

fn main() -> ExitCode {
    let args = match args::Args::try_parse() {
        Ok(args) => args,
        // Also for `--help` and `--version`.
        Err(said) => {
            platform::borrow_console();
            said.exit()
        }
    };
    if let Some(status) = second::run(&args) {
        return status;
    }
    if args.explain_settings {
        platform::borrow_console();
        return explain_settings(&args);
    }
    if let Some(to) = &args.export {
        platform::borrow_console();
        return export::run(to, args.config.as_deref());
    }
    if args.try_screen_pop {
        platform::borrow_console();
        return screenpop::try_all(args.config.as_deref());
    }
    log::start();
    tracing::info!(version = env!("CARGO_PKG_VERSION"), process = std::process::id(), "the panel starts");
    match platform::prepare().and_then(|()| app::run(args)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn explain_settings(args: &args::Args) -> ExitCode {
    let config = args.config.clone().or_else(uncall_desk::settings::default_path);
    let text = settings::Sources::read(config.as_deref()).explained(config.as_deref());
    // Fails only if the reader has closed the pipe.
    let _ = std::io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}

//! What the end-to-end tests share: foreign peers, the gateway they talk to, and the bytes between them.
//!
//! - [`php`]: the PHP server in `tests/php`, in every style that ext-soap can serve;
//! - [`foreign`]: PHP's SoapClient, zeep and suds as callers, driven step by step;
//! - [`gateway`]: this project's gateway on a simulator whose phones are in the tests' hands;
//! - [`floor`]: the same working day on the simulator and on a real Asterisk;
//! - [`lab`]: a real Asterisk with real phones;
//! - [`scripted`]: a server whose every event and answer is the test's;
//! - [`recorder`]: a server of recordings whose every byte is the test's;
//! - [`bucket`]: an S3-compatible store for recordings;
//! - [`soak`]: a call centre for hours, with everything that breaks;
//! - [`twins`]: two gateways on one PBX, of which one is killed in every state of a call;
//! - [`unplugged`]: a PBX that cannot be reached;
//! - [`working_day`]: all operations in an order that makes sense on real phones;
//! - [`page`]: the panel's pages alone, in one browser, with a host that the test plays;
//! - [`panel`]: the panel in a real window, on a desktop of its own;
//! - [`demo`]: pictures of the panel, one scripted call and every state of the player;
//! - [`program`]: the command line `uncall`;
//! - [`wine`]: it and the gateway as Windows programs;
//! - [`wire`], [`envelope`] and [`document`]: HTTP as bytes, SOAP and the inner document as text, read without the
//!   project's own code.

pub mod bucket;
pub mod demo;
pub mod document;
pub mod envelope;
pub mod figures;
pub mod floor;
pub mod foreign;
pub mod gateway;
pub mod kills;
pub mod lab;
pub mod page;
pub mod panel;
pub mod php;
pub mod program;
pub mod recorder;
pub mod scripted;
pub mod soak;
pub mod twins;
pub mod unplugged;
pub mod wine;
pub mod wire;
pub mod working_day;

use std::path::PathBuf;

use anyhow::Context;

/// The folder of this crate, which holds `php/` and `foreign/`.
fn tests_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Where cargo builds: a test stands in `target/PROFILE/deps`, a program in `target/PROFILE`.
fn target_folder() -> anyhow::Result<PathBuf> {
    let program = std::env::current_exe()?;
    let profile = program.ancestors().find(|folder| folder.ends_with("debug") || folder.ends_with("release"));
    let target = profile.and_then(std::path::Path::parent).context("the test does not stand in a target folder")?;
    Ok(target.to_path_buf())
}

/// The folder of the repository.
fn repository() -> PathBuf {
    let tests = tests_folder();
    tests.parent().map_or(tests.clone(), std::path::Path::to_path_buf)
}

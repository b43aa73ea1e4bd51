//! The binary `uncall` against servers on real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests"
)]

mod failures;
mod fetching;
mod files;
mod login;
mod numbers;
#[path = "../../../client/tests/it/server.rs"]
mod server;
mod tls;
mod usage;
mod verbs;
mod watching;

use std::{
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::LazyLock,
    time::SystemTime,
};

use server::Server;

/// How a command ended.
#[derive(Debug)]
struct Ended {
    status: i32,
    stdout: String,
    stderr: String,
}

impl From<Output> for Ended {
    fn from(output: Output) -> Ended {
        Ended {
            status: output.status.code().expect("killed by a signal"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// `uncall` in an environment without its variables.
fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_uncall"));
    for name in [
        "UNCALL_SERVER",
        "UNCALL_EXTEN",
        "UNCALL_USER",
        "UNCALL_PASSWORD",
        "UNCALL_TOKEN",
        "RUST_LOG",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
        "NO_PROXY",
        "no_proxy",
    ] {
        command.env_remove(name);
    }
    // Tests must not find each other's cache.
    command.env("XDG_CACHE_HOME", &*CACHE);
    command
}

/// A cache folder for this process.
static CACHE: LazyLock<PathBuf> = LazyLock::new(|| {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_nanos();
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("cache-{}-{now}", std::process::id()))
});

fn run(command: &mut Command) -> Ended {
    command.output().unwrap().into()
}

/// `uncall --server … --exten 802` and these words.
fn uncall(server: &Server, words: &str) -> Ended {
    run(command().args(["--server", server.wsdl().as_str(), "--exten", "802"]).args(words.split_whitespace()))
}

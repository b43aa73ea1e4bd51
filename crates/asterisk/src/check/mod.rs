//! Finds out what a PBX lacks for the gateway: logs in, checks, and says what to do about each finding. No phone rings.
//!
//! - `rights`: which actions the user may send;
//! - `dialplan`: whether this package's contexts are included;
//! - `modules`: the Asterisk modules that the dialplan package uses;
//! - `phones`: an endpoint, a hint and a way in the dialplan for each extension;
//! - `order`: whether the way to the outside swallows other numbers;
//! - `queues`: whether they can be kept from calling busy agents;
//! - `places`: whether a leg really gets to the waiting places and the events arrive, tried with legs without a phone;
//! - `trunk`: whether line breaks are removed from callers' names and numbers;
//! - `prompts`: the sounds of the dialplan package, if they are on this machine.
//!
//! `lines` says what to add to which file.

mod dialplan;
mod finding;
mod lines;
mod modules;
mod order;
mod phones;
mod places;
mod prompts;
mod queues;
mod rights;
mod section;
#[cfg(test)]
mod tests;
mod trunk;

use std::path::PathBuf;

use super::action::Action;
use super::link::{Answer, Link, LinkError, Trouble};
use super::options::Options;
use super::{printable, version};

pub use finding::{Finding, Verdict};
pub use lines::to_add;
pub use section::File;

/// What to check.
#[derive(Debug)]
pub struct Check {
    /// Where the PBX is and how it is set up.
    pub options: Options,
    /// The folder with the prompts, if it is on this machine.
    pub prompts: Option<PathBuf>,
}

/// Checks everything. Nothing is missing if no finding's verdict is [`Verdict::Missing`].
pub async fn run(check: &Check) -> Vec<Finding> {
    let options = &check.options;
    let mut findings = Vec::new();
    match Link::once(options).await {
        Ok((link, mut news)) => {
            let version = asterisk(&link).await;
            let shown = version.as_ref().map(|version| format!(", Asterisk {}", printable(version)));
            let shown = shown.unwrap_or_default();
            findings.push(Finding::ok(format!("login: {} at {}{shown}", options.user, options.address)));
            let too_old = version.and_then(|version| version::too_old(&version));
            findings.extend(too_old.map(|why| Finding::missing(format!("version: {why}"))));
            let rights = rights::Rights::ask(&link).await;
            findings.extend(rights.findings(options));
            let dialplan = dialplan::Dialplan::ask(&link, &rights, options).await;
            findings.extend(dialplan.findings());
            findings.extend(modules::look(&link, &rights).await);
            findings.extend(queues::look(&link, &rights, options).await);
            findings.extend(trunk::look(&link, &rights, options).await);
            findings.extend(order::look(&link, &rights, &dialplan).await);
            findings.extend(phones::look(&link, &rights, &dialplan, options).await);
            findings.extend(places::walk(&link, &mut news, &rights, &dialplan, options).await);
        }
        Err(trouble) => {
            findings.push(user(options, &trouble));
            findings
                .push(Finding::not_checked("rights, dialplan, hints, endpoints: without a login nothing can be asked"));
        }
    }
    findings.push(prompts::look(check.prompts.as_deref()));
    findings
}

/// The finding for a failed login: why, and the user as the gateway needs it.
fn user(options: &Options, trouble: &Trouble) -> Finding {
    let finding = Finding::missing(no_login(options, trouble));
    match trouble {
        Trouble::Login(_) => finding.add(
            File::Manager,
            &format!("[{}]", options.user),
            format!(
                "; the secret of the gateway's `secret_file`\nsecret = CHANGE-ME\ndeny = 0.0.0.0/0.0.0.0\npermit = {}\n{}\n{}\n\
                 writetimeout = 5000",
                own_address(&options.address),
                rights::READ_LINE,
                rights::write_line(options)
            ),
        ),
        Trouble::Unreachable(_) => {
            let (host, port) = options.address.rsplit_once(':').unwrap_or((&options.address, "5038"));
            let here = ["127.0.0.1", "localhost", "[::1]"].contains(&host);
            let bind = if here { "127.0.0.1" } else { "0.0.0.0" };
            let (bind, port) = (format!("bindaddr = {bind}"), format!("port = {port}"));
            finding.add(File::Manager, "[general]", format!("enabled = yes\nwebenabled = no\n{bind}\n{port}"))
        }
        Trouble::Tls(_) | Trouble::Closed(_) | Trouble::Silent(_) | Trouble::Garbled(_) => finding,
    }
}

/// This machine's address as the PBX sees it, for `permit`. Nothing is sent.
fn own_address(pbx: &str) -> String {
    let ours = || {
        let socket = std::net::UdpSocket::bind("0.0.0.0:0").ok()?;
        socket.connect(pbx).ok()?;
        Some(socket.local_addr().ok()?.ip())
    };
    format!("{}/255.255.255.255", ours().unwrap_or(std::net::Ipv4Addr::LOCALHOST.into()))
}

fn no_login(options: &Options, trouble: &Trouble) -> String {
    let Options { address, user, .. } = options;
    let hint = match trouble {
        Trouble::Login(_) => {
            "; set user and secret as in manager.conf, and see that its permit and deny lines let this machine in"
        }
        Trouble::Unreachable(_) => {
            "; is Asterisk running, and does manager.conf say enabled = yes with this address and port?"
        }
        Trouble::Tls(_) => {
            "; is this the TLS port of manager.conf? `tls_authorities` is a file with the authority that signed the PBX's \
             certificate, or with that certificate itself, and `tls_name` the name in it"
        }
        Trouble::Closed(_) => "",
        Trouble::Silent(_) | Trouble::Garbled(_) => {
            "; is this the manager interface's port, and is `tls` right for it?"
        }
    };
    format!("login: the PBX at {address} (user {user}) {trouble}{hint}")
}

/// The version, for the first line. Needs the right `reporting`.
async fn asterisk(link: &Link) -> Option<String> {
    let answer = link.ask(Action::new("CoreSettings")).await.ok()?;
    Some(answer.response.get("AsteriskVersion").to_owned())
}

/// The value of a global variable, or of a function, as the dialplan would read it.
async fn variable(link: &Link, name: &str) -> Option<String> {
    let action = Action::new("Getvar").with("Variable", name).ok()?;
    let value = |answer: Answer| answer.response.get("Value").to_owned();
    link.ask(action).await.ok().map(value)
}

/// Asks for all of them at once. The answers are in the same order.
async fn all<T>(asks: impl Iterator<Item = T>) -> Vec<T::Output>
where
    T: Future,
{
    futures::future::join_all(asks).await
}

fn why(error: &LinkError) -> String {
    printable(&error.to_string())
}

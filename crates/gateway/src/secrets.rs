//! `uncall-gateway password` and `uncall-gateway token`, which make lines for the list of agents.

use std::io::{BufRead, IsTerminal, Write};

use anyhow::{Context, Result, ensure};
use uncall_gateway::access::secret;

const NO_RANDOM: &str = "the system gives no random numbers";

/// Reads a password and prints its line. It is never an argument, because everybody on the machine can see those.
pub(crate) fn password() -> Result<()> {
    let input = std::io::stdin();
    let password = if input.is_terminal() {
        let password = rpassword::prompt_password("Password: ").context("cannot read the password")?;
        let again = rpassword::prompt_password("Once more: ").context("cannot read the password")?;
        ensure!(password == again, "the two are not the same");
        password
    } else {
        let mut line = String::new();
        input.lock().read_line(&mut line).context("cannot read the password")?;
        line.trim_end_matches(['\r', '\n']).to_owned()
    };
    ensure!(!password.is_empty(), "the password is empty");
    let hash = secret::hash(password.as_bytes()).context(NO_RANDOM)?;
    print(&format!("password = \"{hash}\""))
}

/// Makes a token, and prints it and the line that recognises it.
pub(crate) fn token() -> Result<()> {
    let token = secret::token().context(NO_RANDOM)?;
    print(&format!("# for the agent; it is shown this once: {token}\ntoken_sha256 = \"{}\"", secret::digest(&token)))
}

fn print(text: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{text}").context("cannot write")
}

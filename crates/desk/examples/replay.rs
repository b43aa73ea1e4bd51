//! Replays the `inputs.jsonl` of a problem report and prints what the desk wants done: `cargo run -p uncall-desk --example replay
//! FILE`.

use std::io::Write as _;
use std::process::ExitCode;

fn main() -> ExitCode {
    let Some(file) = std::env::args_os().nth(1) else { return failed("usage: replay FILE (a report's inputs.jsonl)") };
    let text = match std::fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) => return failed(&format!("{}: {error}", file.display())),
    };
    let played = match uncall_desk::recording::replay(&text) {
        Ok(played) => played,
        Err(error) => return failed(&error.to_string()),
    };
    let mut out = std::io::stdout().lock();
    for step in played {
        let lines = step.effects.iter().map(|effect| format!("  {effect:?}\n"));
        let text: String = std::iter::once(format!("{} {}\n", step.now.at, step.told)).chain(lines).collect();
        if out.write_all(text.as_bytes()).is_err() {
            // The reader closed the pipe, so stop.
            break;
        }
    }
    ExitCode::SUCCESS
}

fn failed(why: &str) -> ExitCode {
    let _ = writeln!(std::io::stderr(), "{why}");
    ExitCode::FAILURE
}

//! Prompts and recordings, where they are on this machine.

use std::collections::HashSet;
use std::path::Path;

use super::{Check, Finding};

const PROMPTS: &[&str] = &["busy", "survey", "thanks"];

pub(super) fn look(check: &Check) -> Vec<Finding> {
    vec![
        check.prompts.as_deref().map_or_else(
            || {
                Finding::not_checked(
                    "prompts: where the PBX is this machine, set `prompts` in [asterisk] to their folder",
                )
            },
            prompts,
        ),
        check.recordings.as_deref().map_or_else(
            || Finding::not_checked("recordings: where they are on this machine, set `folder` in [recordings]"),
            recordings,
        ),
    ]
}

fn prompts(folder: &Path) -> Finding {
    let shown = folder.display();
    let there: HashSet<String> = match std::fs::read_dir(folder) {
        Ok(entries) => {
            entries.flatten().filter_map(|entry| Some(entry.path().file_stem()?.to_str()?.to_owned())).collect()
        }
        Err(error) => return Finding::missing(format!("prompts: cannot read {shown}: {error}")),
    };
    let missing: Vec<&str> = PROMPTS.iter().copied().filter(|name| !there.contains(*name)).collect();
    if missing.is_empty() {
        return Finding::ok(format!("prompts: {} in {shown}", PROMPTS.join(", ")));
    }
    Finding::missing(format!(
        "prompts: no {} in {shown}; copy them from dialplan/ and see UNCALL_PROMPTS",
        missing.join(", ")
    ))
}

fn recordings(folder: &Path) -> Finding {
    let shown = folder.display();
    match std::fs::read_dir(folder) {
        Ok(_entries) => Finding::ok(format!("recordings: {shown} can be read")),
        Err(error) => Finding::missing(format!(
            "recordings: cannot read {shown}: {error}; it is Asterisk's spool folder `monitor`, readable by the gateway's user"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    #[test]
    fn prompts_are_known_in_any_format() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["busy.gsm", "survey.wav"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let finding = prompts(folder.path());
        assert_eq!(finding.verdict, Verdict::Missing);
        assert!(finding.text.contains("no thanks in"), "{finding}");
        std::fs::write(folder.path().join("thanks.sln16"), "").unwrap();
        assert_eq!(prompts(folder.path()).verdict, Verdict::Ok);
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_missing() {
        let nowhere = Path::new("no/such/folder");
        for finding in [prompts(nowhere), recordings(nowhere)] {
            assert_eq!(finding.verdict, Verdict::Missing);
            assert!(finding.text.contains("no/such/folder"), "{finding}");
        }
        assert_eq!(recordings(tempfile::tempdir().unwrap().path()).verdict, Verdict::Ok);
    }
}

//! Checks the prompts, if they are on this machine.

use std::collections::HashSet;
use std::path::Path;

use super::Finding;

const PROMPTS: &[&str] = &["busy", "survey", "thanks"];

pub(super) fn look(folder: Option<&Path>) -> Finding {
    let Some(folder) = folder else {
        return Finding::not_checked(
            "prompts: where the PBX is this machine, set `prompts` in [asterisk] to their folder",
        );
    };
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
        let finding = look(Some(folder.path()));
        assert_eq!(finding.verdict, Verdict::Missing);
        assert!(finding.text.contains("no thanks in"), "{finding}");
        std::fs::write(folder.path().join("thanks.sln16"), "").unwrap();
        assert_eq!(look(Some(folder.path())).verdict, Verdict::Ok);
    }

    #[test]
    fn a_folder_that_cannot_be_read_is_named() {
        let finding = look(Some(Path::new("no/such/folder")));
        assert_eq!(finding.verdict, Verdict::Missing);
        assert!(finding.text.contains("no/such/folder"), "{finding}");
        assert_eq!(look(None).verdict, Verdict::NotChecked);
    }
}

//! The lines that fix the findings, file by file, ready to go at each file's end.
//!
//! Asterisk treats a second section of the same name as more of the first (contexts, globals) or wants `(+)` after the name
//! (users, endpoints); of two values for one key the later one counts. Seen on 16.28 and 22.10. TOML allows each section once, so
//! those lines say where they belong.

use std::fmt::Write as _;

use super::finding::{Finding, Verdict};
use super::section::File;

/// All lines that the findings need, and remarks for what no line can fix. Empty if nothing is missing.
pub fn to_add(findings: &[Finding]) -> String {
    let mut text = String::new();
    for file in File::ALL {
        // Sections in the order in which they were first asked for, each line once.
        let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
        for lines in findings.iter().flat_map(|finding| &finding.lines).filter(|lines| lines.file == file) {
            let place = sections.iter().position(|(section, _)| *section == lines.section).unwrap_or(sections.len());
            if place == sections.len() {
                sections.push((&lines.section, Vec::new()));
            }
            for line in lines.text.lines() {
                if let Some((_, there)) = sections.get_mut(place).filter(|(_, there)| !there.contains(&line)) {
                    there.push(line);
                }
            }
        }
        if sections.is_empty() {
            continue;
        }
        let (name, then, remark) = file.known_as();
        let _written = writeln!(text, "{remark} ---- {name}; then: {then}");
        for (section, lines) in sections {
            if !section.is_empty() {
                let _written = writeln!(text, "{section}");
            }
            for line in lines {
                let _written = writeln!(text, "{line}");
            }
        }
        text.push('\n');
    }
    let rest = findings.iter().filter(|finding| finding.verdict == Verdict::Missing && finding.lines.is_empty());
    for finding in rest {
        let _written = writeln!(text, "; no line mends this: {}", finding.text);
    }
    text
}

/// Dialplan patterns that match these extensions, and maybe a few more: `_8[0-2]X`. One for each number of digits.
pub(super) fn patterns<T: AsRef<str>>(extensions: &[T]) -> Vec<String> {
    let mut lengths: Vec<usize> = extensions.iter().map(|exten| exten.as_ref().len()).collect();
    lengths.sort_unstable();
    lengths.dedup();
    let of = |length: usize| {
        let same: Vec<&[u8]> =
            extensions.iter().map(|exten| exten.as_ref().as_bytes()).filter(|exten| exten.len() == length).collect();
        let mut pattern = String::new();
        for place in 0..length {
            let mut digits: Vec<u8> = same.iter().filter_map(|exten| exten.get(place).copied()).collect();
            digits.sort_unstable();
            digits.dedup();
            match digits.as_slice() {
                [only] => pattern.push(char::from(*only)),
                [b'0', .., b'9'] if digits.len() == 10 => pattern.push('X'),
                [first, .., last] if usize::from(last - first) + 1 == digits.len() => {
                    let _written = write!(pattern, "[{}-{}]", char::from(*first), char::from(*last));
                }
                several => {
                    let _written = write!(pattern, "[{}]", several.iter().copied().map(char::from).collect::<String>());
                }
            }
        }
        if same.len() == 1 { pattern } else { format!("_{pattern}") }
    };
    lengths.into_iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_file_by_file_and_once() {
        let one = Finding::missing("right `system`").add(File::Manager, "[uncall](+)", "write = call,system");
        let two = Finding::missing("right `agent`").add(File::Manager, "[uncall](+)", "write = call,system");
        let three = Finding::missing("hints").add(File::Extensions, "[from-internal]", "include => uncall-hints").add(
            File::Pjsip,
            "[801](+)",
            "direct_media = no",
        );
        let four = Finding::missing("calls").add(File::Extensions, "[from-internal]", "include => uncall-local");
        let alone = Finding::missing("version: too old");
        let fine = Finding::ok("events");
        let expected = "; ---- pjsip.conf; then: asterisk -rx 'module reload res_pjsip.so'\n[801](+)\ndirect_media = no\n\n\
                        ; ---- extensions.conf; then: asterisk -rx 'dialplan reload'\n[from-internal]\n\
                        include => uncall-hints\ninclude => uncall-local\n\n\
                        ; ---- manager.conf; then: asterisk -rx 'manager reload'\n[uncall](+)\nwrite = call,system\n\n\
                        ; no line mends this: version: too old\n";
        assert_eq!(to_add(&[one, two, three, four, alone, fine]), expected);
        assert_eq!(to_add(&[Finding::ok("all"), Finding::not_checked("prompts")]), "");
    }

    #[test]
    fn a_pattern_fits_its_extensions() {
        let all = |range: std::ops::RangeInclusive<u32>| range.map(|exten| exten.to_string()).collect::<Vec<_>>();
        assert_eq!(patterns(&all(801..=820)), ["_8[0-2]X"]);
        assert_eq!(patterns(&["895"]), ["895"]);
        assert_eq!(patterns(&["801", "803", "1001", "1002"]), ["_80[13]", "_100[1-2]"]);
        assert!(patterns(&[""; 0]).is_empty());
    }
}

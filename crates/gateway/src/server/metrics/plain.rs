//! Prometheus' own text, version 0.0.4, of what the library writes as OpenMetrics. Both name the same samples; this one gives the
//! type of each by the sample's name (`_total`, `_info`), knows no `info`, no units and no end.

use std::collections::HashMap;

pub(super) fn of(openmetrics: &str) -> String {
    let described = openmetrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    let kinds: HashMap<&str, &str> = described.collect();
    let mut text = String::with_capacity(openmetrics.len());
    for line in openmetrics.lines() {
        let Some(remark) = line.strip_prefix("# ") else {
            text.extend([line, "\n"]);
            continue;
        };
        let mut words = remark.splitn(3, ' ');
        let (Some(what @ ("HELP" | "TYPE")), Some(name), rest) = (words.next(), words.next(), words.next()) else {
            continue;
        };
        let (ending, kind) = match kinds.get(name).copied() {
            Some("counter") => ("_total", "counter"),
            Some("info") => ("_info", "gauge"),
            Some("unknown") => ("", "untyped"),
            Some(kind) => ("", kind),
            None => ("", "untyped"),
        };
        let rest = if what == "TYPE" { kind } else { rest.unwrap_or_default() };
        text.extend(["# ", what, " ", name, ending, " ", rest, "\n"]);
    }
    text
}

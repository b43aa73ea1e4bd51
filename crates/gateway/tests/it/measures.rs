//! The files in `packaging` for Prometheus and Grafana: valid according to Prometheus' own tool, and only about metrics that
//! exist.

use std::collections::BTreeSet;
use std::path::PathBuf;

use crate::support::Gateway;

fn packaging(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../packaging").join(path)
}

/// The names of metrics in a text.
fn named(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("uncall_") && *word != "uncall_gateway").map(str::to_owned).collect()
}

#[tokio::test]
async fn alerts_and_dashboard_are_about_metrics_that_are_served() {
    let gateway = Gateway::controlled().await;
    let served = gateway.get("/metrics").await.text();
    let samples = served.lines().filter(|line| !line.starts_with('#'));
    let samples: BTreeSet<String> = samples.flat_map(|line| named(line.split(['{', ' ']).next().unwrap())).collect();
    let mut shown = BTreeSet::new();
    for file in [
        "prometheus/uncall-gateway.rules.yml",
        "prometheus/uncall-gateway.rules.test.yml",
        "grafana/uncall-gateway.json",
    ] {
        let names = named(&std::fs::read_to_string(packaging(file)).unwrap());
        assert!(names.len() > 5, "{file}");
        let unknown: Vec<_> = names.difference(&samples).collect();
        assert!(unknown.is_empty(), "{file} is about {unknown:?}; there are {samples:#?}");
        shown.extend(names);
    }
    // Every metric must be on the dashboard, or listed here as one for debugging only.
    let base = |name: &String| {
        let ends = ["_bucket", "_count", "_sum"];
        ends.iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name).to_owned()
    };
    let shown: BTreeSet<String> = shown.iter().map(base).collect();
    let forgotten: BTreeSet<String> = samples.iter().map(base).filter(|name| !shown.contains(name)).collect();
    assert_eq!(forgotten, BTreeSet::from(["uncall_recordings_cut_off".to_owned(), "uncall_ledger_errors".to_owned()]));
}

#[cfg(target_os = "linux")]
#[test]
fn prometheus_takes_the_alerts_and_they_fire_when_they_should() {
    for (what, file) in [("check", "uncall-gateway.rules.yml"), ("test", "uncall-gateway.rules.test.yml")] {
        let mut promtool = std::process::Command::new("promtool");
        let done = promtool.args([what, "rules", file]).current_dir(packaging("prometheus")).output().unwrap();
        let said = String::from_utf8_lossy(&done.stdout).into_owned() + &String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{said}");
    }
}

#[test]
fn the_dashboard_is_whole() {
    let text = std::fs::read_to_string(packaging("grafana/uncall-gateway.json")).unwrap();
    let dashboard: serde_json::Value = serde_json::from_str(&text).unwrap();
    let panels = dashboard["panels"].as_array().unwrap();
    let ids: BTreeSet<_> = panels.iter().map(|panel| panel["id"].as_u64().unwrap()).collect();
    assert_eq!(ids.len(), panels.len());
    for panel in panels {
        assert!(!panel["targets"].as_array().unwrap().is_empty(), "{}", panel["title"]);
    }
}

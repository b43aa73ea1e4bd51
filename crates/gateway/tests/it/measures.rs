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
    assert_eq!(
        forgotten,
        BTreeSet::from(["uncall_recordings_cut_off".to_owned(), "uncall_ledger_errors_total".to_owned()])
    );
}

/// What promtool, which reads as Prometheus does, says of the text.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn prometheus_text_is_the_default_and_openmetrics_for_whoever_asks() {
    use std::io::Write as _;
    let gateway = Gateway::controlled().await;
    gateway.call("popEvent", &[("strExten", "801")]).await;
    let get = async |accept: &str| {
        let head = format!("GET /metrics HTTP/1.1\r\nHost: pbx\r\nConnection: close\r\n{accept}\r\n");
        gateway.raw(head.as_bytes()).await
    };
    let samples = |text: &str| text.lines().filter(|line| !line.starts_with('#')).count();
    let plain = get("").await;
    assert_eq!(plain.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    assert!(plain.text().contains("# TYPE uncall_requests_total counter\n") && !plain.text().contains("EOF"));
    let mut promtool = std::process::Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    promtool.stdin.take().unwrap().write_all(&plain.body).unwrap();
    let said = promtool.wait_with_output().unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    for accept in ["*/*", "text/plain;version=0.0.4", "application/openmetrics-text;q=0, */*"] {
        assert_eq!(get(&format!("Accept: {accept}\r\n")).await.header("content-type"), plain.header("content-type"));
    }
    // As Prometheus 2.53 asks.
    let asks = "Accept: application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;\
                q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2\r\n";
    let open = get(asks).await;
    assert_eq!(open.header("content-type"), Some("application/openmetrics-text; version=1.0.0; charset=utf-8"));
    assert!(open.text().ends_with("# EOF\n") && open.text().contains("# TYPE uncall_requests counter\n"));
    assert_eq!(samples(&open.text()), samples(&plain.text()), "the same samples");
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

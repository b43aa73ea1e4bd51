//! The agents file changes while the service runs.

use std::path::Path;
use std::time::{Duration, Instant};

use uncall_gateway::Settings;
use uncall_gateway::access::secret;

use crate::support::{Gateway, request, until};

fn write(path: &Path, agents: &[(&str, &str)], groups: &str) {
    let mut text = "[agents]\n".to_owned();
    for (exten, token) in agents {
        text += &format!("a{exten} = {{ extension = \"{exten}\", token_sha256 = \"{}\" }}\n", secret::digest(token));
    }
    // As editors do it: the file is there as a whole or not at all.
    let aside = path.with_extension("new");
    std::fs::write(&aside, text + groups).unwrap();
    // Windows refuses while somebody reads the old one; editors then try again.
    let deadline = Instant::now() + Duration::from_secs(10);
    while let Err(error) = std::fs::rename(&aside, path) {
        assert!(cfg!(windows) && Instant::now() < deadline, "{error}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn bearer(token: &str) -> String {
    format!("Authorization: Bearer {token}\r\n")
}

#[tokio::test]
async fn streams_end_for_whom_the_list_does_not_name_any_more_and_a_broken_list_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("agents.toml");
    write(&path, &[("801", "eins"), ("802", "zwei")], "");
    let mut settings = Settings::default();
    settings.access.open = Some(Vec::new());
    settings.access.agents_file = Some(path.clone());
    let gateway = Gateway::start(true, settings).await;
    let status = async |token: &str, exten: &str| {
        gateway.raw(&request("popEvent", &[("strExten", exten)], &bearer(token))).await.status
    };
    let mut stays = gateway.events("801", &bearer("eins")).await;
    let mut goes = gateway.events("802", &bearer("zwei")).await;
    assert!(stays.until("event: snapshot").await && goes.until("event: snapshot").await);
    assert!(!stays.text.contains("event: team"));

    let group = "[[group]]\nsupervisors = [\"801\"]\nmembers = [\"802\"]\n";
    write(&path, &[("801", "eins"), ("802", "neu")], group);
    assert!(stays.until("event: team").await, "801 is a supervisor now: {}", stays.text);
    assert!(stays.text.contains(r#""exten":"802","presence":"idle","state":"free""#), "{}", stays.text);
    goes.finish().await;
    assert!(!goes.text.contains("event: team"));
    assert_eq!((status("neu", "802").await, status("eins", "802").await), (200, 200));

    std::fs::write(&path, "[agents]\nhalf = ").unwrap();
    // What comes after the broken one shows that the broken one was looked at, or passed over.
    assert_eq!(status("neu", "802").await, 200);
    write(&path, &[("801", "eins")], "");
    until("the agent is gone", async || status("neu", "802").await == 401).await;
    assert_eq!(status("eins", "802").await, 403, "no supervisor any more");
    assert!(stays.until(r#"{"members":[]}"#).await, "and told that nobody is left to see: {}", stays.text);
    assert_eq!(status("eins", "801").await, 200);
}

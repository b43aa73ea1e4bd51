//! Whose a recording is, over HTTP: an agent with a login hears the calls of a queue in which he talked, whatever the files are called, and
//! no others; after a restart too.

use std::path::Path;
use std::sync::Arc;

use uncall_contract::event::EndReason;
use uncall_contract::{Channel, Extension, Uid};
use uncall_recordings::{Ledger, LedgerOptions, Options, Recordings};
use uncall_switch::calls::{Fact, Party, Purpose};

use crate::access::settings;
use crate::archive::Archive;
use crate::support::{Gateway, basic, request, until};

const UID: &str = "1372123897.17";
/// What FreePBX calls the recording of a queue's call: no agent in the name. And one named after the leg of a Local channel.
const QUEUE: &str = "q-600-13632510278-20130625-093138-1372123897.17.wav";
const LOCAL: &str = "in-13632510278-600-20130625-093140-1372123899.20.wav";

struct Stand {
    gateway: Gateway,
    pbx: Arc<Archive>,
}

impl Stand {
    async fn start(folder: &Path) -> Stand {
        let ledger = Ledger::open(LedgerOptions { state: Some(folder.join("state")), cdr: None });
        let recordings = Recordings::keeping(&Options::Folder(folder.join("monitor")), ledger).unwrap();
        until("looked through", async || recordings.status().complete).await;
        let pbx = Archive::new(Arc::clone(&recordings), Uid::parse("1.1").unwrap());
        let gateway = Gateway::with_recordings(pbx.clone(), recordings, settings()).await;
        // It has begun to listen to the PBX by the time that it answers.
        assert_eq!(gateway.get("/healthz").await.status, 200);
        Stand { gateway, pbx }
    }

    /// What getRecording and the recording's address answer to this login.
    async fn heard(&self, user: &str, password: &str, uid: &str, file: &str) -> (u16, u16) {
        let login = basic(user, password);
        let asked = self.gateway.raw(&request("getRecording", &[("uid", uid)], &login)).await;
        let path = format!("/outbound/index.php/RecordingAction/index.php?m=Public&a=record&uniqueid=audio:{file}");
        let head = format!("GET {path} HTTP/1.1\r\nHost: pbx\r\nConnection: close\r\n{login}\r\n");
        (asked.status, self.gateway.raw(head.as_bytes()).await.status)
    }
}

fn channel(name: &str) -> Channel {
    Channel::parse(name).unwrap()
}

/// A caller in a queue; 802 rings and does not answer, 803 talks with him.
fn call() -> Vec<Fact> {
    let uid = || Uid::parse(UID).unwrap();
    let extension = |exten: &str| Extension::parse(exten).unwrap();
    let line = |exten: &str| Fact::Line { exten: extension(exten), registered: true };
    let rings = |exten: &str| Fact::LegBegan {
        channel: channel(&format!("PJSIP/{exten}-1")),
        uid: uid(),
        party: Party::Extension(extension(exten)),
        purpose: Purpose::CalledBy { from: "13632510278".to_owned() },
        rings: true,
    };
    let caller = Fact::LegBegan {
        channel: channel("PJSIP/trunk-1"),
        uid: uid(),
        party: Party::Named("13632510278".to_owned()),
        purpose: Purpose::Calls { to: "600".to_owned() },
        rings: false,
    };
    let together = |name: &str| Fact::Bridged { channel: channel(name), bridge: 1 };
    let ends = |name: &str| Fact::LegEnded { channel: channel(name), reason: EndReason::Hangup };
    vec![
        line("801"),
        line("802"),
        line("803"),
        caller,
        rings("802"),
        ends("PJSIP/802-1"),
        rings("803"),
        Fact::LegAnswered { channel: channel("PJSIP/803-1") },
        together("PJSIP/803-1"),
        together("PJSIP/trunk-1"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn who_talked_hears_it_and_who_was_only_rung_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let monitor = folder.path().join("monitor/2013/06/25");
    std::fs::create_dir_all(&monitor).unwrap();
    for file in [QUEUE, LOCAL] {
        std::fs::write(monitor.join(file), [7; 5000]).unwrap();
    }
    let stand = Stand::start(folder.path()).await;
    assert_eq!(stand.heard("boss", "chef", UID, QUEUE).await, (403, 403), "nobody has talked yet");
    for fact in call() {
        stand.pbx.happens(&[fact]);
    }
    stand.pbx.happens(&[
        Fact::LegEnded { channel: channel("PJSIP/803-1"), reason: EndReason::Hangup },
        Fact::LegEnded { channel: channel("PJSIP/trunk-1"), reason: EndReason::Hangup },
    ]);
    for round in ["while it runs", "after a restart"] {
        let stand = if round == "while it runs" { &stand } else { &Stand::start(folder.path()).await };
        // 801 supervises 803, who talked; 802 was only rung.
        assert_eq!(stand.heard("boss", "chef", UID, QUEUE).await, (200, 200), "{round}");
        assert_eq!(stand.heard("li.na", "geheim:ä", UID, QUEUE).await, (403, 403), "{round}");
        assert_eq!(
            stand.heard("boss", "chef", "1372123899.20", LOCAL).await,
            (403, 403),
            "not known to be of that call"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_is_full_stops_no_call() {
    let folder = tempfile::tempdir().unwrap();
    let monitor = folder.path().join("monitor");
    std::fs::create_dir_all(&monitor).unwrap();
    std::fs::write(monitor.join(QUEUE), [7; 5000]).unwrap();
    std::fs::write(folder.path().join("state"), "a file where the folder should be").unwrap();
    let stand = Stand::start(folder.path()).await;
    for fact in call() {
        stand.pbx.happens(&[fact]);
    }
    let current = stand.gateway.raw(&request("popEvent", &[("strExten", "803")], &basic("boss", "chef"))).await;
    assert!(current.text().contains(UID), "{}", current.text());
    until("told", async || {
        let metrics = stand
            .gateway
            .raw(b"GET /metrics HTTP/1.1\r\nHost: pbx\r\nConnection: close\r\nAuthorization: Bearer messen\r\n\r\n")
            .await
            .text();
        !metrics.contains("uncall_ledger_errors_total 0\n") && metrics.contains("uncall_ledger_waiting 1\n")
    })
    .await;
    let health = stand.gateway.get("/healthz").await;
    assert!(health.status == 200 && health.text().contains("whose they are cannot be kept"), "{}", health.text());
    assert_eq!(stand.heard("boss", "chef", UID, QUEUE).await, (200, 200), "what waits counts");
}

//! What stays with the process: its memory after logins, its audit file after a full disk. The kernel says both.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::support::{basic, exchange, request, until};

/// The binary, started by a shell that has this done before.
struct Process {
    child: Child,
    address: String,
}

impl Drop for Process {
    fn drop(&mut self) {
        let _gone_already = self.child.kill();
        let _reaped = self.child.wait();
    }
}

impl Process {
    fn start(before: &str, config: &Path) -> Process {
        let mut command = Command::new("bash");
        let script = format!("{before} exec \"$@\"");
        command.args(["-c", &script, "bash", env!("CARGO_BIN_EXE_uncall-gateway"), "--config"]).arg(config);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let host = line.trim().strip_prefix("http://").unwrap().split('/').next().unwrap();
        Process { child, address: host.to_owned() }
    }

    /// The status of the answer to this request from this address.
    async fn ask(&self, from: &str, bytes: &[u8]) -> u16 {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
        let stream = socket.connect(self.address.parse().unwrap()).await.unwrap();
        exchange(stream, bytes).await.status
    }

    /// What is in memory and belongs to nobody else, in KiB.
    fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

#[tokio::test]
async fn bursts_of_wrong_logins_leave_no_memory_behind() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("gateway.toml");
    let mut text = "listen = \"127.0.0.1:0\"\n[agents]\n".to_owned();
    // As `uncall-gateway password` makes them: 19 MiB.
    let hash = "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$\
                6hDpzZ1HjAJkNnKwhNLjKl2b6yz3XQkR1FvYqHfGzJA";
    for number in 0..30 {
        text += &format!("a{number} = {{ extension = \"{}\", password = \"{hash}\" }}\n", 801 + number);
    }
    std::fs::write(&config, text).unwrap();
    let process = Process::start("", &config);
    let before = process.memory();
    let mut after = Vec::new();
    for burst in 1..=8 {
        // Each from an address of its own, where nobody has guessed before.
        let from = format!("127.0.7.{burst}");
        let asks = (0..30).map(|number| {
            let asked = request("hangUp", &[("strAgent", "801")], &basic(&format!("a{number}"), "wrong"));
            let (process, from) = (&process, &from);
            async move { process.ask(from, &asked).await }
        });
        let said = futures::future::join_all(asks).await;
        // On a machine that is busy some are told to come later.
        assert!(said.iter().all(|status| matches!(status, 401 | 503)) && said.contains(&401), "{said:?}");
        after.push(process.memory());
    }
    // Less than one login needs.
    assert!(after.iter().all(|now| *now < before + 16 * 1024), "KiB: {before}, and after each burst {after:?}");
}

/// A limit of the kernel on the file's size, which cuts a line where it ends, as a full disk does.
#[tokio::test]
async fn after_a_full_disk_the_next_line_is_whole_again() {
    let folder = tempfile::tempdir().unwrap();
    let (config, audit) = (folder.path().join("gateway.toml"), folder.path().join("audit.jsonl"));
    std::fs::write(&config, format!("listen = \"127.0.0.1:0\"\naudit_file = {audit:?}\n")).unwrap();
    let process = Process::start("trap '' XFSZ; ulimit -S -f 2;", &config);
    let busy = async || process.ask("127.0.0.1", &request("setBuys", &[("strExten", "801")], "")).await;
    let length = || std::fs::metadata(&audit).map_or(0, |file| file.len());
    until("the disk is full", async || {
        assert_eq!(busy().await, 200, "nobody is stopped by it");
        length() == 2048
    })
    .await;
    let full = std::fs::read_to_string(&audit).unwrap();
    assert!(!full.ends_with('\n'), "the last line is torn: {full:?}");
    assert_eq!(busy().await, 200);
    let id = process.child.id().to_string();
    let lifted = Command::new("prlimit").args(["--pid", &id, "--fsize=unlimited"]).status().unwrap();
    assert!(lifted.success());
    let mut lines = Vec::new();
    until("there is room again", async || {
        assert_eq!(busy().await, 200);
        let text = std::fs::read_to_string(&audit).unwrap();
        lines = text.split_terminator('\n').map(serde_json::from_str::<serde_json::Value>).collect();
        text.ends_with('\n') && text.len() > 2500
    })
    .await;
    let torn: Vec<usize> = (0..lines.len()).filter(|at| lines[*at].is_err()).collect();
    assert_eq!(torn, [full.lines().count() - 1], "one line is lost, and no other");
}

//! The command line `uncall` against a real PHP server, as a script would use it.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use uncall_gateway::{Settings, access::secret};
use uncall_tests::{
    gateway::Gateway,
    php::{Flavour, PhpServer},
    program::{Run, command, uncall},
};

/// Runs a verb for an extension with `--json`.
async fn run(server: &PhpServer, exten: &str, verb: &[&str]) -> Result<Run> {
    let wsdl = server.wsdl();
    uncall(&[&["--server", &wsdl, "--exten", exten, "--json"], verb].concat()).await
}

/// The verbs that succeed, and the object that each prints.
fn done() -> Vec<(&'static str, &'static [&'static str], Value)> {
    let success = |operation: &str, message: &str| json!({"operation": operation, "ok": true, "response": "Success", "message": message});
    vec![
        (
            "801",
            &["dial", "13800138000", "--action-id", "客户 7"],
            json!({"operation": "OnClickCall", "ok": true, "response": "Success", "actionId": "客户 7",
                "message": "Originate successfully queued"}),
        ),
        (
            "802",
            &["current"],
            json!({"operation": "popEvent", "ok": true,
                "call": {"calla": "802", "callb": "13421829060", "uid": "1372123897.17", "status": "callout"}}),
        ),
        ("803", &["current"], json!({"operation": "popEvent", "ok": true, "call": null})),
        ("801", &["busy"], success("setBuys", "Updated database successfully")),
        ("801", &["idle"], success("setIdle", "Key deleted successfully")),
        ("802", &["hold"], success("keepCalling", "SIP/802-00000023")),
        ("802", &["restore", "SIP/802-00000023"], success("restoreCalling", "Restorepark successful")),
        ("801", &["transfer", "803"], success("transferCall", "Transfer successful")),
        ("801", &["survey"], success("feedBack", "Feedback successful")),
        ("803", &["listen", "801"], success("monitorExten", "Spy or whisper success")),
        ("803", &["whisper", "801"], success("whisper", "Spy or whisper success")),
        ("801", &["hangup"], success("hangUp", "Authentication accepted")),
    ]
}

#[tokio::test]
async fn verbs_that_succeed() -> Result<()> {
    for flavour in [Flavour::RPC_ENCODED, Flavour::DOCUMENT_LITERAL] {
        let server = PhpServer::start(flavour).await?;
        for (exten, verb, expected) in done() {
            let run = run(&server, exten, verb).await?;
            assert_eq!((run.status, run.object()?), (0, expected), "{exten} {verb:?}, {flavour:?}");
        }
        assert_eq!(server.arrived().await?.len(), done().len(), "each verb is one call");
    }
    Ok(())
}

#[tokio::test]
async fn ping_and_recording_need_no_extension() -> Result<()> {
    let server = PhpServer::start(Flavour::DOCUMENT_LITERAL).await?;
    let wsdl = server.wsdl();
    let ping = uncall(&["--server", &wsdl, "--json", "ping", "你好 <&>"]).await?;
    assert_eq!(ping.status, 0, "{ping:?}");
    let object = ping.object()?;
    assert_eq!(
        (&object["operation"], &object["ok"], &object["response"]),
        (&json!("UncallWorld"), &json!(true), &json!("UncallWorld:你好 <&>"))
    );
    let recording = uncall(&["--server", &wsdl, "--json", "recording", "1372123897.17"]).await?;
    assert_eq!(recording.status, 0, "{recording:?}");
    let files = "audio:808-13632510278-20130625-093138-1372123897.17.WAV";
    let heard_at = "/outbound/index.php/RecordingAction/index.php?m=Public&a=record&uniqueid=";
    let host = wsdl.split("/uncall_services_api").next().unwrap_or_default();
    let object = recording.object()?;
    assert_eq!((&object["operation"], &object["ok"]), (&json!("getRecording"), &json!(true)));
    assert_eq!(object["files"], json!(files));
    assert_eq!(object["url"], json!(format!("{host}{heard_at}{files}")));
    Ok(())
}

#[tokio::test]
async fn a_refusal_prints_its_object_and_its_reason() -> Result<()> {
    let server = PhpServer::start(Flavour::RPC_ENCODED).await?;
    let rows: &[(&str, &[&str], &str, &str, &str)] = &[
        ("803", &["hold"], "keepCalling", "Error", "Agent not in use"),
        ("803", &["hangup"], "hangUp", "Error", "No Channels"),
        ("801", &["transfer", "802"], "transferCall", "Error", "Exten is not idle"),
        ("809", &["busy"], "setBuys", "Error", "Connection Failed"),
    ];
    for (exten, verb, operation, response, message) in rows {
        let run = run(&server, exten, verb).await?;
        let expected = json!({"operation": operation, "ok": false, "response": response, "message": message});
        assert_eq!((run.status, run.object()?), (1, expected), "{verb:?}");
        assert!(run.stderr.contains(message), "{run:?}");
    }
    let dial = run(&server, "804", &["dial", "10010", "--action-id", "7"]).await?;
    assert_eq!(dial.status, 1, "{dial:?}");
    let object = dial.object()?;
    assert_eq!((&object["ok"], &object["response"]), (&json!(false), &json!("Busy")));
    Ok(())
}

#[tokio::test]
async fn exit_status_tells_unreachable_from_not_understood() -> Result<()> {
    let server = PhpServer::start(Flavour::RPC_ENCODED).await?;
    let wsdl = server.wsdl();
    let nowhere = wsdl.replace("index.php", "nowhere.php");
    let http = uncall(&["--server", &nowhere, "--exten", "801", "--json", "hold"]).await?;
    let object = http.object()?;
    assert_eq!((http.status, &object["ok"], &object["error"]), (4, &json!(false), &json!("http")));

    let fault = run(&server, "888", &["hold"]).await?;
    let object = fault.object()?;
    assert_eq!((fault.status, &object["ok"], &object["error"]), (4, &json!(false), &json!("fault")));
    assert_eq!(server.calls("keepCalling").await?, 1, "a verb is sent once");

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let gone = format!("http://{}/uncall_services_api/index.php?wsdl", listener.local_addr()?);
    drop(listener);
    let unreachable = uncall(&["--server", &gone, "--exten", "801", "--json", "hold"]).await?;
    let object = unreachable.object()?;
    assert_eq!((unreachable.status, &object["operation"]), (3, &json!("keepCalling")), "{unreachable:?}");
    assert_eq!((&object["ok"], &object["error"]), (&json!(false), &json!("unreachable")));

    let usage = uncall(&["--server", &wsdl, "hold"]).await?;
    assert_eq!((usage.status, usage.stdout.as_str()), (2, ""), "{usage:?}");
    assert!(usage.stderr.contains("--exten"), "{usage:?}");
    assert_eq!(server.arrived().await?.len(), 1, "only the fault's call reached the service");
    Ok(())
}

/// What is said at the finest level of logging, to a gateway with logins; and what is written on purpose.
#[tokio::test]
async fn logs_hold_no_number_and_no_secret_at_any_level_and_the_file_asked_for_holds_the_traffic() -> Result<()> {
    let agents = format!(
        "\"li.na\" = {{ extension = \"801\", password = \"{}\" }}\n",
        secret::hash(b"geheim-wort").context("no random numbers")?
    );
    let mut settings = Settings::default();
    settings.access.roster.agents = toml::from_str(&agents)?;
    let gateway = Gateway::start_with(settings).await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("wire.txt");
    std::fs::write(&file, "readable before")?;
    let wsdl = gateway.wsdl();
    let wire = file.to_string_lossy();
    let arguments = ["--server", &wsdl, "--exten", "801", "--user", "li.na", "--wire", &wire, "dial", "13421829060"];
    let output =
        command(&arguments).await?.env("UNCALL_PASSWORD", "geheim-wort").env("RUST_LOG", "trace").output().await?;
    let log = String::from_utf8(output.stderr)?;
    ensure!(output.status.success(), "{log}");
    assert!(log.contains("OnClickCall") && log.contains("********060"), "the finest level tells of the request: {log}");
    for hidden in ["13421829060", "geheim-wort", "bGkubmE6Z2VoZWltLXdvcnQ"] {
        assert!(!log.contains(hidden), "{hidden}: {log}");
    }
    let written = std::fs::read_to_string(&file)?;
    assert!(written.contains("<strToTel>13421829060") || written.contains(">13421829060<"), "{written}");
    assert!(written.contains("> POST ") && written.contains("< 200 OK") && written.contains("queued"), "{written}");
    assert!(!written.contains("geheim-wort") && !written.contains("bGkubmE6Z2VoZWltLXdvcnQ"), "{written}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&file)?.permissions().mode() & 0o777, 0o600);
    }
    Ok(())
}

//! Real foreign clients against the gateway, from its own WSDL, without a change on either side.

use std::sync::Arc;

use anyhow::{Context, Result};
use serde_json::json;
use uncall_contract::Operation;
use uncall_gateway::{Settings, access::secret};
use uncall_tests::{
    foreign::{Answered, ForeignClient},
    gateway::Gateway,
    unplugged::Unplugged,
    working_day::{Day, dialled, expect, no_call, refusal, success},
};

/// The operations in the order of their names, as every client lists them.
fn names() -> Vec<&'static str> {
    let mut names: Vec<_> = Operation::ALL.into_iter().map(Operation::name).collect();
    names.sort_unstable();
    names
}

fn is_unsent(answered: &Answered) -> bool {
    matches!(answered, Answered::Unsent(_))
}

#[tokio::test]
async fn php_soapclient() -> Result<()> {
    let gateway = Gateway::start().await?;
    let mut client = ForeignClient::php(&gateway.wsdl()).await?;
    assert_eq!(client.operations, names());
    Day::new(&mut client, &gateway).whole().await
}

#[tokio::test]
async fn php_soapclient_with_login_and_password() -> Result<()> {
    let mut settings = Settings::default();
    settings.access.open = Some(Vec::new());
    let hash = secret::hash("geheim:ä".as_bytes()).context("no random numbers")?;
    let agents = format!("[agents]\n\"li.na\" = {{ extension = \"801\", password = \"{hash}\" }}\n");
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("agents.toml");
    std::fs::write(&path, agents)?;
    settings.access.agents_file = Some(path);
    let gateway = Gateway::start_with(settings).await?;
    let mut client = ForeignClient::php_with_login(&gateway.wsdl(), "li.na", "geheim:ä").await?;
    assert_eq!(client.operations, names());
    expect("setBuys", client.call("setBuys", &["801"]).await?, success("setBuys", "Updated database successfully"))?;
    expect("popEvent", client.call("popEvent", &["801"]).await?, no_call())?;
    // PHP shows the statuses as faults of its own.
    let others = client.call("popEvent", &["802"]).await?;
    assert!(matches!(&others, Answered::Fault { reason, .. } if reason == "Forbidden"), "{others:?}");
    for mut stranger in [
        ForeignClient::php_with_login(&gateway.wsdl(), "li.na", "falsch").await?,
        ForeignClient::php(&gateway.wsdl()).await?,
    ] {
        let refused = stranger.call("popEvent", &["801"]).await?;
        assert!(matches!(&refused, Answered::Fault { reason, .. } if reason == "Unauthorized"), "{refused:?}");
    }
    Ok(())
}

#[tokio::test]
async fn python_zeep() -> Result<()> {
    let gateway = Gateway::start().await?;
    let mut client = ForeignClient::zeep(&gateway.wsdl()).await?;
    assert_eq!(client.operations, names());
    Day::new(&mut client, &gateway).whole().await
}

#[tokio::test]
async fn python_suds() -> Result<()> {
    let gateway = Gateway::start().await?;
    let mut client = ForeignClient::suds(&gateway.wsdl()).await?;
    assert_eq!(client.operations, names());
    Day::new(&mut client, &gateway).whole().await
}

#[tokio::test]
async fn clients_know_from_the_wsdl_what_may_be_left_out() -> Result<()> {
    let gateway = Gateway::start().await?;
    for mut client in [ForeignClient::php(&gateway.wsdl()).await?, ForeignClient::zeep(&gateway.wsdl()).await?] {
        let no_number = client.call_with("OnClickCall", &[Some("801"), None, None]).await?;
        assert!(is_unsent(&no_number), "{no_number:?}");
        let no_exten = client.call_with("popEvent", &[None]).await?;
        assert!(is_unsent(&no_exten), "{no_exten:?}");
        let unknown = client.call("popEvents", &["801"]).await?;
        assert!(is_unsent(&unknown), "{unknown:?}");
        let no_id = client.call_with("OnClickCall", &[Some("899"), Some("10010"), None]).await?;
        expect("OnClickCall", no_id, dialled("0", "Busy", "", "Busy"))?;
    }
    Ok(())
}

#[tokio::test]
async fn a_pbx_that_is_down_is_a_refusal_of_every_verb() -> Result<()> {
    let gateway = Gateway::start_on(Arc::new(Unplugged)).await?;
    let mut client = ForeignClient::php(&gateway.wsdl()).await?;
    let verbs: [(&str, &[&str]); 10] = [
        ("setBuys", &["801"]),
        ("setIdle", &["801"]),
        ("keepCalling", &["801"]),
        ("restoreCalling", &["801", "SIP/801-00000001"]),
        ("transferCall", &["801", "802"]),
        ("feedBack", &["801"]),
        ("monitorExten", &["803", "801"]),
        ("whisper", &["803", "801"]),
        ("hangUp", &["801"]),
        ("hangUp", &["899"]),
    ];
    for (operation, arguments) in verbs {
        let answered = client.call(operation, arguments).await?;
        expect(operation, answered, refusal(operation, "Connection Failed"))?;
    }
    let answered = client.call("OnClickCall", &["801", "10010", "7"]).await?;
    expect("OnClickCall", answered, dialled("0", "Connection Failed", "7", "Connection Failed"))?;
    expect("popEvent", client.call("popEvent", &["801"]).await?, no_call())?;
    let answered = client.call("getRecording", &["1372123897.17"]).await?;
    let nothing = json!({"result": "0", "getRecording": {"files": "", "Message": "Connection Failed"}});
    expect("getRecording", answered, nothing)?;
    let echo = json!({"UncallWorld": {"Response": "UncallWorld:still there"}});
    expect("UncallWorld", client.call("UncallWorld", &["still there"]).await?, echo)
}

#[tokio::test]
async fn clients_see_faults_as_faults() -> Result<()> {
    let gateway = Gateway::start().await?;
    let mut client = ForeignClient::php_old(&gateway.endpoint(), "urn:uncall").await?;
    let wrong: [(&str, &[Option<&str>]); 4] = [
        ("noSuchOperation", &[Some("801")]),
        ("popEvent", &[None]),
        ("OnClickCall", &[Some("801"), None, None]),
        ("transferCall", &[Some("801"), None]),
    ];
    for (operation, arguments) in wrong {
        let answered = client.call_with(operation, arguments).await?;
        let Answered::Fault { code, reason } = &answered else {
            panic!("{operation}{arguments:?}: {answered:?}");
        };
        assert_eq!(code, "Client", "{answered:?}");
        assert!(reason.contains(operation), "{answered:?}");
    }
    // The connection is as good as before.
    let answered = client.call("UncallWorld", &["still there"]).await?;
    let echo = json!({"UncallWorld": {"Response": "UncallWorld:still there"}});
    expect("UncallWorld", answered, echo)
}

#[tokio::test]
async fn a_header_that_must_be_understood_is_not_passed_over() -> Result<()> {
    let gateway = Gateway::start().await?;
    let wsdl = gateway.wsdl();
    let php = ForeignClient::php(&wsdl).await?;
    for mut client in [php, ForeignClient::zeep(&wsdl).await?, ForeignClient::suds(&wsdl).await?] {
        let answered = client.call_with_header("setBuys", &["801"], "urn:strange").await?;
        let Answered::Fault { code, reason } = &answered else {
            panic!("{answered:?}");
        };
        assert_eq!(code, "MustUnderstand", "{answered:?}");
        assert!(reason.contains("Strange"), "{answered:?}");
        // Nothing was done, and the next call is as good as ever.
        let idle = client.call("setIdle", &["801"]).await?;
        expect("setIdle", idle, success("setIdle", "Key deleted successfully"))?;
    }
    Ok(())
}

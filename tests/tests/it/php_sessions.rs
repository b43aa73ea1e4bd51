//! A PHP server with `session_start()`: requests of one session wait for each other. Whether something waited is seen by
//! the gates of the server, which a test opens when it has seen enough.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use tokio::{task::JoinHandle, time::timeout};
use uncall_client::{Client, Error, Observation, Settings, Watch, recording::Limits, sound::Named};
use uncall_contract::{Outcome, Reply, Request};
use uncall_tests::php::{Flavour, PhpServer};

/// For what goes on while something is held up.
const AMPLE: Duration = Duration::from_secs(30);

async fn server() -> Result<PhpServer> {
    PhpServer::start(Flavour { session: true, ..Flavour::RPC_ENCODED }).await
}

fn client(server: &PhpServer) -> Result<Client> {
    Ok(Client::new(Settings { poll_seconds: 1, ..Settings::new(server.wsdl().parse()?) })?)
}

fn ping() -> Request {
    Request::Ping { text: "hello".into() }
}

fn hang_up() -> Request {
    Request::HangUp { agent: "801".into(), uid: None }
}

async fn asked(client: &Client, request: &Request) -> Result<Reply> {
    client.call(request).await?.map_err(|refusal| anyhow!("{refusal:?}"))
}

/// Begins a transfer and waits until the server is at it.
async fn transfer(server: &PhpServer, client: &Client) -> Result<JoinHandle<Result<Outcome, Error>>> {
    let (client, request) =
        (client.clone(), Request::Transfer { agent: "801".into(), target: "803".into(), uid: None });
    let transfer = tokio::spawn(async move { client.call(&request).await });
    let arrives = async {
        while server.calls("transferCall").await? == 0 {
            tokio::task::yield_now().await;
        }
        Ok(())
    };
    timeout(AMPLE, arrives).await.context("the transfer does not arrive")?.map(|()| transfer)
}

/// Sees three polls answered, and no outage.
async fn polls_go_on(watch: &mut Watch) -> Result<()> {
    let mut answered = 0;
    while answered < 3 {
        let seen = timeout(AMPLE, watch.next()).await.context("no poll is answered")?;
        match seen.context("the watch ended")? {
            Observation::Polled(_) => answered += 1,
            Observation::Connected(_) | Observation::Described(_) | Observation::Unreadable => {}
            lost @ (Observation::Lost(_) | Observation::Pushed(_)) => bail!("{lost:?}"),
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_hang_up_does_not_wait_behind_the_transfer_that_it_ends() -> Result<()> {
    let server = server().await?;
    let client = client(&server)?;
    asked(&client, &ping()).await?;
    let transfer = transfer(&server, &client).await?;
    let hung_up = client.call(&hang_up()).await;
    assert!(matches!(hung_up, Ok(Ok(Reply::Done { .. }))), "{hung_up:?}");
    ensure!(!transfer.is_finished(), "the gate of the transfer is closed");
    server.open("transfer")?;
    assert!(matches!(transfer.await?, Ok(Ok(Reply::Done { .. }))));
    // What follows is in the session of the beginning again: a login may be bound to it.
    asked(&client, &ping()).await?;
    let sessions = server.sessions().await?;
    let session = |at: usize| sessions.get(at).map(|(operation, session)| (operation.as_str(), session.as_str()));
    let (Some(first), Some(transfer), Some(hang_up), Some(last)) = (session(0), session(1), session(2), session(3))
    else {
        bail!("four calls: {sessions:?}");
    };
    assert_eq!((transfer, last), (("transferCall", first.1), first));
    ensure!(hang_up.0 == "hangUp" && hang_up.1 != transfer.1, "{sessions:?}");
    Ok(())
}

#[tokio::test]
async fn polls_do_not_wait_behind_a_transfer() -> Result<()> {
    let server = server().await?;
    let client = client(&server)?;
    let mut watch = client.watch("801".parse()?);
    polls_go_on(&mut watch).await?;
    let transfer = transfer(&server, &client).await?;
    polls_go_on(&mut watch).await?;
    ensure!(!transfer.is_finished(), "the gate of the transfer is closed");
    server.open("transfer")?;
    assert!(matches!(transfer.await?, Ok(Ok(Reply::Done { .. }))));
    polls_go_on(&mut watch).await
}

#[tokio::test]
async fn polls_and_verbs_do_not_wait_behind_a_recording() -> Result<()> {
    let server = server().await?;
    let client = client(&server)?;
    let mut watch = client.watch("801".parse()?);
    polls_go_on(&mut watch).await?;
    let address = client.recording_address("1.1", "audio:801.wav")?;
    let mut recording = client.recording(address, Named::Nothing, None, Limits::default());
    let comes = async {
        while recording.progress().received == 0 {
            recording.changed().await.context("the recording ended")?;
        }
        Ok::<_, anyhow::Error>(())
    };
    timeout(AMPLE, comes).await.context("no recording comes")??;
    polls_go_on(&mut watch).await?;
    assert!(matches!(client.call(&hang_up()).await, Ok(Ok(Reply::Done { .. }))));
    ensure!(recording.progress().ended.is_none(), "the gate of the recording is closed");
    server.open("recording")?;
    assert_eq!(recording.finished().await, Ok(32_044));
    polls_go_on(&mut watch).await
}

#[tokio::test]
async fn calls_that_follow_each_other_are_one_session() -> Result<()> {
    let server = server().await?;
    let client = client(&server)?;
    for _ in 0..3 {
        asked(&client, &ping()).await?;
        asked(&client, &hang_up()).await?;
    }
    let sessions = server.sessions().await?;
    ensure!(sessions.len() == 6 && sessions.iter().all(|(_, session)| !session.is_empty()), "{sessions:?}");
    ensure!(
        sessions.iter().all(|(_, session)| sessions.first().is_some_and(|(_, first)| first == session)),
        "{sessions:?}"
    );
    Ok(())
}

//! Fifty agents, all in calls, whose phones vanish at once.

use std::{collections::BTreeMap, fs, sync::Arc, time::Duration};

use anyhow::{Context, Result, ensure};
use futures::{StreamExt, TryStreamExt, stream};
use tokio::time::Instant;
use uncall_asterisk::Asterisk;
use uncall_client::{Client, Observation, Watch};
use uncall_contract::{
    Extension, Reply, Request,
    event::{Event, MemberState},
};
use uncall_gateway::{Settings, access::Group};
use uncall_tests::{floor::*, gateway::Gateway, lab::Lab};

const AGENTS: u16 = 50;
/// For fifty phones on a machine that does other things as well.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until everybody but the supervisor himself stands like this, as he sees it.
async fn everybody(watch: &mut Watch, states: &mut BTreeMap<String, MemberState>, are: MemberState) -> Result<()> {
    let end = Instant::now() + PATIENCE;
    while states.len() + 1 != usize::from(AGENTS) || states.values().any(|state| *state != are) {
        let seen = tokio::time::timeout_at(end, watch.next()).await;
        let seen = seen.with_context(|| format!("not all are {are:?}: {states:?}"))?.context("the watch has ended")?;
        if let Observation::Pushed(Event::Team(team)) = seen {
            *states = team.members.into_iter().map(|member| (member.exten, member.state)).collect();
        } else if let Observation::Pushed(Event::Member(member)) = seen {
            states.insert(member.exten, member.state);
        }
    }
    Ok(())
}

#[tokio::test]
async fn fifty_phones_vanish_in_the_middle_of_their_calls() -> Result<()> {
    let lab = Lab::start_with(AGENTS).await?;
    // So the PBX notices when a phone is gone; by the registration alone it would after an hour.
    let phones = lab.folder().join("etc/pjsip.conf");
    let text = fs::read_to_string(&phones)?;
    fs::write(
        &phones,
        text.replace("remove_existing=yes", "remove_existing=yes\nqualify_frequency=5\nqualify_timeout=4"),
    )?;
    let mut admin = lab.manager("admin").await?;
    admin.ask(&[("Action", "Command"), ("Command", "module reload res_pjsip.so")]).await?;
    let phones = stream::iter(lab.extensions().to_vec()).map(|exten| {
        let lab = &lab;
        async move { lab.phone(&exten).await }
    });
    let phones: Vec<_> = phones.buffered(8).try_collect().await?;

    let settings = Settings::default().with_groups([Group::new(&["801"], &["801-850"])?]);
    let pbx = Asterisk::start(Real::options(&lab, "uncall"), None);
    let gateway = Gateway::start_on_with(pbx as Arc<_>, settings).await?;
    let client = Client::new(uncall_client::Settings::new(gateway.wsdl().parse()?))?;
    let mut watch = client.watch(Extension::parse("801")?);
    let mut states = BTreeMap::new();
    everybody(&mut watch, &mut states, MemberState::Free).await?;

    let (callers, called) = phones.split_at(phones.len() / 2);
    for phone in called {
        phone.auto_answer(true);
    }
    for (from, to) in callers.iter().zip(called) {
        from.call(to.number()).await?;
    }
    everybody(&mut watch, &mut states, MemberState::Talking).await?;

    drop(phones);
    let vanished = Instant::now();
    let asking = tokio::spawn({
        let client = client.clone();
        async move {
            // Every answer's time, until this is ended; the API answers as if nothing had happened.
            let mut slowest = Duration::ZERO;
            let mut open = true;
            while open {
                let asked = Instant::now();
                let reply = client.call(&Request::Current { exten: "801".into() }).await?;
                slowest = slowest.max(asked.elapsed());
                open = matches!(reply, Ok(Reply::Current { call: Some(_) }));
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Ok::<_, anyhow::Error>(slowest)
        }
    });
    everybody(&mut watch, &mut states, MemberState::Unavailable).await?;
    let slowest = tokio::time::timeout(PATIENCE, asking).await.context("801 still has its call")???;
    println!("all unavailable {:?} after they vanished; slowest popEvent {slowest:?}", vanished.elapsed());
    ensure!(slowest < Duration::from_secs(2), "an answer took {slowest:?}");
    for exten in states.keys() {
        let reply = client.call(&Request::Current { exten: exten.clone() }).await?;
        ensure!(reply == Ok(Reply::Current { call: None }), "{exten}: {reply:?}");
    }
    let refused = client.call(&dial("825", CALLER)).await?;
    ensure!(refused.as_ref().is_err_and(|refusal| refusal.response == "Busy"), "{refused:?}");
    let legs = admin.list(&[("Action", "CoreShowChannels")]).await?;
    ensure!(legs.is_empty(), "{legs:?}");
    Ok(())
}

//! Two gateways on one real Asterisk, and a desk that changes from one to the other during a call.

use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::{Instant, sleep};
use uncall_contract::Extension;
use uncall_desk::{Handle, Options, input::Intent, snapshot::CallViewState};
use uncall_tests::{
    floor::{CALLER, Phones, Real},
    lab::Lab,
    twins::{
        self, Announced,
        wire::{State, Wire},
    },
};

const AMPLE: Duration = Duration::from_secs(30);

/// Waits until the desk's only call has this state, and returns its uid.
async fn shows(desk: &Handle, state: CallViewState) -> Result<String> {
    let began = Instant::now();
    loop {
        let snapshot = desk.snapshot();
        if let [call] = snapshot.calls.as_slice()
            && call.state == state
            && call.pending.is_none()
        {
            return Ok(call.uid.clone());
        }
        ensure!(began.elapsed() < AMPLE, "not {state:?}: {:?}, {:?}", snapshot.connection, snapshot.calls);
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lab_a_call_goes_on_through_the_other_gateway() -> Result<()> {
    let real = Real::on(Lab::start().await?).await?;
    let gateways = [
        Real::gateway(&real.lab, Real::options(&real.lab, "uncall")).await?,
        Real::gateway(&real.lab, Real::options(&real.lab, "uncall")).await?,
    ];
    let wires = [Wire::to(gateways[0].address).await?, Wire::to(gateways[1].address).await?];
    Real::settled().await;
    let announced = Announced::default();
    let client = twins::client(&wires, Duration::from_secs(1))?;
    let desk = uncall_desk::spawn(client, Extension::parse("801")?, Options::default(), Vec::new(), announced.clone());

    real.calls(CALLER, "801").await?;
    let uid = shows(&desk, CallViewState::Ringing).await?;
    // The first falls silent while the phone rings, and the second reports the answer.
    wires[0].set(State::Silent);
    real.answers("801").await?;
    ensure!(shows(&desk, CallViewState::Talking).await? == uid);
    desk.want(Intent::Hold { uid: uid.clone() });
    ensure!(shows(&desk, CallViewState::Held).await? == uid);
    // The second dies. The first resumes the call, although the desk put it on hold through the second.
    wires[0].set(State::Whole);
    wires[1].cut().await?;
    desk.want(Intent::Restore { uid: uid.clone() });
    ensure!(shows(&desk, CallViewState::Talking).await? == uid);
    real.hangs_up(CALLER).await?;
    let began = Instant::now();
    while !desk.snapshot().calls.is_empty() {
        ensure!(began.elapsed() < AMPLE, "the call stays on the desk");
        sleep(Duration::from_millis(20)).await;
    }
    let times = announced.look(|announced| announced.clone());
    ensure!(times.len() == 1 && times.get(&uid) == Some(&1), "{times:?}");
    desk.stop().await;
    Ok(())
}

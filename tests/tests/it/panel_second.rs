#![allow(clippy::indexing_slicing)] // Of JSON values: what is not there is null.
//! A second process beside the panel that runs: what it is told to do, and what it prints.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;
use uncall_tests::{
    gateway::Gateway,
    panel::{
        Desktop, Look, Process,
        desk::{CUSTOMER, EXTENSION, binary, write_config},
        desktop::until,
    },
};

/// How a second process ended.
#[derive(Debug)]
struct Ended {
    status: i32,
    stdout: String,
    stderr: String,
}

/// A desk whose panel has no window open.
struct Desk {
    gateway: Gateway,
    desktop: Desktop,
    config: String,
}

impl Desk {
    async fn furnish() -> Result<Desk> {
        let gateway = Gateway::start().await?;
        let desktop = Desktop::start(Look::ENGLISH).await?;
        let config = write_config(&desktop, &gateway.wsdl(), EXTENSION)?;
        Ok(Desk { gateway, desktop, config })
    }

    async fn start_panel(&self) -> Result<Process> {
        let panel = Process::start(&self.desktop, &binary().await?, "panel", &["--tray", "--config", &self.config])?;
        self.gateway.until_watched().await?;
        self.until_shown("it is connected", |shown| shown["connection"]["state"] == "push").await?;
        Ok(panel)
    }

    /// A second process. It needs no screen.
    async fn second(&self, args: &[&str]) -> Result<Ended> {
        let mut command = tokio::process::Command::new(binary().await?);
        command.envs(self.desktop.environment().iter().cloned()).env_remove("DISPLAY").env_remove("WAYLAND_DISPLAY");
        command.args(["--config", &self.config]).args(args).kill_on_drop(true);
        let output = command.output().await?;
        Ok(Ended {
            status: output.status.code().context("killed by a signal")?,
            stdout: String::from_utf8(output.stdout)?,
            stderr: String::from_utf8(output.stderr)?,
        })
    }

    async fn order(&self, order: &str) -> Result<Ended> {
        self.second(&["--do", order]).await
    }

    /// It is done, and there is nothing to say about it.
    async fn done(&self, order: &str) -> Result<()> {
        let ended = self.order(order).await?;
        ensure!((ended.status, &*ended.stdout, &*ended.stderr) == (0, "", ""), "{order}: {ended:?}");
        Ok(())
    }

    async fn refused(&self, order: &str, status: i32, why: &str) -> Result<()> {
        let ended = self.order(order).await?;
        ensure!(ended.status == status && ended.stdout.is_empty() && ended.stderr.contains(why), "{order}: {ended:?}");
        Ok(())
    }

    async fn shown(&self) -> Result<Value> {
        let ended = self.second(&["--state"]).await?;
        ensure!(ended.status == 0 && ended.stderr.is_empty(), "{ended:?}");
        Ok(serde_json::from_str(&ended.stdout)?)
    }

    async fn until_shown(&self, what: &str, is: impl Fn(&Value) -> bool) -> Result<Value> {
        until(what, async || self.shown().await.ok().filter(|shown| is(shown))).await
    }

    /// Waits until the only call is in this state.
    async fn until_call(&self, state: &str) -> Result<Value> {
        self.until_shown(&format!("the call is {state}"), |shown| shown["calls"][0]["state"] == state).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_process_steers_the_call_that_the_desk_means() -> Result<()> {
    let desk = Desk::furnish().await?;
    for args in [&["--do", "hold"][..], &["--do", "show"], &["--state"]] {
        let ended = desk.second(args).await?;
        ensure!(
            ended.status == 3 && ended.stdout.is_empty() && ended.stderr.contains("No panel with these settings"),
            "{ended:?}"
        );
    }
    let panel = desk.start_panel().await?;
    let shown = desk.shown().await?;
    ensure!(shown["extension"] == EXTENSION && shown["clock"].is_number(), "{shown}");
    desk.refused("hold", 1, "This extension is not in a call").await?;
    desk.refused("dial:12x", 1, "“x” has no place in a number").await?;
    desk.refused("answer", 1, "This computer is not the phone").await?;
    desk.refused("fly", 2, "takes show, hold").await?;

    desk.gateway.ring(CUSTOMER, EXTENSION).await?;
    desk.until_call("ringing").await?;
    desk.refused("hold", 1, "Not possible at this point in the call").await?;
    desk.gateway.phone("extensions/801/answer").await?;
    desk.until_call("talking").await?;
    desk.done("hold").await?;
    desk.until_call("held").await?;
    desk.done("restore").await?;
    desk.until_call("talking").await?;
    desk.refused("transfer:801", 1, "your own extension").await?;

    // A transfer takes as long as the other phone rings, and what else is asked does not wait for it.
    let (handed, rang) = tokio::join!(desk.order("transfer:802"), async {
        desk.until_call("transferring").await?;
        desk.refused("hold", 1, "Not possible at this point in the call").await?;
        desk.gateway.phone_when_ready("extensions/802/answer").await
    });
    rang?;
    ensure!(handed?.status == 0);
    desk.until_shown("the call is gone", |shown| shown["calls"] == Value::Array(Vec::new())).await?;

    desk.done("busy").await?;
    desk.until_shown("it is busy", |shown| shown["presence"]["value"] == "busy").await?;
    desk.done("idle").await?;
    desk.until_shown("it is idle", |shown| shown["presence"]["value"] == "idle").await?;
    desk.done(&format!("dial:{CUSTOMER}")).await?;
    desk.gateway.phone_when_ready("extensions/801/answer").await?;
    desk.gateway.phone_when_ready(&format!("numbers/{CUSTOMER}/answer")).await?;
    desk.until_call("talking").await?;
    desk.done("hangup").await?;
    desk.until_shown("the call is gone", |shown| shown["calls"] == Value::Array(Vec::new())).await?;

    ensure!(!panel.log().contains("painted window=\"main\""), "a window was opened: {}", panel.log());
    desk.done("show").await?;
    panel.wait_log("painted window=\"main\"").await?;
    panel.stop().await?;
    desk.refused("hold", 3, "No panel with these settings").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ringing_call_is_declined_and_the_end_of_the_panel_leaves_an_order_open() -> Result<()> {
    let desk = Desk::furnish().await?;
    let panel = desk.start_panel().await?;
    desk.gateway.ring(CUSTOMER, EXTENSION).await?;
    desk.until_call("ringing").await?;
    desk.done("decline").await?;
    desk.until_shown("the call is gone", |shown| shown["calls"] == Value::Array(Vec::new())).await?;

    desk.gateway.ring("13800138000", EXTENSION).await?;
    desk.gateway.phone_when_ready("extensions/801/answer").await?;
    desk.until_call("talking").await?;
    let id = panel.id().context("the panel has ended")?.to_string();
    let (handed, killed) = tokio::join!(desk.order("transfer:803"), async {
        desk.until_call("transferring").await?;
        desk.desktop.run("kill", &["-KILL", &id]).await
    });
    killed?;
    let handed = handed?;
    ensure!(handed.status == 5 && handed.stderr.contains("it may have been done"), "{handed:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_explained_without_panel_and_screen() -> Result<()> {
    let desk = Desk::furnish().await?;
    let rules = "\n[number]\ncountry = 86\narea = \"010\"\noutside_prefix = \"9\"\nblock = [\"00\"]\n";
    std::fs::write(&desk.config, std::fs::read_to_string(&desk.config)? + rules)?;
    for (args, status, said) in [
        (&["(010) 6552-1234"][..], 0, "(010) 6552-1234 → 965521234 · own area, outside line\n"),
        (&["(010) 6552-1234", "--area", "021"], 0, "(010) 6552-1234 → 901065521234 · outside line\n"),
        (&["110"], 0, "110 → 110 · emergency number\n"),
        (
            &["+44 20 7946 0018"],
            1,
            "uncall-panel: Numbers that begin with 00 are blocked here: ask your administrator\n",
        ),
        (&["12x"], 1, "uncall-panel: Cannot be dialled: “x” has no place in a number\n"),
        (&["802", "--country", "China"], 2, "uncall-panel: --country takes a country code, like 86\n"),
    ] {
        let ended = desk.second(&[&["--explain-number"], args].concat()).await?;
        let words = if status == 0 { &ended.stdout } else { &ended.stderr };
        ensure!(ended.status == status && words == said, "{args:?}: {ended:?}");
    }
    Ok(())
}

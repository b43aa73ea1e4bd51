//! The simulator's phones.

use anyhow::{Context, Result};
use serde_json::Value;
use uncall_simulator::{Options, Simulator};

use super::{AGENTS, Phones};
use crate::gateway::Gateway;

/// Phones without a wire. They are the gateway's own.
#[derive(Debug)]
pub struct Simulated {
    gateway: Gateway,
}

fn phone(party: &str, does: &str) -> String {
    let kind = if AGENTS.contains(&party) { "extensions" } else { "numbers" };
    format!("{kind}/{party}/{does}")
}

impl Simulated {
    async fn legs(&self, party: &str) -> Result<Vec<Value>> {
        let state = self.gateway.state().await?;
        let calls = state.get("calls").and_then(Value::as_array).context("no calls")?;
        let legs = calls.iter().filter_map(|call| call.get("legs")?.as_array()).flatten();
        Ok(legs.filter(|leg| leg.get("party").is_some_and(|of| of == party)).cloned().collect())
    }
}

impl Phones for Simulated {
    async fn start() -> Result<(Simulated, Gateway)> {
        let options = Options {
            control: true,
            transfer_rings: super::TRANSFER_RINGS,
            queue_rings: super::QUEUE_RINGS,
            // Nobody is a member before he logs in.
            queues: ["600", "601"].map(|name| (name.to_owned(), Vec::new())).into(),
            ..Options::default()
        };
        let gateway = Gateway::start_on(Simulator::start(options)).await?;
        Ok((Simulated { gateway: gateway.another() }, gateway))
    }

    async fn calls(&self, from: &str, to: &str) -> Result<()> {
        self.gateway.ring(from, to).await.map(drop)
    }

    async fn tries(&self, from: &str, to: &str) -> Result<()> {
        self.gateway.ring(from, to).await.map(drop)
    }

    async fn answers(&self, party: &str) -> Result<()> {
        self.gateway.phone_when_ready(&phone(party, "answer")).await
    }

    async fn hangs_up(&self, party: &str) -> Result<()> {
        self.gateway.phone(&phone(party, "hangup")).await
    }

    async fn declines(&self, party: &str) -> Result<()> {
        self.gateway.phone_when_ready(&phone(party, "decline")).await
    }

    async fn holds(&self, exten: &str) -> Result<()> {
        self.gateway.phone(&phone(exten, "hold")).await
    }

    async fn resumes(&self, exten: &str) -> Result<()> {
        self.gateway.phone(&phone(exten, "resume")).await
    }

    async fn pauses(&self, queue: &str, exten: &str, paused: bool) -> Result<()> {
        let word = if paused { "pause" } else { "unpause" };
        self.gateway.phone(&format!("queues/{queue}/{exten}/{word}")).await
    }

    async fn unregisters(&self, exten: &str) -> Result<()> {
        self.gateway.phone(&phone(exten, "unregister")).await
    }

    async fn hears(&self, party: &str) -> Result<Vec<String>> {
        let legs = self.legs(party).await?;
        let heard = legs.iter().filter_map(|leg| leg.get("hears")?.as_array()).flatten();
        let words = heard.filter_map(|word| word.as_str()).filter(|word| *word != "ringback");
        Ok(words.map(str::to_owned).collect())
    }

    async fn channel(&self, party: &str) -> Result<String> {
        let legs = self.legs(party).await?;
        let channel = legs.first().and_then(|leg| leg.get("channel")?.as_str());
        channel.map(str::to_owned).with_context(|| format!("{party} has no leg"))
    }

    async fn is_on_hook(&self, party: &str) -> Result<bool> {
        Ok(self.legs(party).await?.is_empty())
    }
}

//! A whole workplace for a test: gateway, desktop, and the panel on it with its settings.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tokio::process::Command;

use super::{Desktop, Look, Panel, desktop::until, driver::Page};
use crate::gateway::Gateway;

/// The extension that the panel sits at.
pub const EXTENSION: &str = "801";
/// A customer.
pub const CUSTOMER: &str = "13421829060";
/// The customer's number as a person reads it.
pub const CUSTOMER_READ: &str = "134 2182 9060";

/// Everything on one desk.
#[derive(Debug)]
pub struct Workplace {
    /// The gateway on its simulator, whose phones are in the test's hands.
    pub gateway: Gateway,
    /// The screen, the bus, the tray.
    pub desktop: Desktop,
    /// The panel.
    pub panel: Panel,
}

impl Workplace {
    /// A connected panel with its main window open.
    pub async fn open(look: Look) -> Result<Workplace> {
        let gateway = Gateway::start().await?;
        let desktop = Desktop::start(look).await?;
        let panel = start_panel(&desktop, &gateway.wsdl(), EXTENSION).await?;
        Ok(Workplace { gateway, desktop, panel })
    }

    /// A customer calls; gives the call's uid.
    pub async fn ring(&self) -> Result<String> {
        self.gateway.ring(CUSTOMER, EXTENSION).await
    }

    /// A customer calls, and the agent picks the phone up.
    pub async fn talk(&self) -> Result<String> {
        let uid = self.ring().await?;
        self.gateway.phone("extensions/801/answer").await?;
        Ok(uid)
    }

    /// Waits until the simulator's state, as JSON text, contains or no longer contains something.
    pub async fn until_state(&self, what: &str, is: impl Fn(&Value) -> bool) -> Result<Value> {
        let seen = until(what, async || self.gateway.state().await.ok().filter(|state| is(state))).await;
        match seen {
            Ok(state) => Ok(state),
            Err(error) => Err(error.context(format!("state: {}", self.gateway.state().await?))),
        }
    }
}

/// Whom or what this party hears, in the simulator's state: parties, `music`, `survey`; empty where it hears nothing or
/// has no call.
pub fn hears(state: &Value, party: &str) -> Vec<String> {
    let legs = calls(state).iter().filter_map(|call| call.get("legs")?.as_array()).flatten();
    let own = legs.filter(|leg| leg.get("party").is_some_and(|known| known == party));
    let heard = own.filter_map(|leg| leg.get("hears")?.as_array()).flatten();
    heard.filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Whether this call is up.
pub fn is_up(state: &Value, uid: &str) -> bool {
    calls(state).iter().any(|call| call.get("uid").is_some_and(|known| known == uid))
}

fn calls(state: &Value) -> &[Value] {
    state.get("calls").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// Starts a panel with settings for this server; its main window is open when it returns.
pub async fn start_panel(desktop: &Desktop, wsdl: &str, extension: &str) -> Result<Panel> {
    let config = write_config(desktop, wsdl, extension)?;
    let panel = Panel::start(desktop, &binary().await?, &["--config", &config]).await?;
    panel.turn_to(Page::Main).await?;
    panel.wait_text("extension", extension).await?;
    Ok(panel)
}

/// Writes the settings, and gives the file's name.
pub fn write_config(desktop: &Desktop, wsdl: &str, extension: &str) -> Result<String> {
    let file = desktop.home().join("panel.toml");
    std::fs::write(&file, format!("server = \"{wsdl}\"\nextension = \"{extension}\"\n"))?;
    Ok(file.to_string_lossy().into_owned())
}

/// The panel's program beside this test's own; built when it is missing.
pub async fn binary() -> Result<PathBuf> {
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    let program = crate::target_folder()?.join(profile).join("uncall-panel");
    if !program.exists() {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--quiet", "-p", "uncall-panel"]).args((!cfg!(debug_assertions)).then_some("--release"));
        ensure!(build.current_dir(crate::repository()).status().await?.success(), "the panel does not build");
    }
    program.canonicalize().context("uncall-panel is missing after the build")
}

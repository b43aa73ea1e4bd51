//! The desktop end to end: the panel in a real window, the gateway's own process, a real Asterisk, a phone that calls in.

use anyhow::Result;
use uncall_tests::{
    floor::Process,
    lab::{Heard, Lab, Stage, Tone},
    panel::{Desktop, Look, Page, desk::start_panel},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_pops_up_hears_music_and_the_agent_again() -> Result<()> {
    let lab = Lab::start().await?;
    let (agent, customer) = tokio::try_join!(lab.phone("801"), lab.customer())?;
    let gateway = Process::start(&lab).await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let panel = start_panel(&desktop, &gateway.gateway().wsdl(), "801").await?;
    panel.wait_text("connection", "Connected").await?;

    customer.call("801").await?;
    agent.at(Stage::Ringing).await?;
    panel.turn_to(Page::Popup).await?;
    panel.wait_text("popup-number", "136 3251 0278").await?;
    panel.wait_text("popup-direction", "Incoming").await?;
    panel.wait_text("popup-state", "Ringing").await?;
    agent.answer().await?;
    panel.wait_text("popup-state", "Talking").await?;
    customer.until_hears(&Heard::tones([Tone::Phone801])).await?;
    agent.until_hears(&Heard::tones([Tone::Customer])).await?;

    panel.turn_to(Page::Main).await?;
    panel.press("hold").await?;
    panel.wait_text("call-state", "On hold").await?;
    customer.until_hears(&Heard::tones([Tone::Music])).await?;
    agent.until_hears(&Heard::Silence).await?;
    panel.press("restore").await?;
    panel.wait_text("call-state", "Talking").await?;
    customer.until_hears(&Heard::tones([Tone::Phone801])).await?;
    agent.until_hears(&Heard::tones([Tone::Customer])).await?;

    panel.press("hangup").await?;
    panel.wait_gone("call-number").await?;
    customer.idle().await?;
    agent.idle().await
}

//! The supervisor's view in the real window. What it shows of a team is tested in `page/team.rs`.

use anyhow::Result;
use uncall_gateway::{Settings, access::Group};
use uncall_tests::{
    gateway::Gateway,
    panel::{
        Desktop, Look, Workplace,
        desk::{CUSTOMER, EXTENSION, hears, start_panel},
    },
};

/// With the real gateway: who is listened to is heard.
#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_hears_the_call_that_the_row_shows() -> Result<()> {
    let groups = [Group::new(&[EXTENSION], &["801-810"])?];
    let gateway = Gateway::start_with(Settings::default().with_groups(groups)).await?;
    let desktop = Desktop::start(Look::ENGLISH).await?;
    let panel = start_panel(&desktop, &gateway.wsdl(), EXTENSION).await?;
    let desk = Workplace { gateway, desktop, panel };
    let panel = &desk.panel;
    panel.wait_text("connection", "Connected").await?;
    panel.press("tab-supervisor").await?;
    panel.wait_text("team-all", "9").await?;
    desk.gateway.ring(CUSTOMER, "804").await?;
    panel.wait_text("members", "Ringing").await?;
    assert!(!panel.shows("listen-804").await);
    desk.gateway.phone("extensions/804/answer").await?;
    panel.wait_text("members", "Talking").await?;
    panel.press("listen-804").await?;
    desk.gateway.phone_when_ready("extensions/801/answer").await?;
    let heard = |state: &serde_json::Value| {
        let heard = hears(state, EXTENSION);
        heard.contains(&CUSTOMER.to_owned()) && heard.contains(&"804".to_owned())
    };
    desk.until_state("the supervisor hears both", heard).await?;
    desk.gateway.phone(&format!("numbers/{CUSTOMER}/hangup")).await?;
    panel.wait_text("team-idle", "9").await
}

//! Double clicks of a real mouse on the panel's real windows: the phones are the judges.

use anyhow::{Context, Result};
use serde_json::Value;
use uncall_tests::panel::{
    Look, Page, Workplace,
    desk::{CUSTOMER, hears},
    desktop::{Window, until},
};

/// Where the button's middle is in its window.
async fn place(desk: &Workplace, name: &str) -> Result<(i64, i64)> {
    let script = format!(
        "const box = document.querySelector('[data-test={name}]').getBoundingClientRect(); \
         return [Math.round(box.x + box.width / 2), Math.round(box.y + box.height / 2)]"
    );
    let at = desk.panel.script(&script).await?;
    let of = |index: usize| at.get(index).and_then(Value::as_i64).context("no place");
    Ok((of(0)?, of(1)?))
}

/// So many presses in a row, a fifth of a second apart: for the desktop it is one double click.
async fn click(desk: &Workplace, window: &Window, (x, y): (i64, i64), times: u32) -> Result<()> {
    let (x, y, times) = (x.to_string(), y.to_string(), times.to_string());
    // On the screen a frame would count as well.
    let args = ["mousemove", "--window", &window.id, &x, &y, "click", "--repeat", &times, "--delay", "200", "1"];
    desk.desktop.run("xdotool", &args).await.map(drop)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_double_click_on_hold_holds() -> Result<()> {
    for (page, button, width) in [(Page::Main, "hold", 380), (Page::Popup, "popup-hold", 360)] {
        let desk = Workplace::open(Look::ENGLISH).await?;
        desk.panel.wait_text("connection", "Connected").await?;
        desk.talk().await?;
        desk.panel.wait_text("call-state", "Talking").await?;
        let window = until("the window is there", async || {
            desk.desktop.windows().await.ok()?.into_iter().find(|window| window.width == width)
        })
        .await?;
        desk.panel.turn_to(page).await?;
        desk.panel.wait_text(button, "Hold").await?;
        let settled = "return !document.body.dataset.settling";
        until("the page takes presses", async || (desk.panel.script(settled).await.ok()? == true).then_some(()))
            .await?;
        click(&desk, &window, place(&desk, button).await?, 3).await?;
        desk.until_state("the customer hears music", |state| hears(state, CUSTOMER) == ["music"]).await?;
        desk.panel.wait_text(if page == Page::Main { "call-state" } else { "popup-state" }, "On hold").await?;
        // A press elsewhere is a series of its own; the last of the presses has been dealt with when it is.
        let uid_place = place(&desk, if page == Page::Main { "call-uid" } else { "popup-uid" }).await?;
        until("the ID is copied", async || {
            click(&desk, &window, uid_place, 1).await.ok()?;
            let copied = "return document.querySelectorAll('[data-copied]').length";
            (desk.panel.script(copied).await.ok()? == 1).then_some(())
        })
        .await?;
        desk.until_state("the customer hears music", |state| hears(state, CUSTOMER) == ["music"]).await?;
        desk.panel.turn_to(Page::Main).await?;
        desk.panel.wait_text("call-state", "On hold").await?;
        assert_eq!(hears(&desk.gateway.state().await?, CUSTOMER), ["music"], "it was resumed by the same double click");
    }
    Ok(())
}

//! Tooltips cover nothing that is read or clicked during a call, and are drawn by the page itself.

use anyhow::{Result, ensure};
use serde_json::{Value, json};
use uncall_tests::{
    checks,
    page::{
        Look, Stage,
        desk::{call, idle, notice, on, with},
        run,
    },
    panel::Page,
};

use super::looks::picture;

#[tokio::test(flavor = "multi_thread")]
async fn tips() -> Result<()> {
    run(checks![
        no_tip_lies_over_whom_the_call_is_with,
        every_tip_is_the_page_s_own,
        a_tip_goes_with_what_it_is_said_of,
        a_focus_that_comes_back_tells_nothing,
        what_is_cut_is_told_whole,
    ])
    .await
}

/// Rests the pointer on each element with a tip, and reports tips that cover something or lie outside the window.
const COVERED: &str = r##"
    window.later ??= window.setTimeout;
    window.setTimeout = (task, ms) => window.later(task, ms === 600 ? 0 : ms);
    const facts = [...document.querySelectorAll(":is(#room, .card) :is(.number, .keypad-number, .fact, .call-state, .card-state, .notice)")];
    const own = [...document.querySelectorAll("[data-tip]")].filter((it) => it.checkVisibility() && !it.disabled);
    const faults = [];
    let told = 0;
    for (const it of own) {
        if (!it.closest("#room, .card, .head, .dial")) continue;
        it.dispatchEvent(new PointerEvent("pointerover", { bubbles: true, pointerType: "mouse" }));
        await new Promise((done) => window.later(done, 5));
        const tip = document.getElementById("tip");
        if (tip.hidden) continue;
        told += 1;
        const box = tip.getBoundingClientRect();
        const name = it.dataset.test ?? it.id;
        if (box.left < 0 || box.top < 0 || box.right > innerWidth || box.bottom > innerHeight) faults.push(`${name}'s is outside`);
        for (const fact of facts) {
            if (!fact.checkVisibility() || !fact.textContent) continue;
            const range = document.createRange();
            range.selectNodeContents(fact);
            const seen = range.getBoundingClientRect();
            const over = seen.left < box.right && box.left < seen.right && seen.top < box.bottom && box.top < seen.bottom;
            if (over && seen.width) faults.push(`${name}'s lies over ${fact.dataset.test ?? fact.className}`);
        }
    }
    document.body.dispatchEvent(new PointerEvent("pointerover", { bubbles: true, pointerType: "mouse" }));
    window.setTimeout = window.later;
    return [told, faults];
"##;

async fn covered(stage: &Stage) -> Result<(u32, Vec<String>)> {
    let script = format!("return (async () => {{ {COVERED} }})()");
    stage.ask(&script).await
}

async fn no_tip_lies_over_whom_the_call_is_with(stage: &Stage) -> Result<()> {
    let refused = json!({"notice": notice("transfer", Some("1.1"), "target_not_idle")});
    let polled = json!({"connection": {"state": "poll", "poll_seconds": 3}});
    let ring = with(call("2.2", "ringing"), json!({"other": "13900000001"}));
    let states = [
        on(&[call("1.1", "talking")]),
        with(on(&[call("1.1", "talking")]), refused),
        on(&[call("1.1", "talking"), ring]),
        with(on(&[with(call("1.1", "in_call"), json!({"unconfirmed": true, "closable": true}))]), polled),
        idle(),
    ];
    let mut faults = Vec::new();
    for language in [Look::ENGLISH, Look::CHINESE] {
        for text in [100, 150, 200] {
            for (number, desk) in states.iter().enumerate() {
                let card = Look { size: (360 * text / 100, 340 * text / 100), ..language };
                for (page, look) in
                    [(Page::Main, language), (Page::Main, language.sized(900, 760)), (Page::Popup, card)]
                {
                    if page == Page::Popup && desk["popups"].as_array().is_none_or(Vec::is_empty) {
                        continue;
                    }
                    stage.show(page, look.text(text), desk).await?;
                    let (told, covering) = covered(stage).await?;
                    ensure!(text > 100 || told > 1, "state {number} tells {told} tips on {page:?}");
                    faults.extend(
                        covering.into_iter().map(|it| format!("{page:?} {number} {} {text}: {it}", look.language)),
                    );
                }
            }
        }
    }
    ensure!(faults.is_empty(), "{}", faults.join("\n"));
    Ok(())
}

async fn every_tip_is_the_page_s_own(stage: &Stage) -> Result<()> {
    let native = "return [...document.querySelectorAll('[title]')].map((it) => it.outerHTML)";
    let recent = json!({"recent": [uncall_tests::page::desk::entry("3.3", 5)]});
    for page in [Page::Main, Page::Popup] {
        stage.show(page, Look::ENGLISH, &with(on(&[call("1.1", "talking")]), recent.clone())).await?;
        let found: Vec<String> = stage.ask(native).await?;
        ensure!(found.is_empty(), "{found:?}");
    }
    Ok(())
}

/// The pointer rests on this.
async fn rest(stage: &Stage, name: &str) -> Result<()> {
    let over = format!(
        "document.querySelector('[data-test={name}]').dispatchEvent(new PointerEvent('pointerover', {{bubbles: true, pointerType: 'mouse'}}))"
    );
    stage.ask::<Value>(&over).await.map(drop)
}

async fn a_tip_goes_with_what_it_is_said_of(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &on(&[call("1.1", "talking")])).await?;
    rest(stage, "call-uid").await?;
    stage.page().wait_text("tip", "1.1").await?;
    picture(stage, "main", "tip-fact", Look::ENGLISH).await?;
    // With another call shown, the tip has its ID. Without a call there is none.
    stage.change(&on(&[call("2.2", "talking")])).await?;
    stage.page().wait_text("tip", "2.2").await?;
    stage.change(&idle()).await?;
    stage.page().wait_gone("tip").await
}

async fn a_focus_that_comes_back_tells_nothing(stage: &Stage) -> Result<()> {
    stage.show(Page::Main, Look::ENGLISH, &on(&[call("1.1", "talking")])).await?;
    let count = "window.told = 0; new MutationObserver(() => window.told += 1).observe(document.getElementById('tip'), {attributes: true}); \
                 window.later = window.setTimeout; window.setTimeout = (task, ms) => window.later(task, ms === 600 ? 0 : ms)";
    stage.ask::<Value>(count).await?;
    stage.page().press("transfer").await?;
    stage.typed("803\u{e007}").await?;
    ensure!(stage.focus().await? == "transfer");
    ensure!(stage.ask::<bool>("return document.getElementById('tip').hidden").await?, "a tip came by itself");
    Ok(())
}

async fn what_is_cut_is_told_whole(stage: &Stage) -> Result<()> {
    let reason = "training course with the new te…";
    let busy = with(idle(), json!({"presence": {"value": "busy", "reason": reason}, "mood": "busy"}));
    for look in [Look::ENGLISH, Look::CHINESE].map(|look| look.text(200).sized(340, 640)) {
        stage.show(Page::Main, look, &busy).await?;
        let cut = "const it = document.querySelector('[data-test=presence-reason]'); \
                   return it.scrollHeight > it.clientHeight + 1 && it.dataset.tip !== it.textContent";
        ensure!(!stage.ask::<bool>(cut).await?, "a reason is cut, and nothing says the rest");
    }
    Ok(())
}

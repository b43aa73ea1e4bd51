//! Our line on a real Asterisk, with real phones at the other end: who hears whom, over every transport and after every verb.

use anyhow::{Context, Result};
use uncall_phone::{LegState, LineEvent, Refused, TroubleKind, Why};
use uncall_tests::lab::{
    Heard, Lab, Phone, SOON, Stage, Tone,
    softphone::{self, COLLEAGUE, Softphone, TCP, TLS, UDP},
    until,
};

async fn lab() -> Result<Lab> {
    Lab::start_changed(softphone::changes()).await
}

fn tone(tone: Tone) -> Heard {
    Heard::tones([tone])
}

/// Both hear each other, and nobody else.
async fn both_hear(soft: &Softphone, phone: &Phone) -> Result<()> {
    soft.until_hears(&tone(Tone::Phone801)).await?;
    phone.until_hears(&tone(Tone::SecondPhone)).await
}

/// Waits until the phone is free, as PBX and phone have to be before the next call.
async fn over(lab: &Lab, phone: &Phone) -> Result<()> {
    phone.idle().await?;
    until("the PBX has no call", SOON, async || {
        Ok(lab.command("core show channels count").await?.contains("0 active channels").then_some(()))
    })
    .await
}

/// Calls out, holds, resumes, is held, hangs up.
#[tokio::test]
async fn over_every_transport_both_hear_each_other_and_hold() -> Result<()> {
    let lab = lab().await?;
    let phone = lab.phone("801").await?;
    for (exten, encrypted) in [(UDP, false), (TCP, false), (TLS, true)] {
        let soft = Softphone::start(&lab, exten, Tone::SecondPhone).await.context(exten)?;
        let leg = soft.line.dial("801").await?;
        phone.answer().await.context(exten)?;
        let talking = soft.is(leg, LegState::Talking).await.context(exten)?;
        assert_eq!((talking.codec, talking.encrypted), (Some("opus"), encrypted), "{exten}");
        both_hear(&soft, &phone).await.context(exten)?;

        soft.line.hold(leg).await?;
        phone.until_hears(&tone(Tone::Music)).await.context(exten)?;
        soft.until_hears(&Heard::Silence).await.context(exten)?;
        assert_eq!(soft.is(leg, LegState::Held).await?.id, leg);
        soft.line.resume(leg).await?;
        both_hear(&soft, &phone).await.context(exten)?;

        soft.line.mute(leg, true).await?;
        phone.until_hears(&Heard::Silence).await.context(exten)?;
        soft.line.mute(leg, false).await?;
        both_hear(&soft, &phone).await.context(exten)?;

        phone.hang_up().await?;
        assert_eq!(soft.is(leg, LegState::Ended).await?.ended.map(|ended| ended.why), Some(Why::There), "{exten}");
        over(&lab, &phone).await?;
        soft.line.end().await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_user_are_told() -> Result<()> {
    let lab = lab().await?;
    for (exten, secret, kind) in [(UDP, "wrong", TroubleKind::WrongSecret), ("899", "pw899", TroubleKind::UnknownUser)]
    {
        let soft = Softphone::start_with(&lab, exten, secret, Tone::SecondPhone)?;
        let why = soft.until("trouble", |event| {
            let LineEvent::Lost { why, .. } = event else { return None };
            Some(why.kind)
        });
        assert_eq!(why.await?, kind);
        assert_eq!(soft.line.dial("801").await, Err(Refused::NotRegistered));
    }
    Ok(())
}

/// Calls in, with the uid that the PBX gives; keys; how calls end without an answer.
#[tokio::test]
async fn calls_come_in_and_keys_go_out() -> Result<()> {
    let lab = lab().await?;
    let phone = lab.phone("801").await?;
    let soft = Softphone::start(&lab, UDP, Tone::SecondPhone).await?;
    let manager = lab.manager("admin").await?;

    phone.call("871").await?;
    let ringing = soft.leg(LegState::Ringing).await?;
    assert_eq!((ringing.number.as_str(), ringing.name.as_deref()), ("801", Some("Agent 801")));
    let uid = ringing.uid.clone().context("no uid")?;
    let dialled = manager.event(0, &[("Event", "DialBegin"), ("DestLinkedid", uid.as_str())]).await;
    dialled.context("the uid is the PBX's")?;
    soft.line.answer(ringing.id).await?;
    phone.at(Stage::Talking).await?;
    both_hear(&soft, &phone).await?;

    soft.line.hang_up(ringing.id).await?;
    over(&lab, &phone).await?;

    // The caller gives up, and the call is declined.
    for declines in [false, true] {
        soft.forget();
        phone.call("871").await?;
        let ringing = soft.leg(LegState::Ringing).await?;
        if declines {
            soft.line.decline(ringing.id, true).await?;
        } else {
            phone.at(Stage::Dialling).await?;
            phone.hang_up().await?;
        }
        let why = soft.is(ringing.id, LegState::Ended).await?.ended.map(|ended| ended.why);
        assert_eq!(why, Some(if declines { Why::Here } else { Why::GaveUp }));
        over(&lab, &phone).await?;
    }

    // Keys arrive, in their order, each once.
    soft.forget();
    let leg = soft.line.dial("876").await?;
    soft.is(leg, LegState::Talking).await?;
    assert_eq!(soft.line.press(leg, "x").await, Err(Refused::NoKeys));
    soft.line.press(leg, "19").await?;
    soft.line.press(leg, "*9").await?;
    manager.event(0, &[("Event", "UserEvent"), ("UserEvent", "SoftKeys"), ("Keys", "19*9")]).await?;
    assert_eq!(soft.is(leg, LegState::Ended).await?.sent, "19*9");
    over(&lab, &phone).await?;

    // What sounds before the answer is heard.
    soft.forget();
    let leg = soft.line.dial("875").await?;
    soft.is(leg, LegState::Early).await?;
    soft.until_hears(&tone(Tone::SurveyPrompt)).await?;
    soft.line.hang_up(leg).await?;
    over(&lab, &phone).await
}

/// A second call while one is talking: the first goes on hold, and comes back.
#[tokio::test]
async fn a_second_call_is_answered_and_the_first_is_held() -> Result<()> {
    let lab = lab().await?;
    let (first, second) = tokio::try_join!(lab.phone("801"), lab.phone("802"))?;
    let soft = Softphone::start(&lab, UDP, Tone::SecondPhone).await?;
    first.call("871").await?;
    let one = soft.leg(LegState::Ringing).await?.id;
    soft.line.answer(one).await?;
    both_hear(&soft, &first).await?;

    second.call("871").await?;
    let two = soft.leg_where("a second call", |leg| leg.id != one && leg.state == LegState::Ringing).await?.id;
    soft.line.answer(two).await?;
    soft.is(one, LegState::Held).await?;
    first.until_hears(&tone(Tone::Music)).await?;
    soft.until_hears(&tone(Tone::Phone802)).await?;
    second.until_hears(&tone(Tone::SecondPhone)).await?;

    soft.line.resume(one).await?;
    soft.is(two, LegState::Held).await?;
    both_hear(&soft, &first).await?;
    second.until_hears(&tone(Tone::Music)).await
}

/// Who is called by the line, and who is handed on, hear each other in the end.
#[tokio::test]
async fn a_call_is_handed_on_blindly_and_after_a_consultation() -> Result<()> {
    let lab = lab().await?;
    let (customer, colleague) = tokio::try_join!(lab.phone("801"), lab.phone("802"))?;
    let soft = Softphone::start(&lab, TLS, Tone::SecondPhone).await?;
    customer.call("873").await?;
    let leg = soft.leg(LegState::Ringing).await?.id;
    soft.line.answer(leg).await?;
    both_hear(&soft, &customer).await?;
    let transfer = soft.line.transfer(leg, "802");
    let (transferred, answered) = tokio::join!(transfer, colleague.answer());
    transferred?;
    answered?;
    assert_eq!(soft.is(leg, LegState::Ended).await?.ended.map(|ended| ended.why), Some(Why::Transferred));
    customer.until_hears(&tone(Tone::Phone802)).await?;
    colleague.until_hears(&tone(Tone::Phone801)).await?;
    customer.hang_up().await?;
    colleague.idle().await?;
    over(&lab, &customer).await?;

    soft.forget();
    customer.call("873").await?;
    let leg = soft.leg(LegState::Ringing).await?.id;
    soft.line.answer(leg).await?;
    both_hear(&soft, &customer).await?;
    // Asked, and gone back.
    let consultation = soft.line.consult(leg, "802").await?;
    colleague.at(Stage::Ringing).await?;
    soft.line.back(consultation).await?;
    colleague.idle().await?;
    both_hear(&soft, &customer).await?;
    // Asked again: the customer hears music, then the colleague is on hold, then both talk.
    let consultation = soft.line.consult(leg, "802").await?;
    colleague.answer().await?;
    soft.is(consultation, LegState::Talking).await?;
    soft.until_hears(&tone(Tone::Phone802)).await?;
    customer.until_hears(&tone(Tone::Music)).await?;
    soft.line.swap(consultation).await?;
    both_hear(&soft, &customer).await?;
    soft.line.swap(consultation).await?;
    soft.until_hears(&tone(Tone::Phone802)).await?;
    soft.line.complete(consultation).await?;
    for leg in [leg, consultation] {
        assert_eq!(soft.is(leg, LegState::Ended).await?.ended.map(|ended| ended.why), Some(Why::Transferred));
    }
    customer.until_hears(&tone(Tone::Phone802)).await?;
    colleague.until_hears(&tone(Tone::Phone801)).await
}

/// Two lines of ours with each other, while the PBX is killed and comes back: told, over, registered, and there for the next call.
#[tokio::test]
async fn a_pbx_that_is_killed_is_told_and_found_again() -> Result<()> {
    let mut lab = lab().await?;
    let soft = Softphone::start(&lab, UDP, Tone::SecondPhone).await?;
    let colleague = Softphone::start(&lab, COLLEAGUE, Tone::ThirdPhone).await?;
    let leg = soft.line.dial("814").await?;
    let ringing = colleague.leg(LegState::Ringing).await?.id;
    colleague.line.answer(ringing).await?;
    soft.until_hears(&tone(Tone::ThirdPhone)).await?;
    colleague.until_hears(&tone(Tone::SecondPhone)).await?;

    soft.forget();
    lab.kill().await?;
    soft.until("nothing arrives", |event| {
        let LineEvent::Quality(quality) = event else { return None };
        quality.nothing_arrives.then_some(())
    })
    .await?;
    let why = soft.until("trouble", |event| {
        let LineEvent::Lost { why, .. } = event else { return None };
        Some(why.kind)
    });
    assert_eq!(why.await?, TroubleKind::Unreachable);
    lab.boot().await?;
    for phone in [&soft, &colleague] {
        phone.until("registered again", |event| (*event == LineEvent::Registered).then_some(())).await?;
    }
    assert_eq!(soft.is(leg, LegState::Ended).await?.ended.map(|ended| ended.why), Some(Why::Lost));
    colleague.leg(LegState::Ended).await?;

    colleague.forget();
    soft.line.dial("814").await?;
    let ringing = colleague.leg(LegState::Ringing).await?.id;
    colleague.line.answer(ringing).await?;
    soft.until_hears(&tone(Tone::ThirdPhone)).await
}

//! `watch`: prints what happens to an extension until Ctrl-C.

use serde::Serialize;
use uncall_client::{Client, Means, Observation};
use uncall_contract::{
    Call, Extension,
    event::{
        CallEvent, CallState, Detail, EndReason, Event, Member, MemberState, Presence, PresenceEvent, Queues, Snapshot,
        Team,
    },
};

use crate::{
    interrupt::interrupted,
    object::call_words,
    output::{Closed, Output},
    status::Status,
};

/// One line of `--json`; `--help` shows its shape.
#[derive(Serialize)]
struct Line<'a> {
    operation: &'static str,
    ok: bool,
    #[serde(flatten)]
    event: Shown<'a>,
}

#[derive(Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Shown<'a> {
    Connected { means: &'static str },
    Lost { error: &'static str, detail: String },
    Snapshot(&'a Snapshot),
    Call(&'a CallEvent),
    Presence(&'a PresenceEvent),
    Team(&'a Team),
    Member(&'a Member),
    Queues(&'a Queues),
    Current { call: Option<&'a Call> },
}

/// Runs until Ctrl-C, or until whatever reads stdout is gone.
pub(crate) async fn run(client: &Client, exten: Extension, output: Output) -> Status {
    let mut watch = client.watch(exten);
    let mut current = None;
    let interrupt = interrupted();
    tokio::pin!(interrupt);
    loop {
        let seen = tokio::select! {
            () = &mut interrupt => return Status::Done,
            seen = watch.next() => seen,
        };
        let Some(seen) = seen else { return Status::Done };
        if let Observation::Polled(call) = &seen {
            // An unchanged answer is not an event.
            let same = current.as_ref() == Some(call);
            current = Some(call.clone());
            if same {
                continue;
            }
        }
        if show(&seen, output).is_err() {
            return Status::Done;
        }
    }
}

fn show(seen: &Observation, output: Output) -> Result<(), Closed> {
    let line = |ok, event| Line { operation: "watch", ok, event };
    match seen {
        Observation::Connected(means) => {
            let means = match means {
                Means::Push => "push",
                Means::Poll => "poll",
            };
            output.mention(&format!("connected ({means})"));
            output.print(&line(true, Shown::Connected { means }), "")
        }
        // Extensions of the API do not matter here.
        Observation::Described(_) | Observation::Unreadable => Ok(()),
        Observation::Lost(error) => {
            output.complain(&error.to_string());
            output.print(&line(false, Shown::Lost { error: error.code(), detail: error.to_string() }), "")
        }
        Observation::Polled(call) => {
            let words = call.as_ref().map_or_else(|| "no call".to_owned(), call_words);
            output.print(&line(true, Shown::Current { call: call.as_ref() }), &words)
        }
        Observation::Pushed(Event::Snapshot(snapshot)) => {
            let mut words =
                presence_words(&snapshot.exten, snapshot.presence, snapshot.detail, snapshot.reason.as_deref());
            if snapshot.calls.is_empty() {
                words.push_str(", no call");
            }
            for call in &snapshot.calls {
                words.push('\n');
                words.push_str(&event_words(call));
            }
            output.print(&line(true, Shown::Snapshot(snapshot)), &words)
        }
        Observation::Pushed(Event::Call(call)) => output.print(&line(true, Shown::Call(call)), &event_words(call)),
        Observation::Pushed(Event::Presence(presence)) => {
            let PresenceEvent { exten, presence: value, reason, detail } = presence;
            let words = presence_words(exten, *value, *detail, reason.as_deref());
            output.print(&line(true, Shown::Presence(presence)), &words)
        }
        Observation::Pushed(Event::Team(team)) => {
            let words: Vec<String> = team.members.iter().map(member_words).collect();
            output.print(&line(true, Shown::Team(team)), &words.join("\n"))
        }
        Observation::Pushed(Event::Member(member)) => {
            output.print(&line(true, Shown::Member(member)), &member_words(member))
        }
        Observation::Pushed(Event::Queues(queues)) => {
            output.print(&line(true, Shown::Queues(queues)), &queues_words(queues))
        }
    }
}

fn presence_words(exten: &str, presence: Presence, detail: Option<Detail>, reason: Option<&str>) -> String {
    let word = match (presence, detail) {
        (Presence::Idle, Some(Detail::PartlyPaused)) => "idle, paused in some queues",
        (Presence::Idle, _) => "idle",
        (Presence::Busy, Some(Detail::Paused)) => "busy, paused in all queues",
        (Presence::Busy, _) => "busy",
    };
    let reason = reason.map(|reason| format!(" ({reason})")).unwrap_or_default();
    format!("{exten} {word}{reason}")
}

/// A line for each queue.
pub(crate) fn queues_words(queues: &Queues) -> String {
    let line = |queue: &uncall_contract::event::Queue| {
        let state = if queue.paused { "paused" } else { "takes calls" };
        let reason = queue.reason.as_ref().map(|reason| format!(" ({reason})")).unwrap_or_default();
        let since = queue.waiting_since.map(|since| format!(", the longest since {since}")).unwrap_or_default();
        format!("{}: {state}{reason}, {} waiting{since}", queue.name, queue.waiting)
    };
    if queues.queues.is_empty() {
        return format!("{} is in no queue", queues.exten);
    }
    queues.queues.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn member_words(member: &Member) -> String {
    let state = match member.state {
        MemberState::Unavailable => "unavailable",
        MemberState::Free => "free",
        MemberState::Ringing => "ringing",
        MemberState::Talking => "talking",
        MemberState::Held => "held",
        MemberState::Transferring => "transferring",
    };
    format!(
        "{} {}, {state}",
        member.since,
        presence_words(&member.exten, member.presence, member.detail, member.reason.as_deref())
    )
}

fn event_words(event: &CallEvent) -> String {
    let CallEvent { uid, calla, callb, status, state, since, channel, reason, was, sip: _ } = event;
    let state = match state {
        CallState::Ringing => "ringing",
        CallState::Talking => "talking",
        CallState::Held => "held",
        CallState::Transferring => "transferring",
        CallState::Ended => "ended",
    };
    let mut words = format!("{since} {state} {} {calla} -> {callb}, uid {uid}", status.as_str());
    if let Some(channel) = channel {
        words.push_str(&format!(", channel {channel}"));
    }
    if let Some(was) = was {
        words.push_str(&format!(", until now {was}"));
    }
    if let Some(reason) = reason {
        words.push_str(match reason {
            EndReason::Hangup => ", hung up",
            EndReason::Transferred => ", transferred",
            EndReason::AnsweredElsewhere => ", answered elsewhere",
            EndReason::NoAnswer => ", no answer",
        });
    }
    words
}

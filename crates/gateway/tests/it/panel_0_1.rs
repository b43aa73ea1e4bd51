//! A panel of version 0.1, as far as its push stream goes: how it cut the stream into events, what it took for an event, and what
//! its desk made of a team. A copy, so that it stays what those panels do, whatever becomes of ours.

use std::collections::BTreeMap;

use serde::Deserialize;

/// Bytes of a line and of an event's data; more ends the stream for good, and the panel polls.
const MOST: usize = 64 * 1024;

/// What it knows of the supervisor's team, by extension.
#[derive(Debug, Default)]
pub(crate) struct Panel {
    pub(crate) team: Option<BTreeMap<String, Member>>,
    line: Vec<u8>,
    name: String,
    data: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Member {
    pub(crate) exten: String,
    pub(crate) presence: Presence,
    pub(crate) state: MemberState,
    pub(crate) since: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Presence {
    Idle,
    Busy,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum MemberState {
    Unavailable,
    Free,
    Ringing,
    Talking,
    Held,
    Transferring,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CallState {
    Ringing,
    Talking,
    Held,
    Transferring,
    Ended,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum EndReason {
    Hangup,
    Transferred,
    AnsweredElsewhere,
    NoAnswer,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Callin,
    Callout,
}

#[derive(Debug, Deserialize)]
#[expect(dead_code, reason = "that it can be read is what counts")]
struct Call {
    uid: String,
    calla: String,
    callb: String,
    status: Status,
    state: CallState,
    since: String,
    channel: Option<String>,
    reason: Option<EndReason>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "that it can be read is what counts")]
struct Snapshot {
    exten: String,
    presence: Presence,
    calls: Vec<Call>,
}

#[derive(Deserialize)]
#[expect(dead_code, reason = "that it can be read is what counts")]
struct Presented {
    exten: String,
    presence: Presence,
}

#[derive(Deserialize)]
struct Team {
    members: Vec<Member>,
}

impl Panel {
    /// Reads the next piece of the stream. An error is the end of push for this panel.
    pub(crate) fn feed(&mut self, piece: &[u8]) -> Result<(), String> {
        for &byte in piece {
            if byte == b'\n' {
                self.end_line()?;
            } else if self.line.len() < MOST {
                self.line.push(byte);
            } else {
                return Err(format!("an event of the stream is larger than {MOST} bytes"));
            }
        }
        Ok(())
    }

    fn end_line(&mut self) -> Result<(), String> {
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
        if line.is_empty() {
            let (name, data) = (std::mem::take(&mut self.name), std::mem::take(&mut self.data));
            return if data.is_empty() { Ok(()) } else { self.event(&name, &data) };
        }
        let (field, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" if self.data.len() + value.len() >= MOST => {
                return Err(format!("an event of the stream is larger than {MOST} bytes"));
            }
            "data" => self.data.push_str(value),
            _ => {}
        }
        Ok(())
    }

    fn event(&mut self, name: &str, data: &str) -> Result<(), String> {
        let broken = |error: serde_json::Error| format!("{name} {data}: {error}");
        match name {
            "snapshot" => {
                serde_json::from_str::<Snapshot>(data).map_err(broken)?;
                self.team = None;
            }
            "call" => drop(serde_json::from_str::<Call>(data).map_err(broken)?),
            "presence" => drop(serde_json::from_str::<Presented>(data).map_err(broken)?),
            "team" => {
                let team: Team = serde_json::from_str(data).map_err(broken)?;
                self.team = Some(team.members.into_iter().map(|member| (member.exten.clone(), member)).collect());
            }
            "member" => {
                let member: Member = serde_json::from_str(data).map_err(broken)?;
                if let Some(team) = &mut self.team {
                    team.insert(member.exten.clone(), member);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

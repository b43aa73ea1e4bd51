//! A recorded trace as a template: numbers, names of channels and unique ids are placeholders, so that it can make any number of
//! calls.

use std::collections::HashMap;
use std::fmt::Write as _;

use anyhow::{Context, Result, ensure};

/// Unique ids (and so channels) that a call of any trace has at most.
pub const NUMBERS: u64 = 8;
/// The second in which all calls begin, as unique ids say it.
const BEGAN: u64 = 1_800_000_000;

/// A trace. Each section has the events after one human action, or one action of the gateway.
#[derive(Debug)]
pub struct Form {
    /// The sections, each sent at once.
    pub sections: Vec<Vec<Event>>,
    /// Agents who take part: 801 is the first, 802 the second.
    pub agents: usize,
}

/// An event with gaps.
#[derive(Debug)]
pub struct Event(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Text(String),
    Agent(usize),
    Customer,
    /// The number behind the dot of a unique id.
    Unique(u64),
    /// The number in a channel's name.
    Channel(u64),
    Bridge(u64),
}

/// The values for the placeholders.
#[derive(Debug, Clone)]
pub struct Filling {
    /// The extensions.
    pub agents: Vec<String>,
    /// The first of [`NUMBERS`] numbers that no other call has.
    pub first: u64,
}

impl Filling {
    /// The call's uid.
    pub fn uid(&self) -> String {
        format!("{BEGAN}.{}", self.first)
    }
}

impl Form {
    /// Reads a trace as it was recorded.
    pub fn read(text: &str) -> Result<Form> {
        let mut reader = Reader::default();
        let mut sections: Vec<Vec<Event>> = Vec::new();
        let mut begins = true;
        for part in text.split("\n\n") {
            // A remark, or something that the gateway sent.
            begins |= part.lines().any(|line| line.starts_with(['#', '>']));
            let received: Vec<&str> = part.lines().filter_map(|line| line.strip_prefix("< ")).collect();
            if !is_event(&received) {
                continue;
            }
            if std::mem::take(&mut begins) {
                sections.push(Vec::new());
            }
            sections.last_mut().context("no section")?.push(reader.event(&received));
        }
        ensure!(!sections.is_empty() && reader.agents > 0, "a trace without a call");
        Ok(Form { sections, agents: reader.agents })
    }
}

impl Event {
    /// The event as the PBX writes it.
    pub fn write(&self, filling: &Filling, out: &mut String) -> Result<()> {
        for part in &self.0 {
            match part {
                Part::Text(text) => out.push_str(text),
                Part::Agent(agent) => out.push_str(filling.agents.get(*agent).context("too few agents")?),
                Part::Customer => write!(out, "13{:09}", filling.first % 1_000_000_000)?,
                Part::Unique(number) => write!(out, "{BEGAN}.{}", filling.first + number)?,
                Part::Channel(number) | Part::Bridge(number) => write!(out, "{:08x}", filling.first + number)?,
            }
        }
        Ok(())
    }
}

/// Whether this is an event outside a list, rather than an answer or an item.
fn is_event(lines: &[&str]) -> bool {
    let event = lines.iter().find_map(|line| line.strip_prefix("Event: "));
    let own = matches!(event, Some("OriginateResponse" | "UserEvent"));
    event.is_some() && (own || !lines.iter().any(|line| line.starts_with("ActionID: ")))
}

#[derive(Default)]
struct Reader {
    agents: usize,
    bridges: HashMap<String, u64>,
}

impl Reader {
    fn event(&mut self, lines: &[&str]) -> Event {
        let mut parts = Vec::new();
        for line in lines {
            let mut rest = *line;
            while !rest.is_empty() {
                let word = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
                let (word, behind) = rest.split_at(word);
                rest = behind;
                match self.gap(word, line, &mut rest) {
                    Some(part) => parts.push(part),
                    None => text(&mut parts, word),
                }
                let between = rest.find(|c: char| c.is_ascii_alphanumeric()).unwrap_or(rest.len());
                let (between, behind) = rest.split_at(between);
                text(&mut parts, between);
                rest = behind;
            }
            text(&mut parts, "\r\n");
        }
        text(&mut parts, "\r\n");
        Event(parts)
    }

    /// The placeholder for this word of the line. For a unique id, takes the number after the dot off the rest.
    fn gap(&mut self, word: &str, line: &str, rest: &mut &str) -> Option<Part> {
        match word.len() {
            3 => {
                let agent = ["801", "802", "803"].iter().position(|agent| *agent == word)?;
                self.agents = self.agents.max(agent + 1);
                Some(Part::Agent(agent))
            }
            11 if word.starts_with("13") => Some(Part::Customer),
            10 if word.starts_with("1795") => {
                let number = rest.strip_prefix('.')?;
                let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
                let (number, behind) = number.split_at(end);
                *rest = behind;
                Some(Part::Unique(number.parse().ok()?))
            }
            8 if word.starts_with("0000000") => u64::from_str_radix(word, 16).ok().map(Part::Channel),
            8 if line.starts_with("BridgeUniqueid: ") => {
                let next = self.bridges.len() as u64;
                Some(Part::Bridge(*self.bridges.entry(word.to_owned()).or_insert(next)))
            }
            _ => None,
        }
    }
}

fn text(parts: &mut Vec<Part>, more: &str) {
    match parts.last_mut() {
        Some(Part::Text(text)) => text.push_str(more),
        _ => parts.push(Part::Text(more.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_calls_of_a_trace_have_nothing_in_common_but_its_shape() {
        let trace = "# 13632510278 calls 801\n\n< Event: Newchannel\n< Channel: PJSIP/801-00000001\n< CallerIDNum: \
                     13632510278\n< Uniqueid: 1795346420.1\n< Linkedid: 1795346420.0\n\n> Action: Bridge\n\n< Response: \
                     Success\n\n< Event: BridgeEnter\n< BridgeUniqueid: f3acee45-9e66-4fe1-a4af-e262cd0de240\n";
        let form = Form::read(trace).unwrap();
        assert_eq!((form.sections.len(), form.agents), (2, 1));
        let written = |first, agent: &str| {
            let filling = Filling { agents: vec![agent.to_owned()], first };
            let mut text = String::new();
            form.sections.iter().flatten().for_each(|event| event.write(&filling, &mut text).unwrap());
            text
        };
        assert_eq!(
            written(16, "8123"),
            "Event: Newchannel\r\nChannel: PJSIP/8123-00000011\r\nCallerIDNum: 13000000016\r\nUniqueid: \
             1800000000.17\r\nLinkedid: 1800000000.16\r\n\r\nEvent: BridgeEnter\r\nBridgeUniqueid: \
             00000010-9e66-4fe1-a4af-e262cd0de240\r\n\r\n"
        );
        assert!(!written(24, "8124").contains("f3acee45"));
    }
}

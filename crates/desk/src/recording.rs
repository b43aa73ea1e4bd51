//! What the desk was told, kept so that a report of a problem is a test case: [`replay`] tells a desk the same again.
//!
//! A recording has a line of JSON for each input, with its [`Moment`]. Telephone numbers have stand-ins in it, as long as they are and
//! the same wherever the number was, so that a desk tells callers apart as it did; extensions and uids are as they were.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};
use uncall_contract::{Extension, replaced};

use crate::effect::Effect;
use crate::hearing::Hearing;
use crate::input::Input;
use crate::line::Said;
use crate::moment::Moment;
use crate::state::{Desk, Options};

/// How many inputs are kept: with polls every 3 s the last 25 minutes, with a stream a working day.
pub const KEPT: usize = 500;

/// One line of a recording.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Line {
    now: Moment,
    told: Told,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Told {
    /// The desk began; or the recording, where earlier inputs are left out, of which the desk knew more than a new one.
    Began {
        extension: String,
        options: Options,
        left_out: u64,
        /// There is no server.
        #[serde(default)]
        alone: bool,
    },
    /// The agent chose something else.
    Options(Options),
    /// Something happened.
    Input(Input),
}

/// The last inputs of a desk, and how well it hears its server.
#[derive(Debug)]
pub struct Recording {
    extension: String,
    alone: bool,
    began: Moment,
    options: Options,
    left_out: u64,
    lines: VecDeque<Line>,
    hearing: Hearing,
    pace: u32,
}

impl Recording {
    /// A recording of a desk that begins now.
    pub fn new(extension: &Extension, options: Options, now: Moment) -> Recording {
        Recording {
            extension: extension.to_string(),
            alone: false,
            began: now,
            pace: options.poll_seconds,
            options,
            left_out: 0,
            lines: VecDeque::new(),
            hearing: Hearing::default(),
        }
    }

    /// The same of a desk without a server.
    #[must_use]
    pub fn alone(mut self) -> Recording {
        self.alone = true;
        self
    }

    /// The desk gets this input.
    pub fn input(&mut self, input: &Input, now: Moment) {
        // Once a second, and no reason for anything.
        if let Input::Line(Said::Sound { .. }) = input {
            return;
        }
        if let Input::Seen(seen) = input {
            self.hearing.heard(seen, now, self.pace);
        }
        self.keep(Line { now, told: Told::Input(input.clone()) });
    }

    /// The desk gets these options.
    pub fn options(&mut self, options: Options, now: Moment) {
        self.pace = options.poll_seconds;
        self.keep(Line { now, told: Told::Options(options) });
    }

    /// How well the desk hears its server.
    pub const fn hearing(&self) -> &Hearing {
        &self.hearing
    }

    fn keep(&mut self, line: Line) {
        if self.lines.len() >= KEPT
            && let Some(oldest) = self.lines.pop_front()
        {
            self.began = oldest.now;
            self.left_out = self.left_out.saturating_add(1);
            if let Told::Options(options) = oldest.told {
                self.options = options;
            }
        }
        self.lines.push_back(line);
    }

    /// A text with the stand-ins that the recording has.
    #[cfg(test)]
    pub(crate) fn with_stand_ins(&self, text: &str) -> String {
        let mut stand_ins = StandIns::default();
        for line in &self.lines {
            stand_ins.put_into(&mut serde_json::to_value(line).unwrap_or_default());
        }
        replaced(text, |number| stand_ins.of(number)).into_owned()
    }

    /// The recording as it is handed on.
    pub fn written(&self) -> String {
        let (extension, options, left_out) = (self.extension.clone(), self.options.clone(), self.left_out);
        let first = Line { now: self.began, told: Told::Began { extension, options, left_out, alone: self.alone } };
        let mut stand_ins = StandIns::default();
        let mut text = String::new();
        for line in std::iter::once(&first).chain(&self.lines) {
            // Every value of a line has a form in JSON.
            let Ok(mut value) = serde_json::to_value(line) else { continue };
            stand_ins.put_into(&mut value);
            text.push_str(&value.to_string());
            text.push('\n');
        }
        text
    }
}

/// What stands in for each number.
#[derive(Debug, Default)]
struct StandIns(HashMap<String, usize>);

/// So many digits at a number's end are replaced. What is before them (an operator, an area, a country) is nobody's own, and the
/// desk compares numbers without it.
const OWN_DIGITS: usize = 8;

impl StandIns {
    fn put_into(&mut self, value: &mut serde_json::Value) {
        if let Some(text) = value.as_str() {
            *value = replaced(text, |number| self.of(number)).into_owned().into();
        } else if let Some(list) = value.as_array_mut() {
            list.iter_mut().for_each(|value| self.put_into(value));
        } else if let Some(fields) = value.as_object_mut() {
            fields.values_mut().for_each(|value| self.put_into(value));
        }
    }

    /// The number with other digits at its end; the same for each way of writing it.
    fn of(&mut self, number: &str) -> String {
        let digits: Vec<char> = number.chars().filter(|c| c.is_numeric()).collect();
        let kept = digits.len().saturating_sub(OWN_DIGITS);
        let own: String = digits.iter().skip(kept).collect();
        let width = digits.len() - kept;
        let next = self.0.len() + 1;
        let index = *self.0.entry(own).or_insert(next);
        let mut others = format!("{index:0width$}").into_bytes().into_iter().map(char::from);
        let mut at = 0;
        let other = |c: char| {
            if !c.is_numeric() {
                return c;
            }
            at += 1;
            if at <= kept { c } else { others.next().unwrap_or('0') }
        };
        number.chars().map(other).collect()
    }
}

/// Why a recording cannot be played.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the recording: {reason}")]
pub struct Unplayable {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// What a desk was told at a moment, and what it wanted done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Played {
    /// When.
    pub now: Moment,
    /// What it was told, as the recording has it.
    pub told: String,
    /// What it wanted.
    pub effects: Vec<Effect>,
}

/// Tells a new desk what the recording's desk was told, at the same moments.
///
/// # Errors
/// [`Unplayable`], where a line is none of a recording's.
pub fn replay(recording: &str) -> Result<Vec<Played>, Unplayable> {
    let unplayable = |line: usize, reason: &str| Unplayable { line: line + 1, reason: reason.to_owned() };
    let (mut desk, mut played) = (None, Vec::new());
    for (at, text) in recording.lines().enumerate() {
        let Line { now, told } = serde_json::from_str(text).map_err(|error| unplayable(at, &error.to_string()))?;
        let effects = match (told, &mut desk) {
            (Told::Began { extension, options, left_out: _, alone }, None) => {
                let extension = Extension::parse(&extension).map_err(|error| unplayable(at, &error.to_string()))?;
                let new = if alone { Desk::alone } else { Desk::new };
                desk.insert(new(extension, options, now)).start(now)
            }
            (Told::Options(options), Some(desk)) => {
                desk.set_options(options);
                Vec::new()
            }
            (Told::Input(input), Some(desk)) => desk.handle(input, now),
            (Told::Began { .. }, Some(_)) => return Err(unplayable(at, "a recording begins once")),
            (Told::Options(_) | Told::Input(_), None) => {
                return Err(unplayable(at, "a recording says first how it began"));
            }
        };
        played.push(Played { now, told: text.to_owned(), effects });
    }
    Ok(played)
}

#[cfg(test)]
mod tests;

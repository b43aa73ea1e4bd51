//! Records the desk's inputs, so that a problem report is a test case: [`replay`] feeds the same inputs to a new desk.
//!
//! A recording has a line of JSON for each input, with its [`Moment`]. Telephone numbers are replaced by stand-ins of the same
//! length, the same one wherever a number occurs, so that a desk can still tell callers apart. Extensions and uids stay.

use std::collections::{HashMap, VecDeque};

use serde::{Deserialize, Serialize};
use uncall_contract::{Extension, replaced};

use crate::effect::Effect;
use crate::hearing::Hearing;
use crate::input::{Input, Intent};
use crate::line::Said;
use crate::moment::Moment;
use crate::state::{Desk, Options};

/// How many inputs are kept: the last 25 minutes with polls every 3 s, a working day with a stream.
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
    /// The start of the desk. If earlier inputs are left out, the start of the recording: the real desk then knew more than a new
    /// one.
    Began {
        extension: String,
        options: Options,
        left_out: u64,
        /// There is no server.
        #[serde(default)]
        alone: bool,
    },
    /// The options changed.
    Options(Options),
    /// An input.
    Input(Input),
}

/// The last inputs of a desk, and the quality of its connection.
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
    /// Starts the recording of a desk that starts now.
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

    /// Records an input.
    pub fn input(&mut self, input: &Input, now: Moment) {
        // Once a second, and no reason for anything.
        if let Input::Line(Said::Sound { .. }) = input {
            return;
        }
        if let Input::Seen(seen) = input {
            self.hearing.heard(seen, now, self.pace);
        }
        let mut input = input.clone();
        if let Input::Wanted(Intent::Dtmf { digits, .. }) = &mut input {
            *digits = "*".repeat(digits.chars().count());
        }
        self.keep(Line { now, told: Told::Input(input) });
    }

    /// Records a change of options.
    pub fn options(&mut self, options: Options, now: Moment) {
        self.pace = options.poll_seconds;
        self.keep(Line { now, told: Told::Options(options) });
    }

    /// The quality of the connection.
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

    /// Replaces the numbers in a text by the stand-ins of the recording.
    #[cfg(test)]
    pub(crate) fn with_stand_ins(&self, text: &str) -> String {
        let mut stand_ins = StandIns::default();
        for line in &self.lines {
            stand_ins.put_into(&mut serde_json::to_value(line).unwrap_or_default());
        }
        replaced(text, |number| stand_ins.of(number)).into_owned()
    }

    /// The recording as text, for a report.
    pub fn written(&self) -> String {
        let (extension, options, left_out) = (self.extension.clone(), self.options.clone(), self.left_out);
        let first = Line { now: self.began, told: Told::Began { extension, options, left_out, alone: self.alone } };
        let mut stand_ins = StandIns::default();
        let mut text = String::new();
        for line in std::iter::once(&first).chain(&self.lines) {
            // Cannot fail: every value of a line can be written as JSON.
            let Ok(mut value) = serde_json::to_value(line) else { continue };
            stand_ins.put_into(&mut value);
            text.push_str(&value.to_string());
            text.push('\n');
        }
        text
    }
}

/// The stand-ins of numbers.
#[derive(Debug, Default)]
struct StandIns(HashMap<String, usize>);

/// How many digits at the end of a number are replaced. Those before them (operator, area, country) identify nobody, and the desk
/// compares numbers without them.
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

    /// The number with its last digits replaced, in the same way for every spelling.
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

/// Why a recording cannot be replayed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the recording: {reason}")]
pub struct Unplayable {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// One step of a replay: an input and its effects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Played {
    /// When.
    pub now: Moment,
    /// The line of the recording.
    pub told: String,
    /// What the desk wanted done.
    pub effects: Vec<Effect>,
}

/// Feeds a recording to a new desk, with the recorded times.
///
/// # Errors
/// [`Unplayable`] for a line that is not part of a recording.
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

//! A process without a window, next to the panel: explains a number, or asks the running panel for something and exits with the
//! status of the command line `uncall`.

use std::{io::Write as _, path::Path, process::ExitCode};

use uncall_desk::{
    Moment,
    number::{Explanation, Part},
    settings as desk,
};

use crate::{
    args::Args,
    instance::{self, Answer, Ask},
    platform,
    settings::Sources,
    words::Words,
};

/// The status if no panel runs with these settings, or it does not answer.
const NO_PANEL: u8 = 3;
/// The status if the running panel is of a version that does not know the question.
const NOT_UNDERSTOOD: u8 = 4;
/// The status if it took the order but did not report the end.
const UNKNOWN: u8 = 5;

/// Why there is no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoAnswer {
    /// No panel runs with these settings in this session.
    NoPanel,
    /// The running panel does not know the question.
    Old,
    /// It did not answer.
    Lost,
}

/// Carries out arguments that need no window. `None` if they are for the panel itself.
pub(crate) fn run(args: &Args) -> Option<ExitCode> {
    let ask = match (&args.explain_number, &args.order, args.state) {
        (Some(typed), ..) => {
            platform::borrow_console();
            return Some(explain(args, typed).into());
        }
        (None, Some(order), _) => Ask::Do { order: order.clone(), token: platform::given_token() },
        (None, None, true) => Ask::State,
        (None, None, false) => return None,
    };
    platform::borrow_console();
    let config = args.config.clone();
    let asks = matches!(ask, Ask::Do { .. });
    let answer = tauri::async_runtime::block_on(instance::ask(config.as_deref(), ask));
    let words = || words(config.or_else(desk::default_path).as_deref());
    Some(ended(answer, asks, words).into())
}

fn words(config: Option<&Path>) -> Words {
    Words::new(Sources::read(config).settings().language)
}

/// Prints the outcome and returns the status.
fn ended(answer: Result<Answer, NoAnswer>, asks: bool, words: impl FnOnce() -> Words) -> u8 {
    match answer {
        Ok(Answer { state: Some(state), .. }) => {
            say(&state);
            0
        }
        Ok(Answer { status, code, detail, .. }) => {
            if status != 0 {
                complain(&problem(&words(), &code, &detail));
            }
            status
        }
        Err(NoAnswer::NoPanel) => {
            complain(words().get("second.no_panel"));
            NO_PANEL
        }
        Err(NoAnswer::Old) => {
            complain(words().get("second.old_panel"));
            NOT_UNDERSTOOD
        }
        Err(NoAnswer::Lost) => {
            complain(words().get(if asks { "problem.outcome_unknown" } else { "second.no_answer" }));
            if asks { UNKNOWN } else { NO_PANEL }
        }
    }
}

fn problem(words: &Words, code: &str, detail: &str) -> String {
    words.with(&format!("problem.{code}"), &[("detail", detail)])
}

/// Prints what would be dialled for a text, with the rules of settings and command line.
fn explain(args: &Args, typed: &str) -> u8 {
    let mut settings = Sources::read(args.config.clone().or_else(desk::default_path).as_deref()).settings();
    let words = Words::new(settings.language);
    let more = [(Part::Country, &args.country), (Part::Area, &args.area), (Part::OutsidePrefix, &args.outside_prefix)];
    for (part, text) in more {
        let Some(text) = text else { continue };
        if let Err(why) = settings.number.set(part, std::slice::from_ref(text)) {
            complain(&format!("--{} {why}", part.name().replace('_', "-")));
            return 2;
        }
    }
    let explained = settings.numbers().explain(typed, Moment::now().at);
    match explanation(&words, typed, &explained) {
        Ok(line) => {
            say(&line);
            0
        }
        Err(why) => {
            complain(&why);
            1
        }
    }
}

/// `(010) 6552-1234 → 965521234 · own area, outside line`, or why it would not be dialled.
fn explanation(words: &Words, typed: &str, explained: &Explanation) -> Result<String, String> {
    if let Some(fault) = &explained.problem {
        let which = if explained.choices.is_empty() { String::new() } else { format!(" {}", fault.detail) };
        return Err(problem(words, &fault.code, &fault.detail) + &which);
    }
    let Some(dialled) = &explained.dialled else { return Err(problem(words, "number_empty", "")) };
    let number = match &explained.then {
        Some(then) => words.with("dial.choice_then", &[("number", dialled), ("then", then)]),
        None => dialled.clone(),
    };
    let steps = explained.steps.iter().map(|step| words.get(&format!("step.{}", step.name())).to_owned());
    let ask = explained.ask.iter().map(|_| words.get("step.ask").to_owned());
    let steps: Vec<String> = steps.chain(ask).collect();
    let mut said = format!("{typed} → {number}");
    if !steps.is_empty() {
        said = words.with("dial.steps", &[("said", &said), ("steps", &steps.join(words.get("step.and")))]);
    }
    if let Some(left_out) = &explained.left_out {
        said = words.with("dial.left_out", &[("said", &said), ("words", left_out)]);
    }
    Ok(said)
}

/// Prints a line. It is not an error if the reader is gone.
fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{}", printable(line));
}

fn complain(reason: &str) {
    let _ = writeln!(std::io::stderr().lock(), "uncall-panel: {}", printable(reason));
}

/// Removes control characters: text from a server or a caller must not control the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use uncall_desk::{
        number::{Numbers, Rules},
        settings::Language,
    };

    use super::*;

    #[test]
    fn a_number_is_explained_in_the_agents_language() {
        let mut rules = Rules::default();
        for (part, text) in [
            (Part::Country, "86"),
            (Part::Area, "010"),
            (Part::OutsidePrefix, "9"),
            (Part::Block, "00"),
            (Part::Ask, "400"),
        ] {
            rules.set(part, &[text.to_owned()]).unwrap();
        }
        let numbers = Numbers::new(rules, jiff::tz::TimeZone::UTC);
        for (typed, english, chinese) in [
            (
                "(010) 6552-1234",
                Ok("(010) 6552-1234 → 965521234 · own area, outside line"),
                Ok("(010) 6552-1234 → 965521234 · 本地区号、外线"),
            ),
            (
                "400-123-4567",
                Ok("400-123-4567 → 94001234567 · outside line, asks first"),
                Ok("400-123-4567 → 94001234567 · 外线、需确认"),
            ),
            (
                "802 转 9",
                Ok("802 转 9 → 802, then 9 (not sent) · internal"),
                Ok("802 转 9 → 802，接通后拨 9（不会自动发送） · 内线"),
            ),
            (
                "+44 20 7946 0018",
                Err("Numbers that begin with 00 are blocked here: ask your administrator"),
                Err("这里不允许拨打 00 开头的号码：请联系管理员"),
            ),
            ("802/803", Err("Which number? 802 / 803"), Err("是哪一个号码？ 802 / 803")),
            ("", Err("There is no digit in it: enter a number"), Err("没有数字：请填写号码")),
        ] {
            let explained = numbers.explain(typed, Moment::now().at);
            for (language, said) in [(Language::English, english), (Language::Chinese, chinese)] {
                let words = Words::new(Some(language));
                assert_eq!(explanation(&words, typed, &explained).as_deref().map_err(String::as_str), said, "{typed}");
            }
        }
    }

    #[test]
    fn each_end_has_its_status_and_its_words() {
        let words = || Words::new(Some(Language::English));
        let answer = |status, code: &str| Ok(Answer { status, code: code.into(), ..Answer::default() });
        for (answer, status) in [
            (answer(0, ""), 0),
            (answer(1, "not_now"), 1),
            (answer(5, "outcome_unknown"), 5),
            (Err(NoAnswer::NoPanel), 3),
            (Err(NoAnswer::Old), 4),
            (Err(NoAnswer::Lost), 5),
        ] {
            assert_eq!(ended(answer, true, words), status);
        }
        assert_eq!(ended(Err(NoAnswer::Lost), false, words), 3, "a question changes nothing");
        for key in ["second.no_panel", "second.old_panel", "second.no_answer"] {
            assert_ne!(words().get(key), key);
        }
    }
}

//! The times at which external numbers may be dialled.

use super::NoRule;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const TAKES: NoRule = NoRule("takes times like \"mon-fri 09:00-18:00\", \"sat 10:00-16:00\" or \"09:00-21:00\"");
/// Minutes in a day.
const DAY: u16 = 24 * 60;

/// A time of the week at the place that calls are made from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LocalTime {
    /// The day, 0 for Monday to 6 for Sunday.
    pub day: usize,
    /// Minutes since midnight, 0 to 1439.
    pub minute: u16,
}

impl LocalTime {
    /// Reads `sat 17:05`.
    ///
    /// # Errors
    /// The text is not such a time.
    pub fn parse(text: &str) -> Result<LocalTime, NoRule> {
        let time = || {
            let (day, time) = text.trim().split_once(' ')?;
            Some(LocalTime { day: weekday(day)?, minute: clock(time).filter(|minute| *minute < DAY)? })
        };
        time().ok_or(NoRule("takes a time like \"sat 17:05\""))
    }
}

/// A span of minutes on some days of the week. If the end is not after the start, it is on the next day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hours {
    days: [bool; 7],
    from: u16,
    /// Exclusive.
    to: u16,
}

impl Hours {
    /// Reads `mon-fri 09:00-18:00`. Without days it applies to every day. The end may be `24:00`.
    ///
    /// # Errors
    /// The text is not of this form.
    pub fn parse(text: &str) -> Result<Hours, NoRule> {
        let text = text.trim().to_ascii_lowercase();
        let (days, times) = text.rsplit_once(' ').unwrap_or(("", &text));
        let days = if days.trim().is_empty() { Some([true; 7]) } else { days_of(days) };
        let times =
            times.split_once('-').and_then(|(from, to)| Some((clock(from).filter(|from| *from < DAY)?, clock(to)?)));
        match (days, times) {
            (Some(days), Some((from, to))) if from != to => Ok(Hours { days, from, to }),
            _ => Err(TAKES),
        }
    }

    /// Whether a time is within these hours.
    pub(super) fn has(self, at: LocalTime) -> bool {
        let on = |day: usize| self.days.get(day % 7).copied().unwrap_or(false);
        if self.from < self.to {
            return on(at.day) && (self.from..self.to).contains(&at.minute);
        }
        (on(at.day) && at.minute >= self.from) || (on(at.day + 6) && at.minute < self.to)
    }
}

/// `mon-fri`, `sat`, `mon,wed,fri`.
fn days_of(text: &str) -> Option<[bool; 7]> {
    let mut days = [false; 7];
    for part in text.split(',') {
        let (first, last) = part.trim().split_once('-').unwrap_or((part, part));
        let (first, last) = (weekday(first)?, weekday(last)?);
        // `sat-mon` wraps around the end of the week.
        let length = (last + 7 - first) % 7;
        for day in first..=first + length {
            *days.get_mut(day % 7)? = true;
        }
    }
    Some(days)
}

fn weekday(name: &str) -> Option<usize> {
    let name = name.trim();
    DAYS.iter().position(|day| day.eq_ignore_ascii_case(name))
}

/// Minutes since midnight for `9:05`, up to `24:00`.
fn clock(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let number = |text: &str, lengths: &[usize]| {
        let plain = lengths.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse::<u16>().ok().filter(|_| plain)
    };
    let (hour, minute) = (number(hour, &[1, 2])?, number(minute, &[2])?);
    let all = hour * 60 + minute;
    (minute < 60 && all <= DAY).then_some(all)
}

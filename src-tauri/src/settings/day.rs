//! The settings of the working day, as the page shows and sends them.

use serde::{Deserialize, Serialize};
use uncall_contract::Direction;
use uncall_desk::{
    settings::{self, Settings},
    state::{BUSY_WHEN_IDLE_MINUTES_MAX, Required, WRAP_UP_SECONDS_MAX, WrapUpRule},
};

/// What concerns the working day.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Day {
    busy_reasons: Vec<String>,
    busy_when_locked: bool,
    /// 0 is never.
    busy_when_idle_minutes: u32,
    wrap_up_seconds: u32,
    /// `all`, `callin` or `callout`.
    wrap_up_after: String,
    hold_alert_seconds: u32,
    dispositions: Vec<String>,
    dispositions_required: Required,
    link_countdown: bool,
    journal_days: u32,
}

impl Day {
    pub(super) fn of(settings: &Settings) -> Day {
        Day {
            busy_reasons: settings.busy_reasons.clone(),
            busy_when_locked: settings.busy_when_locked,
            busy_when_idle_minutes: settings.busy_when_idle_minutes,
            wrap_up_seconds: settings.wrap_up.seconds,
            wrap_up_after: settings.wrap_up.after.map_or("all", Direction::as_str).to_owned(),
            hold_alert_seconds: settings.hold_alert_seconds,
            dispositions: settings.dispositions.clone(),
            dispositions_required: settings.dispositions_required,
            link_countdown: settings.link_countdown,
            journal_days: settings.journal_days,
        }
    }

    /// What a setting does not take leaves it as it was.
    pub(super) fn over(self, before: &mut Settings) {
        let after = match self.wrap_up_after.as_str() {
            "callin" => Some(Direction::Callin),
            "callout" => Some(Direction::Callout),
            _ => None,
        };
        before.busy_reasons = settings::short_texts(self.busy_reasons, settings::REASONS);
        before.dispositions = settings::short_texts(self.dispositions, settings::DISPOSITIONS);
        before.busy_when_locked = self.busy_when_locked;
        before.busy_when_idle_minutes = self.busy_when_idle_minutes.min(BUSY_WHEN_IDLE_MINUTES_MAX);
        before.dispositions_required = self.dispositions_required;
        before.link_countdown = self.link_countdown;
        before.wrap_up = WrapUpRule { seconds: self.wrap_up_seconds.min(WRAP_UP_SECONDS_MAX), after };
        before.hold_alert_seconds = self.hold_alert_seconds.min(settings::HOLD_ALERT_SECONDS_MAX);
        before.journal_days = self.journal_days.min(settings::JOURNAL_DAYS_MAX);
    }
}

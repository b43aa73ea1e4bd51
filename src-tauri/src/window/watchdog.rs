//! Checks that the pop-up's page is alive. The page reports each call it has painted; if it does not, it is recreated, once per
//! call.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use tokio::time::Instant;

/// How long a page may take to paint a call.
const PAINTED_WITHIN: Duration = Duration::from_secs(2);
/// How long a new page may take. It has to be loaded first, which takes a third of a second, or many seconds on a machine that
/// has just started. If its process dies in the meantime, that is reported separately.
const LOADED_WITHIN: Duration = Duration::from_secs(10);

/// The calls that are shown but not painted yet.
#[derive(Debug, Default)]
pub(crate) struct Watchdog {
    due: HashMap<String, Instant>,
    known: HashSet<String>,
    /// Calls painted before they were reported as shown, with times: the page gets the snapshot a moment before the window gets
    /// its calls.
    early: HashMap<String, Instant>,
}

impl Watchdog {
    /// Takes the calls that are now in the pop-up. `proven`: its page has painted before; otherwise it is new.
    pub(crate) fn shown(&mut self, uids: &[String], proven: bool, now: Instant) {
        self.due.retain(|uid, _| uids.contains(uid));
        self.known.retain(|uid| uids.contains(uid));
        for uid in uids {
            if self.known.insert(uid.clone()) && !self.is_early(uid, now) {
                self.due.insert(uid.clone(), now + if proven { PAINTED_WITHIN } else { LOADED_WITHIN });
            }
        }
    }

    /// The page has painted this call.
    pub(crate) fn painted(&mut self, uid: &str, now: Instant) {
        self.due.remove(uid);
        self.early.retain(|_, at| is_recent(*at, now));
        self.early.insert(uid.to_owned(), now);
    }

    /// Whether the page has painted this call just now.
    pub(crate) fn is_early(&self, uid: &str, now: Instant) -> bool {
        self.early.get(uid).is_some_and(|at| is_recent(*at, now))
    }

    /// When to look.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due.values().min().copied()
    }

    /// Whether to recreate the page. Not while it cannot be seen, because a page does not paint in an unmapped window or behind a
    /// locked screen; that is checked again later.
    pub(crate) fn bites(&mut self, now: Instant, visible: bool) -> bool {
        let late: Vec<String> = self.due.iter().filter(|(_, due)| **due <= now).map(|(uid, _)| uid.clone()).collect();
        if late.is_empty() {
            return false;
        }
        if visible {
            // Do not wait for the new page: if it failed as well, a third would follow.
            self.due.clear();
            return true;
        }
        self.due.extend(late.into_iter().map(|uid| (uid, now + PAINTED_WITHIN)));
        false
    }
}

fn is_recent(at: Instant, now: Instant) -> bool {
    now.duration_since(at) < PAINTED_WITHIN
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Watchdog;

    fn calls(uids: &[&str]) -> Vec<String> {
        uids.iter().map(|uid| (*uid).to_owned()).collect()
    }

    #[test]
    fn a_page_that_paints_is_left_alone() {
        let (mut dog, start) = (Watchdog::default(), Instant::now());
        dog.shown(&calls(&["1"]), true, start);
        dog.painted("1", start);
        assert_eq!(dog.due(), None);
        assert!(!dog.bites(start + Duration::from_secs(60), true));
    }

    #[test]
    fn one_that_paints_a_moment_before_its_call_is_said_to_be_shown_is_left_alone() {
        let (mut dog, start) = (Watchdog::default(), Instant::now());
        dog.shown(&calls(&["1"]), true, start);
        dog.painted("1", start);
        dog.painted("2", start + Duration::from_millis(10));
        dog.shown(&calls(&["1"]), true, start + Duration::from_millis(10));
        dog.shown(&calls(&["2", "1"]), true, start + Duration::from_millis(50));
        assert!(dog.due().is_none() && !dog.bites(start + Duration::from_secs(60), true));
        // An old report does not count for a call that is offered anew.
        dog.shown(&[], true, start + Duration::from_secs(60));
        dog.shown(&calls(&["2"]), true, start + Duration::from_secs(70));
        assert!(dog.bites(start + Duration::from_secs(72), true));
    }

    #[test]
    fn one_that_does_not_is_built_anew_once_for_each_call() {
        let (mut dog, start) = (Watchdog::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        dog.shown(&calls(&["1"]), true, start);
        assert_eq!(dog.due(), Some(at(2)));
        assert!(!dog.bites(at(1), true));
        assert!(dog.bites(at(2), true));
        dog.shown(&calls(&["1"]), true, at(3));
        assert!(!dog.bites(at(60), true), "once for this call");
        dog.shown(&calls(&["2", "1"]), true, at(60));
        assert!(dog.bites(at(62), true), "and once for the next");
        dog.shown(&[], true, at(63));
        dog.shown(&calls(&["1"]), true, at(70));
        assert!(dog.bites(at(72), true), "offered again");
    }

    #[test]
    fn nothing_is_missed_while_nobody_can_see_the_window() {
        let (mut dog, start) = (Watchdog::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        dog.shown(&calls(&["1"]), true, start);
        assert!(!dog.bites(at(2), false));
        assert_eq!(dog.due(), Some(at(4)));
        assert!(dog.bites(at(4), true));
    }

    #[test]
    fn a_new_page_has_more_time() {
        let (mut dog, start) = (Watchdog::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        dog.shown(&calls(&["1"]), false, start);
        assert!(!dog.bites(at(9), true));
        assert!(dog.bites(at(10), true));
    }

    #[test]
    fn a_call_that_has_gone_is_not_waited_for() {
        let (mut dog, start) = (Watchdog::default(), Instant::now());
        dog.shown(&calls(&["1"]), true, start);
        dog.shown(&[], true, start);
        assert_eq!(dog.due(), None);
        assert!(!dog.bites(start + Duration::from_secs(2), true));
    }
}

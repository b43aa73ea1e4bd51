//! What a webhook's receiver has answered.

use jiff::{SignedDuration, Timestamp};
use tauri::{AppHandle, Manager};
use uncall_desk::names::Who;
use uncall_screenpop::{Action, Answer, Parcel};

use super::{ScreenPop, browse, complain};
use crate::{contacts::Contacts, journal, panel::Panel};

/// An answer that comes later opens nothing: the agent is elsewhere by then.
const FRESH: SignedDuration = SignedDuration::from_secs(30);

/// Does what the answer asks for.
pub(super) fn heed(app: &AppHandle, parcel: &Parcel, body: &[u8]) {
    let settings = app.state::<Panel>().settings();
    let rule = settings.screen_pop.iter().find(|rule| rule.name == parcel.rule);
    let Some((rule, Action::Post(post))) = rule.map(|rule| (rule, &rule.action)) else { return };
    let Answer { open, name, company, dispositions } = Answer::read(body, post, &settings.screen_pop_schemes);
    let is_fresh = Timestamp::now().duration_since(parcel.at) <= FRESH;
    match open.filter(|_| is_fresh) {
        Some(Ok(url)) => browse(app, rule, url),
        Some(Err(misfit)) => complain(app, rule, misfit.code(), &misfit.to_string()),
        None => {}
    }
    if let Some(name) = name {
        app.state::<Contacts>().told(&parcel.facts.other, Who { name, company: company.unwrap_or_default() });
    }
    if !dispositions.is_empty() {
        app.state::<ScreenPop>().name_dispositions(&parcel.facts.uid, dispositions);
        // The windows show the new list.
        journal::heed(app);
    }
}

//! Registration.

use std::{
    sync::{Arc, PoisonError},
    time::Duration,
};

use rsipstack::{
    dialog::registration::Registration,
    sip::{HeadersExt as _, Response, StatusCodeKind, typed},
};
use tokio::time::timeout;

use super::Sip;
use crate::{Trouble, TroubleKind};

/// The time limit for a response. Over UDP it allows four transmissions.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often a server may demand a longer registration time.
const MOST_TOO_BRIEF: u32 = 2;

/// The registration of a line.
pub(crate) struct Registering {
    sip: Arc<Sip>,
    registration: Registration,
}

impl Registering {
    pub(crate) fn new(sip: Arc<Sip>) -> Registering {
        let credential = Some(sip.account.credential.clone());
        let mut registration = Registration::new(Arc::clone(&sip.endpoint), credential);
        registration.outbound_proxy = Some(sip.registrar);
        registration.allow = Some(super::ALLOW.into());
        Registering { sip, registration }
    }

    /// Registers for the given seconds, or unregisters with 0. Returns the time that the server grants.
    pub(crate) async fn attempt(&mut self, mut seconds: u32) -> Result<Duration, Trouble> {
        self.sip.connect().await?;
        for _ in 0..=MOST_TOO_BRIEF {
            let uri = self.sip.contact();
            self.registration.contact = Some(typed::Contact { display_name: None, uri, params: Vec::new() });
            let server = self.sip.account.at_registrar(None);
            let asked = timeout(PATIENCE, self.registration.register(server, Some(seconds))).await;
            let silent = |error: &dyn std::fmt::Display| {
                // A connection may be dead without a word, for example behind an address translator that has forgotten it.
                self.sip.disconnect();
                Trouble::new(TroubleKind::Unreachable, error)
            };
            let response = asked.map_err(|error| silent(&error))?.map_err(|error| silent(&error))?;
            if response.status_code.kind() == StatusCodeKind::Successful {
                *self.sip.routes.lock().unwrap_or_else(PoisonError::into_inner) =
                    self.registration.preloaded_route_set();
                self.sip.seen_at(self.registration.discovered_public_address());
                return Ok(Duration::from_secs(self.registration.expires().into()));
            }
            match too_brief(&response) {
                Some(least) if seconds != 0 => seconds = least,
                _ => return Err(refusal(&response)),
            }
        }
        Err(Trouble::new(TroubleKind::Refused, "the server wants ever longer registrations"))
    }
}

/// The minimum time of a 423 response.
fn too_brief(response: &Response) -> Option<u32> {
    let least = response.min_expires_header()?.value().trim().parse().ok()?;
    (u16::from(response.status_code.clone()) == 423).then_some(least)
}

fn refusal(response: &Response) -> Trouble {
    let code = u16::from(response.status_code.clone());
    let kind = match code {
        401 | 403 | 407 => TroubleKind::WrongSecret,
        404 | 410 | 604 => TroubleKind::UnknownUser,
        // The stack makes 408 and 503 itself if nothing was received or sent.
        408 | 503 | 504 => TroubleKind::Unreachable,
        _ => TroubleKind::Refused,
    };
    Trouble::new(kind, format!("{code} {}", response.reason_phrase().unwrap_or_default()))
}

//! Who logs in to the PBX.

use uncall_files::Secret;

use crate::action::{Action, Unfit};
use crate::options::Options;

/// Who logs in, and for the log, where.
#[derive(Debug, Clone)]
pub(super) struct Login {
    pub(super) address: String,
    pub(super) user: String,
    pub(super) secret: Secret,
}

impl Login {
    pub(super) fn of(options: &Options) -> Login {
        Login { address: options.address.clone(), user: options.user.clone(), secret: options.secret.clone() }
    }

    pub(super) fn action(&self) -> Result<Action, Unfit> {
        Action::new("Login").with("Username", &self.user)?.with("Secret", self.secret.expose())?.with("Events", "on")
    }
}

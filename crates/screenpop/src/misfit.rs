//! Why a rule that fires does nothing.

/// The longest filled-in address, in bytes: what Windows hands to a browser.
pub const LONGEST_ADDRESS: usize = 2048;

/// Why nothing comes of a rule for this call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Filled in, the address would be another one: another host, another path, further parameters.
    #[error("with this call's values the address would lead elsewhere")]
    Elsewhere,
    /// The address is too long even with its values cut short.
    #[error("with this call's values the address is longer than {} bytes", LONGEST_ADDRESS)]
    TooLong,
    /// Its scheme is not allowed.
    #[error("addresses with {0}: are not allowed; a policy can allow them with screen_pop_schemes")]
    Scheme(String),
    /// The host is not on the list of those that an answer may name.
    #[error("{0} is not among the rule's answer_hosts")]
    Host(String),
    /// It is no address.
    #[error("it is not an address")]
    NoAddress,
    /// The program may not be started on this system.
    #[error("this system starts programs that end in .exe only")]
    NotExe,
}

impl Misfit {
    /// The code under which `ui/locales` has a sentence for it.
    pub const fn code(&self) -> &'static str {
        match self {
            Misfit::Elsewhere => "pop_elsewhere",
            Misfit::TooLong => "pop_too_long",
            Misfit::Scheme(_) => "pop_scheme",
            Misfit::Host(_) => "pop_host",
            Misfit::NoAddress => "pop_no_address",
            Misfit::NotExe => "pop_not_exe",
        }
    }
}

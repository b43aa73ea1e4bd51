//! Links that other programs hand over: `tel:+8613421829060`, `callto:`, `sip:number@host`, `uncall:number`. Whatever wrote
//! one is a stranger.

use percent_encoding::percent_decode_str;

use crate::{Number, Problem, Rule, characters, list};

const SCHEMES: [&str; 5] = ["tel", "callto", "sip", "sips", "uncall"];
/// Longer than any link with a number: 40 digits, each escaped, and parameters.
const LONGEST: usize = 1024;

/// Whether this is a link of a kind that is understood, usable or not.
pub fn is_link(text: &str) -> bool {
    split(text).is_some()
}

/// The number that a link names. Parameters and headers (RFC 3966, RFC 3261) but for an extension part, a SIP address's
/// password and host are dropped; percent escapes are read once.
///
/// # Errors
/// As [`crate::normalise`], and for what is no such link.
pub fn link(link: &str) -> Result<Number, Problem> {
    if link.len() > LONGEST {
        return Err(Problem::TooLong);
    }
    address(link).map_err(|problem| problem.written_in(link)).map(|number| number.did(Rule::Link))
}

/// The number of a link whose length is bounded.
pub(crate) fn address(link: &str) -> Result<Number, Problem> {
    let (scheme, rest) = split(link).ok_or(Problem::Scheme)?;
    let rest = rest.trim_start_matches('/');
    let (address, parameters) = rest.split_at_checked(parameters(rest)).unwrap_or((rest, ""));
    // Browsers put a slash behind what they take for a host.
    let address = address.trim_end_matches('/');
    let user = match address.rsplit_once('@') {
        Some((user, _host)) => user.split_once(':').map_or(user, |(user, _password)| user),
        // RFC 3261 has a host here, but a host's last label does not begin with a digit: this is a number.
        None if scheme.starts_with("sip") && address.contains('.') => return Err(Problem::Host),
        None => address,
    };
    let decoded = percent_decode_str(user).decode_utf8().map_err(|_| Problem::Encoding)?;
    if let Some(control) = decoded.chars().find(|c| c.is_control() && !c.is_whitespace()) {
        return Err(Problem::Character(control));
    }
    let plain = characters::plain(&decoded)?;
    if plain.text.trim().is_empty() {
        return Err(Problem::Empty);
    }
    let extension = parameters.split('?').next().filter(|parameters| !parameters.is_empty());
    let number = list::read(&format!("{}{}", plain.text, extension.unwrap_or("")))
        // Parameters that make no sense are not worth a number.
        .or_else(|_| list::read(&plain.text))?;
    Ok(if plain.digits { number.did(Rule::Digits) } else { number })
}

/// Where parameters or headers begin.
fn parameters(rest: &str) -> usize {
    let named = rest
        .match_indices(';')
        .find(|(at, _)| rest.get(at + 1..).is_some_and(|name| name.starts_with(|c: char| c.is_ascii_alphabetic())));
    let headers = rest.find('?').unwrap_or(rest.len());
    named.map_or(headers, |(at, _)| at.min(headers))
}

/// The scheme, in small letters, and what is behind its colon.
fn split(link: &str) -> Option<(&'static str, &str)> {
    let (scheme, rest) = link.trim().split_once(':')?;
    let known = SCHEMES.into_iter().find(|known| known.eq_ignore_ascii_case(scheme))?;
    Some((known, rest))
}

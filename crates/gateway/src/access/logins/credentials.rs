//! The login that a request carries.

use axum::http::HeaderValue;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::LONGEST;

/// Who somebody says that he is.
pub(in crate::access) enum Credentials<'a> {
    Basic(String, Vec<u8>),
    Bearer(&'a [u8]),
}

/// What the `Authorization` header holds; nothing for what cannot be a login.
pub(in crate::access) fn credentials(sent: &HeaderValue) -> Option<Credentials<'_>> {
    let sent = sent.as_bytes();
    let (scheme, rest) = sent.split_at(sent.iter().position(|byte| *byte == b' ')?);
    let rest = rest.trim_ascii();
    if scheme.eq_ignore_ascii_case(b"bearer") {
        return (rest.len() <= LONGEST).then_some(Credentials::Bearer(rest));
    }
    if !scheme.eq_ignore_ascii_case(b"basic") || rest.len() > 4 * LONGEST {
        return None;
    }
    let plain = BASE64_STANDARD.decode(rest).ok()?;
    let colon = plain.iter().position(|byte| *byte == b':')?;
    let (user, password) = plain.split_at(colon);
    Some(Credentials::Basic(String::from_utf8(user.to_vec()).ok()?, password.get(1..)?.to_vec()))
}

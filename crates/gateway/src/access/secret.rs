//! Passwords and tokens as they are stored, which `uncall-gateway password` and `uncall-gateway token` print.

use argon2::{Argon2, PasswordHasher};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use ring::rand::SecureRandom;
use ring::{digest, rand};

/// A password's argon2id hash as a PHC string; `None` when the system has no random numbers.
pub fn hash(password: &[u8]) -> Option<String> {
    Argon2::default().hash_password(password).ok().map(|hash| hash.to_string())
}

/// A new token of 256 random bits; `None` when the system has no random numbers.
pub fn token() -> Option<String> {
    let mut bytes = [0; 32];
    rand::SystemRandom::new().fill(&mut bytes).ok()?;
    Some(BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// A token's SHA-256 in hexadecimal digits.
pub fn digest(token: &str) -> String {
    let digest = digest::digest(&digest::SHA256, token.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_hash_and_every_token_is_another() {
        let (one, other) = (hash(b"geheim").unwrap(), hash(b"geheim").unwrap());
        assert!(one.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && one != other, "{one}");
        let (one, other) = (token().unwrap(), token().unwrap());
        assert!(one.len() == 43 && one != other);
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}

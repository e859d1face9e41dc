//! A generated password, and what the server is told of it.

use aws_lc_rs::rand;
use steersman_toolkit::{ExposeSecret, SecretString, protocol::Problem};

/// 32 of 62 letters and digits: 190 bits. No sign that a shell, a URL or a connection string would read as its own.
const LENGTH: usize = 32;
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Errors: `postgres.no_randomness`.
pub(super) fn generate(what: &str) -> Result<SecretString, Problem> {
    let mut password = String::with_capacity(LENGTH);
    let mut bytes = [0_u8; 64];
    while password.len() < LENGTH {
        rand::fill(&mut bytes).map_err(|_| {
            Problem::new(
                "postgres.no_randomness",
                what,
                "the operating system gave no random bytes",
                "Nothing was done. Check the machine that Steersman runs on",
            )
        })?;
        // Bytes beyond the last whole round of the alphabet are left out, so that no letter is likelier than another.
        let whole = 256 - 256 % ALPHABET.len();
        let letters = bytes.iter().map(|byte| usize::from(*byte)).filter(|byte| *byte < whole);
        password.extend(
            letters
                .take(LENGTH - password.len())
                .map(|byte| char::from(ALPHABET[byte % ALPHABET.len()])),
        );
    }
    Ok(SecretString::from(password))
}

/// `SCRAM-SHA-256$4096:salt$stored:server` (RFC 5803, as PostgreSQL keeps it): enough to check the password, not to
/// know it.
pub(super) fn verifier(password: &SecretString) -> String {
    postgres_protocol::password::scram_sha_256(password.expose_secret().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn passwords_are_long_plain_and_never_the_same() {
        let passwords: BTreeSet<String> = (0..200)
            .map(|_| generate("a test").unwrap().expose_secret().to_owned())
            .collect();
        assert_eq!(passwords.len(), 200);
        assert!(passwords.iter().all(|password| password.len() == LENGTH));
        let letters: BTreeSet<char> = passwords.iter().flat_map(|password| password.chars()).collect();
        assert_eq!(letters.len(), ALPHABET.len(), "every letter comes up");
    }

    #[test]
    fn a_verifier_has_the_form_that_the_server_takes_and_does_not_hold_the_password() {
        let password = SecretString::from("correct horse");
        let text = verifier(&password);
        let parts: Vec<&str> = text.split(['$', ':']).collect();
        assert_eq!((parts[0], parts[1], parts.len()), ("SCRAM-SHA-256", "4096", 5));
        assert!(!text.contains("horse"));
        assert_ne!(text, verifier(&password), "every verifier has a salt of its own");
    }
}

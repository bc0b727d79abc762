//! Secrets that have no shape of their own and are told by the name beside them: `password`, `api_key`, and what else
//! settings call one; and the few tokens whose shape is not a beginning.
//!
//! Source: the formats of `.netrc`, connection strings of Azure Storage, webhooks of Slack, tokens of Telegram and `SendGrid`.

use memchr::memmem;

use super::secrets::{placeholder, varied};

/// Longer texts are vocabularies and data, not settings.
const MAX_TEXT: usize = 1 << 20;

/// Places that are looked at for each name.
const MAX_PLACES: usize = 1000;

/// Names of keys, in lower case; the second word is what their value is called.
const KEYS: &[(&str, &str)] = &[
    ("api_key", "an API key"),
    ("api-key", "an API key"),
    ("apikey", "an API key"),
    ("access_token", "an access token"),
    ("accountkey", "a storage key"),
    ("auth_token", "an access token"),
    ("client_secret", "a secret"),
    ("private_token", "an access token"),
    ("secret_access_key", "a secret key"),
    ("secret_key", "a secret key"),
    ("secretkey", "a secret key"),
];

/// Names of passwords, in lower case.
const PASSWORDS: &[&str] = &["password", "passwd"];

/// The shortest random key, and the shortest password.
const MIN_KEY: usize = 20;
const MIN_PASSWORD: usize = 8;

/// The longest value that is looked at.
const MAX_VALUE: usize = 200;

/// Finds them.
pub(super) fn find(text: &[u8], found: &mut Vec<(usize, &'static str)>) {
    if text.len() > MAX_TEXT {
        return;
    }
    let lower = text.to_ascii_lowercase();
    for (name, kind) in KEYS {
        for (at, value) in values(text, &lower, name) {
            if is_key(value) {
                found.push((at, kind));
            }
        }
    }
    for name in PASSWORDS {
        for (at, value) in values(text, &lower, name) {
            if is_password(value) {
                found.push((at, "a password"));
            }
        }
    }
    shapes(text, found);
}

/// What stands behind a name: `name: value`, `"name": "value"`, `name = value`, and `name value` of `.netrc`.
fn values<'t>(
    text: &'t [u8],
    lower: &'t [u8],
    name: &'static str,
) -> impl Iterator<Item = (usize, &'t [u8])> {
    let netrc = name == "password" && memmem::find(lower, b"machine ").is_some();
    memmem::find_iter(lower, name).take(MAX_PLACES).filter_map(move |at| {
        let after = at.checked_add(name.len())?;
        let rest = text.get(after..after.saturating_add(MAX_VALUE).min(text.len()))?;
        let gap =
            rest.iter().take_while(|byte| matches!(byte, b'"' | b'\'' | b' ' | b'\t' | b':' | b'=')).count();
        let between = rest.get(..gap)?;
        let netrc = netrc && between == b" ";
        if !(between.iter().any(|byte| matches!(byte, b':' | b'=')) || netrc) {
            return None;
        }
        let value = rest.get(gap..)?;
        let end = value.iter().position(|byte| {
            byte.is_ascii_whitespace()
                || matches!(byte, b'"' | b'\'' | b',' | b';' | b'}' | b')' | b'(' | b'[' | b'&')
        })?;
        Some((after.saturating_add(gap), value.get(..end)?)).filter(|_| ends_a_value(value, end))
    })
}

/// Whether a value ends there, and is not the name of a function that is called.
fn ends_a_value(value: &[u8], end: usize) -> bool {
    !matches!(value.get(end), Some(b'(' | b'['))
}

fn mixed(value: &[u8]) -> bool {
    value.iter().any(u8::is_ascii_digit) && value.iter().any(u8::is_ascii_alphabetic)
}

fn is_key(value: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'_' | b'-');
    value.len() >= MIN_KEY && value.iter().all(plain) && mixed(value) && varied(value) && !placeholder(value)
}

/// A password is no expression, no path and no name in the environment.
pub(super) fn is_password(value: &[u8]) -> bool {
    let lower = value.to_ascii_lowercase();
    let word = |byte: &u8| byte.is_ascii_graphic() && !matches!(byte, b'.' | b'/' | b'\\' | b'%' | b'_');
    let weak = ["password", "passw0rd", "secret", "test", "example", "admin", "user"];
    let common = weak.iter().any(|weak| memmem::find(&lower, weak.as_bytes()).is_some());
    value.len() >= MIN_PASSWORD && value.iter().all(word) && mixed(value) && !common && !placeholder(value)
}

/// Tokens with a shape in their middle.
fn shapes(text: &[u8], found: &mut Vec<(usize, &'static str)>) {
    let token = |from: usize, extra: &[u8]| {
        let rest = text.get(from..).unwrap_or_default();
        let end = rest.iter().position(|byte| !(byte.is_ascii_alphanumeric() || extra.contains(byte)));
        rest.get(..end.unwrap_or(rest.len())).unwrap_or_default()
    };
    if text.starts_with(b"PuTTY-User-Key-File-") && memmem::find(text, b"Private-Lines:").is_some() {
        found.push((0, "a private key"));
    }
    for at in memmem::find_iter(text, b"hooks.slack.com/services/T").take(MAX_PLACES) {
        let path = token(at.saturating_add(25), b"/");
        if path.len() >= 40 && varied(path) && !placeholder(path) {
            found.push((at, "a Slack webhook"));
        }
    }
    for at in memmem::find_iter(text, b"SG.").take(MAX_PLACES) {
        let body = token(at.saturating_add(3), b"-_.");
        let parts: Vec<usize> = body.split(|byte| *byte == b'.').map(<[u8]>::len).collect();
        if parts == [22, 43] && varied(body) {
            found.push((at, "a SendGrid key"));
        }
    }
    for at in memmem::find_iter(text, b":AA").take(MAX_PLACES) {
        let digits =
            text.get(..at).unwrap_or_default().iter().rev().take_while(|byte| byte.is_ascii_digit()).take(16);
        let digits = digits.count();
        let body = token(at.saturating_add(1), b"-_");
        if (8..=10).contains(&digits) && body.len() == 35 && varied(body) {
            found.push((at.saturating_sub(digits), "a Telegram token"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<&'static str> {
        let mut found = Vec::new();
        find(text.as_bytes(), &mut found);
        found.into_iter().map(|(_, kind)| kind).collect()
    }

    /// Put together here, so that no scanner of sources takes this file for a leak.
    fn random(length: usize) -> String {
        "aB3dE5gH7jK9mN1pQ2".repeat(8)[..length].to_owned()
    }

    #[test]
    fn a_name_tells_what_has_no_shape() {
        for (text, kind) in [
            (format!("{{\"aws_secret_access_key\": \"{}\"}}", random(40)), "a secret key"),
            (format!("wandb_api_key: {}\n", random(40)), "an API key"),
            (format!("AccountKey={}==;Endpoint", random(86)), "a storage key"),
            (format!("machine a.test\n  password {}\n", random(40)), "a password"),
            ("password: Tr0ub4dor&3\n".to_owned(), "a password"),
            (
                format!("https://hooks.slack.com/services/T0AB12CD3/B0AB12CD3/{}\"", random(24)),
                "a Slack webhook",
            ),
            (format!("k=SG.{}.{}\n", random(22), random(43)), "a SendGrid key"),
            ("PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n".to_owned(), "a private key"),
            (format!("BOT=123456789:AA{}\n", random(33)), "a Telegram token"),
        ] {
            assert_eq!(kinds(&text), [kind], "{text}");
        }
    }

    #[test]
    fn words_expressions_and_forms_are_none() {
        for text in [
            "password: \"\"\napi_key: ${API_KEY}\n",
            "password = os.environ['DB_PASSWORD_1']\n",
            "password = getpass2()\n",
            "password: changeme123\n",
            "the password is long1234\n",
            "\"api_key\": \"your-api-key-goes-here-12345\"",
            "\"eos_token\": \"<|end1|>\", \"access_token\": \"abc\"",
            "api_key_name: 0123456789abcdef0123456789abcdef\n",
            "\"password\": 50123, ",
            "commit: 0123456789abcdef0123456789abcdef01234567\n",
        ] {
            assert_eq!(kinds(text), [""; 0], "{text}");
        }
    }
}

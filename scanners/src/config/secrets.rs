//! Private keys, passwords and access tokens in text, told by their shape.
//!
//! A token counts when it has the prefix, alphabet and length that its issuer gives it and does not look like a
//! placeholder. What is said of it is its kind, its place and its first four characters, never the token.
//! Source: the issuers' public descriptions of their token formats; RFC 7468 (PEM), RFC 7519 (JWT).

use assay_core::Location;
use memchr::memmem;

use super::named_secrets;
use super::rules::SECRET;
use crate::Report;

/// Findings in one file; a list of leaked tokens says no more than its beginning.
const MAX_SECRETS: usize = 20;

/// Bytes before a token in which its name is looked for.
const CONTEXT: usize = 64;

/// Different characters that a random token of twenty or more has.
const MIN_DIFFERENT: usize = 8;

/// A token that is told by how it begins.
struct Kind {
    prefix: &'static str,
    name: &'static str,
    /// Characters after the prefix, at least.
    body: usize,
    /// Characters that it has beyond letters and digits.
    extra: &'static [u8],
}

const fn kind(prefix: &'static str, name: &'static str, body: usize, extra: &'static [u8]) -> Kind {
    Kind { prefix, name, body, extra }
}

/// Longer prefixes first: the first kind that takes a place keeps it.
const KINDS: &[Kind] = &[
    kind("sk-proj-", "an OpenAI key", 40, b"-_"),
    kind("sk-ant-", "an Anthropic key", 40, b"-_"),
    kind("sk_live_", "a Stripe key", 20, b""),
    kind("rk_live_", "a Stripe key", 20, b""),
    kind("sk-", "an API key", 32, b"-_"),
    kind("github_pat_", "a GitHub token", 50, b"_"),
    kind("ghp_", "a GitHub token", 36, b""),
    kind("gho_", "a GitHub token", 36, b""),
    kind("ghu_", "a GitHub token", 36, b""),
    kind("ghs_", "a GitHub token", 36, b""),
    kind("ghr_", "a GitHub token", 36, b""),
    kind("glpat-", "a GitLab token", 20, b"-_"),
    kind("hf_", "a Hugging Face token", 34, b""),
    kind("xoxb-", "a Slack token", 20, b"-"),
    kind("xoxp-", "a Slack token", 20, b"-"),
    kind("xoxa-", "a Slack token", 20, b"-"),
    kind("xoxs-", "a Slack token", 20, b"-"),
    kind("xapp-", "a Slack token", 20, b"-"),
    kind("AKIA", "an AWS access key id", 16, b""),
    kind("ASIA", "an AWS access key id", 16, b""),
    kind("AIza", "a Google API key", 35, b"-_"),
    kind("npm_", "an npm token", 36, b""),
    kind("pypi-AgE", "a PyPI token", 50, b"-_"),
    kind("nvapi-", "an NVIDIA key", 40, b"-_"),
    kind("dop_v1_", "a DigitalOcean token", 64, b""),
    kind("eyJ", "a JSON web token", 60, b"-_."),
];

/// Words of examples and forms.
const PLACEHOLDERS: &[&str] = &[
    "example",
    "placeholder",
    "your",
    "changeme",
    "change_me",
    "dummy",
    "redacted",
    "xxxx",
    "****",
    "....",
    "<",
    ">",
    "{",
    "$",
    "todo",
    "insert",
    "replace",
    "sample",
];

/// Names of values that are secret.
const SECRET_NAMES: &[&str] = &["key", "token", "secret", "password", "passwd", "credential", "auth", "pwd"];

/// Schemes whose addresses carry a password.
const DATABASES: &[&str] = &[
    "postgres://",
    "postgresql://",
    "mysql://",
    "mongodb://",
    "mongodb+srv://",
    "redis://",
    "amqp://",
    "https://",
    "http://",
    "ftp://",
];

/// Finds secrets in a text; offsets in it are offsets in the file when `exact`.
pub(crate) fn secrets(text: &[u8], place: &Location, exact: bool, report: &mut Report<'_>) {
    let mut found: Vec<(usize, &'static str)> = Vec::new();
    private_keys(text, &mut found);
    for kind in KINDS {
        tokens(text, kind, &mut found);
    }
    passwords(text, &mut found);
    named_secrets::find(text, &mut found);
    // Stable, so that the first kind that took a place keeps it.
    found.sort_by_key(|(at, _)| *at);
    found.dedup_by_key(|(at, _)| *at);
    for (at, name) in found.into_iter().take(MAX_SECRETS) {
        // Four characters of a password are half of it.
        let shown = if name == "a password" { 1 } else { 4 };
        let begin = text.get(at..at.saturating_add(16).min(text.len())).unwrap_or_default();
        let begin = String::from_utf8_lossy(begin).chars().take(shown).collect::<String>();
        let place = if exact { place.at(at as u64) } else { place.clone() };
        let message = format!("{name} that starts with {begin}");
        report.hit(&SECRET, place, &message, &[("kind", name), ("starts", &begin)]);
    }
}

fn tokens(text: &[u8], kind: &Kind, found: &mut Vec<(usize, &'static str)>) {
    for at in memmem::find_iter(text, kind.prefix).take(10_000) {
        let before = at.checked_sub(1).and_then(|before| text.get(before)).copied().unwrap_or(b' ');
        let body = text.get(at.saturating_add(kind.prefix.len())..).unwrap_or_default();
        let length = body
            .iter()
            .position(|byte| !(byte.is_ascii_alphanumeric() || kind.extra.contains(byte)))
            .unwrap_or(body.len());
        let body = body.get(..length).unwrap_or_default();
        let named = is_named(text, at);
        let long = length >= kind.body || named && length >= 16 && kind.prefix.starts_with("sk-");
        let exact_length = kind.prefix.len().saturating_add(length) == 20 || !kind.name.starts_with("an AWS");
        let inside = before.is_ascii_alphanumeric() || matches!(before, b'_' | b'-' | b'/' | b'+');
        // Where the file itself says that it is a key, a test's key of one letter is one too.
        let real = named && !of_fillers(body) || varied(body);
        if long && exact_length && !inside && real && !placeholder(body) && web_token(kind, body) {
            found.push((at, kind.name));
        }
    }
}

/// A JSON web token has three parts, the first two of which are JSON.
fn web_token(kind: &Kind, body: &[u8]) -> bool {
    let mut parts = body.split(|byte| *byte == b'.').skip(1);
    kind.prefix != "eyJ"
        || parts.next().is_some_and(|claims| claims.starts_with(b"eyJ"))
            && parts.next().is_some_and(|signature| signature.len() >= 20)
}

/// Whether a random generator could have made it: many characters, and digits or both cases.
pub(super) fn varied(body: &[u8]) -> bool {
    let mut seen = [false; 256];
    body.iter().for_each(|byte| {
        if let Some(seen) = seen.get_mut(usize::from(*byte)) {
            *seen = true;
        }
    });
    let different = seen.iter().filter(|seen| **seen).count();
    let digits = body.iter().any(u8::is_ascii_digit);
    let cases = body.iter().any(u8::is_ascii_uppercase) && body.iter().any(u8::is_ascii_lowercase);
    different >= MIN_DIFFERENT && (digits || cases)
}

/// Whether it is only what forms are filled with.
fn of_fillers(body: &[u8]) -> bool {
    body.iter().all(|byte| matches!(byte, b'x' | b'X' | b'0' | b'*' | b'.' | b'-' | b'_' | b'#'))
}

pub(super) fn placeholder(body: &[u8]) -> bool {
    let lower = String::from_utf8_lossy(body).to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|word| lower.contains(word))
}

/// Whether a name before it on the same line says that it is secret.
fn is_named(text: &[u8], at: usize) -> bool {
    let before = text.get(at.saturating_sub(CONTEXT)..at).unwrap_or_default();
    let line = before.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line).to_ascii_lowercase();
    let assigned = line.trim_end_matches([' ', '"', '\'', '\t']).ends_with(['=', ':']);
    assigned && SECRET_NAMES.iter().any(|name| line.contains(name))
}

/// `-----BEGIN … PRIVATE KEY-----` with something behind it that is long enough for a key.
fn private_keys(text: &[u8], found: &mut Vec<(usize, &'static str)>) {
    for at in memmem::find_iter(text, b"-----BEGIN ").take(1000) {
        let rest = text.get(at..).unwrap_or_default();
        let Some(title) = rest.get(11..).and_then(|rest| rest.get(..memmem::find(rest, b"-----")?)) else {
            continue;
        };
        let title = String::from_utf8_lossy(title);
        if title.len() > 40 || !title.contains("PRIVATE KEY") {
            continue;
        }
        let key = rest.get(title.len().saturating_add(16)..).unwrap_or_default();
        let key: Vec<u8> = key.iter().take(200).copied().filter(u8::is_ascii_alphanumeric).collect();
        if key.len() >= 40 && varied(&key) && !placeholder(&key) {
            found.push((at, "a private key"));
        }
    }
}

/// Passwords in the addresses of databases.
fn passwords(text: &[u8], found: &mut Vec<(usize, &'static str)>) {
    for scheme in DATABASES {
        for at in memmem::find_iter(text, scheme).take(1000) {
            let rest = text.get(at.saturating_add(scheme.len())..).unwrap_or_default();
            let end = rest
                .iter()
                .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'/'));
            let authority = rest.get(..end.unwrap_or(rest.len()).min(512)).unwrap_or_default();
            let authority = String::from_utf8_lossy(authority);
            let password =
                authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')).map(|(_, word)| word);
            let weak =
                ["", "password", "pass", "postgres", "root", "user", "secret", "admin", "guest", "test"];
            // Addresses of pages are shown with a password far more often than they have one.
            let page = scheme.starts_with("http") || scheme.starts_with("ftp");
            let real = |word: &str| {
                !page || !word.contains([',', ':']) && named_secrets::is_password(word.as_bytes())
            };
            if password
                .is_some_and(|word| !weak.contains(&word) && !placeholder(word.as_bytes()) && real(word))
            {
                found.push((at, "an address with a password"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Collected;

    fn found(text: &str) -> Vec<String> {
        let mut facts = Collected::default();
        secrets(text.as_bytes(), &Location::file("x"), true, &mut Report::new(&mut facts, 100));
        facts.findings.iter().map(|finding| finding.detail["kind"].clone()).collect()
    }

    /// Put together here, so that no scanner of sources takes this file for a leak.
    fn token(prefix: &str, body: &str) -> String {
        [prefix, body].concat()
    }

    #[test]
    fn tokens_are_told_by_their_shape() {
        let alphabet = "0Bc1De2Fg3Hi4Jk5Lm6No7Pq8Rs9TuVwXyZaB";
        for (text, kind) in [
            (token("ghp_", &alphabet[..36]), "a GitHub token"),
            (token("\"hf_", &format!("{}\"", &alphabet[..34])), "a Hugging Face token"),
            (token("AKIA", "Z7QW3ERT5YUI8OPA"), "an AWS access key id"),
            (token("OPENAI_API_KEY=sk-proj-", &"a".repeat(48)), "an OpenAI key"),
            (token("\"api_key\": \"sk-", "1234567890abcdef\""), "an API key"),
            (
                token("-----BEGIN RSA PRIVATE", &format!(" KEY-----\\nMII{alphabet}{alphabet}")),
                "a private key",
            ),
            ("postgres://app:s3cr3tw0rd@db/x".to_owned(), "an address with a password"),
            ("https://app:s3cr3tw0rd@a.test/x".to_owned(), "an address with a password"),
            (format!("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.{alphabet}"), "a JSON web token"),
        ] {
            assert_eq!(found(&text), [kind], "{text}");
        }
    }

    #[test]
    fn placeholders_and_words_are_none() {
        let alphabet = "0Bc1De2Fg3Hi4Jk5Lm6No7Pq8Rs9TuVwXyZaB";
        for text in [
            "hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx".to_owned(),
            "HF_TOKEN=hf_your_token_here_0123456789012345".to_owned(),
            "AKIAIOSFODNN7EXAMPLE".to_owned(),
            "api_key: sk-XXXXXXXXXXXXXXXXXXXXXXXX".to_owned(),
            "sk-learn-compatible-estimators-for-everybody".to_owned(),
            "\"eos_token\": \"<|endoftext|>\"".to_owned(),
            format!("x{}", token("ghp_", &alphabet[..36])),
            "-----BEGIN PUBLIC KEY-----".to_owned() + alphabet + alphabet,
            "-----BEGIN RSA PRIVATE KEY-----\n...\n".to_owned(),
            "postgres://user:password@localhost/x".to_owned(),
            "https://foo.com:123,foo:bar@bar.com/path".to_owned(),
            "https://jo:a%20secret1@a.test/".to_owned(),
        ] {
            assert!(found(&text).is_empty(), "{text}: {:?}", found(&text));
        }
    }

    #[test]
    fn the_secret_itself_is_never_said() {
        let text = token("OPENAI_API_KEY=sk-proj-", &"b7Q9".repeat(12));
        let mut facts = Collected::default();
        secrets(text.as_bytes(), &Location::file("x"), true, &mut Report::new(&mut facts, 100));
        let said = format!("{:?}", facts.findings);
        assert!(said.contains("sk-p") && !said.contains("b7Q9"), "{said}");
    }
}

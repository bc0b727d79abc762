//! The allowed signers file: which key is whose, for what, and when.
//!
//! Source: `ssh-keygen(1)`, "ALLOWED SIGNERS". Lines with `cert-authority` or options that are not known are refused, so
//! that a file never means less here than its author wrote. Times without a zone are UTC.

use assay_core::Timestamp;
use ssh_key::PublicKey;
use ssh_key::public::KeyData;

use crate::fault::Fault;

/// The largest file; ten thousand keys.
const MAX_FILE: usize = 8 << 20;

/// Who may sign.
#[derive(Debug, Clone, Default)]
pub struct AllowedSigners {
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
struct Entry {
    principals: String,
    namespaces: Option<String>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
    key: KeyData,
}

impl AllowedSigners {
    /// Reads an allowed signers file.
    ///
    /// # Errors
    /// [`Fault::Malformed`] with the line.
    pub fn read(text: &str) -> Result<Self, Fault> {
        crate::fault::bounded(text.as_bytes(), "allowed signers file", MAX_FILE)?;
        let mut entries = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let entry = Entry::read(line).map_err(|fault| {
                let line = number.saturating_add(1);
                Fault::malformed("allowed signers file", format!("line {line}: {fault}"))
            })?;
            entries.push(entry);
        }
        Ok(Self { entries })
    }

    /// Whose the key is, for this namespace and at this moment.
    pub(super) fn identity(
        &self,
        key: &KeyData,
        namespace: &str,
        now: Timestamp,
    ) -> Result<Option<String>, Fault> {
        let counts = |entry: &&Entry| {
            entry.key == *key
                && entry.namespaces.as_deref().is_none_or(|patterns| matches_list(patterns, namespace))
                && entry.after.is_none_or(|after| now >= after)
                && entry.before.is_none_or(|before| now < before)
        };
        Ok(self.entries.iter().find(counts).map(|entry| entry.principals.clone()))
    }
}

impl Entry {
    fn read(line: &str) -> Result<Self, String> {
        let (principals, rest) = word(line)?;
        let (first, _) = word(rest)?;
        let mut entry = Self {
            principals: unquoted(principals).to_owned(),
            namespaces: None,
            after: None,
            before: None,
            key: KeyData::Ed25519(ssh_key::public::Ed25519PublicKey([0; 32])),
        };
        // A key type is never an option: options hold `=` or are `cert-authority`.
        let is_option = first.contains('=') || first == "cert-authority" || first.contains(',');
        let key = if is_option {
            let (options, rest) = word(rest)?;
            entry.options(options)?;
            rest
        } else {
            rest
        };
        entry.key =
            PublicKey::from_openssh(key.trim()).map_err(|error| error.to_string())?.key_data().clone();
        Ok(entry)
    }

    fn options(&mut self, options: &str) -> Result<(), String> {
        for option in split_outside_quotes(options, ',') {
            let (name, value) = option.split_once('=').unwrap_or((option, ""));
            let value = unquoted(value);
            match name.to_ascii_lowercase().as_str() {
                "namespaces" if self.namespaces.is_none() => self.namespaces = Some(value.to_owned()),
                "valid-after" if self.after.is_none() => self.after = Some(time(value)?),
                "valid-before" if self.before.is_none() => self.before = Some(time(value)?),
                "cert-authority" => return Err("certificates are not supported".to_owned()),
                _ => return Err(format!("the option \"{name}\" is not known, or given twice")),
            }
        }
        Ok(())
    }
}

/// The next word, in which quoted blanks do not count, and what follows it.
fn word(text: &str) -> Result<(&str, &str), String> {
    let text = text.trim_start();
    let mut quoted = false;
    for (at, character) in text.char_indices() {
        match character {
            '"' => quoted = !quoted,
            ' ' | '\t' if !quoted => return Ok(text.split_at(at)),
            _ => {}
        }
    }
    Err("it ends too soon".to_owned())
}

fn split_outside_quotes(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|character| {
        if character == '"' {
            quoted = !quoted;
        }
        character == separator && !quoted
    })
    .collect()
}

fn unquoted(text: &str) -> &str {
    text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text)
}

/// `YYYYMMDD`, `YYYYMMDDHHMM` or `YYYYMMDDHHMMSS`, with or without `Z`.
fn time(text: &str) -> Result<Timestamp, String> {
    let digits = text.strip_suffix('Z').unwrap_or(text);
    let rest = match digits.len() {
        8 => "000000",
        12 => "00",
        14 => "",
        _ => return Err(format!("\"{text}\" is no time")),
    };
    let whole = format!("{digits}{rest}+0000");
    let time = jiff::Timestamp::strptime("%Y%m%d%H%M%S%z", &whole).map_err(|error| error.to_string())?;
    Ok(Timestamp::from_millis(time.as_millisecond()))
}

/// Whether a name matches a list of patterns, of which one with `!` refuses whatever else matches.
fn matches_list(patterns: &str, name: &str) -> bool {
    let mut found = false;
    for pattern in patterns.split(',') {
        match pattern.strip_prefix('!') {
            Some(pattern) if matches(pattern, name) => return false,
            Some(_) => {}
            None => found |= matches(pattern, name),
        }
    }
    found
}

/// `*` and `?`, in linear space and without recursion.
fn matches(pattern: &str, name: &str) -> bool {
    let mut ends = vec![true];
    ends.resize(name.chars().count().saturating_add(1), false);
    for wanted in pattern.chars() {
        let mut next = vec![false; ends.len()];
        if wanted == '*' {
            let mut any = false;
            for (slot, end) in next.iter_mut().zip(&ends) {
                any |= *end;
                *slot = any;
            }
        } else {
            let steps = ends.iter().zip(name.chars());
            for (slot, (end, character)) in next.iter_mut().skip(1).zip(steps) {
                *slot = *end && (wanted == '?' || wanted == character);
            }
        }
        ends = next;
    }
    ends.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ssh::tests::KEY;

    #[test]
    fn patterns_match_as_the_manual_says() {
        for (patterns, name, expected) in [
            ("file", "file", true),
            ("f*", "file", true),
            ("*", "", true),
            ("f??e", "file", true),
            ("f?e", "file", false),
            ("git,file", "file", true),
            ("*,!file", "file", false),
            ("!git", "file", false),
            ("*a*b*c", "xxaxxbxxc", true),
            ("", "file", false),
        ] {
            assert_eq!(matches_list(patterns, name), expected, "{patterns} {name}");
        }
    }

    #[test]
    fn lines_that_say_more_than_is_understood_are_refused() {
        for line in [
            format!("a cert-authority {KEY}"),
            format!("a cert-authority,namespaces=\"x\" {KEY}"),
            format!("a tomorrow=\"x\" {KEY}"),
            format!("a valid-after=\"2020\" {KEY}"),
            format!("a valid-after=\"20200101\",valid-after=\"20210101\" {KEY}"),
            "a ssh-ed25519 AAAA".to_owned(),
            "a".to_owned(),
        ] {
            let error = AllowedSigners::read(&format!("# comment\n\n{line}")).unwrap_err().to_string();
            assert!(error.contains("line 3"), "{error}");
        }
    }

    #[test]
    fn times_are_utc() {
        for text in ["20200101", "202001010000", "20200101000000", "20200101000000Z"] {
            assert_eq!(time(text), Ok(Timestamp::from_millis(1_577_836_800_000)), "{text}");
        }
        assert!(time("20201301").is_err());
    }
}

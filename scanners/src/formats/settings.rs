//! Settings beside a model that are no JSON and no YAML: `.env`, `.ini`, `.toml`, keys and credentials; TorchServe's
//! `config.properties`.
//!
//! Looks for secrets, and for the settings of `TorchServe` that open it to anybody. Nothing else of these files is judged,
//! and what is no text is not theirs.
//! Source: `docs/configuration.md` of `TorchServe`; CVE-2023-43654 (models from any address).

use assay_core::{Format, Rule, RuleId, Severity};
use memchr::memchr;

use crate::config::{base_name, rules, secrets};
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// The longest file of settings that is read.
const MAX_TEXT: usize = 8 << 20;

const OPEN_SERVER: Rule = Rule {
    id: RuleId::new("torchserve-open-server"),
    severity: Severity::Medium,
    summary: "The settings let anybody who reaches the server load models or install packages",
    taxonomy: &["CWE-306", "CWE-918", "CVE-2023-43654", "AML.T0049"],
};
static RULES: [Rule; 2] = [rules::SECRET, OPEN_SERVER];

/// Endings of files that hold settings.
const ENDINGS: &[&str] = &[
    ".env",
    ".ini",
    ".cfg",
    ".conf",
    ".toml",
    ".properties",
    ".pem",
    ".key",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".ppk",
    ".envrc",
];

/// Whole names.
const NAMES: &[&str] = &["credentials", "id_rsa", "id_ecdsa", "id_ed25519", "id_dsa"];

/// Files of settings.
#[derive(Debug)]
pub(super) struct Settings;

impl Scanner for Settings {
    fn format(&self) -> Format {
        Format::Settings
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let name = base_name(probe.name).to_ascii_lowercase();
        let named = probe.named(ENDINGS) || NAMES.contains(&name.as_str()) || name.starts_with(".env.");
        named && memchr(0, probe.head).is_none()
    }

    /// Any text may be settings.
    fn fills(&self, _probe: &Probe<'_>) -> bool {
        false
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let bytes = input.window(0, MAX_TEXT)?;
        secrets(&bytes, input.place(), true, report);
        if base_name(input.name()).eq_ignore_ascii_case("config.properties") {
            properties(&bytes, input, report);
        }
        if input.size() > MAX_TEXT as u64 { Err(Stop::Limit(Limit::Length("settings"))) } else { Ok(()) }
    }
}

/// `key=value` lines of `TorchServe`.
fn properties(bytes: &[u8], input: &Input<'_>, report: &mut Report<'_>) {
    let mut at = 0_u64;
    for line in bytes.split(|byte| *byte == b'\n') {
        let text = String::from_utf8_lossy(line);
        if let Some(why) = text.split_once('=').and_then(|(key, value)| opens(key.trim(), value.trim())) {
            report.hit(&OPEN_SERVER, input.place().at(at), &format!("{}: {why}", text.trim()), &[]);
        }
        at = at.saturating_add(line.len() as u64).saturating_add(1);
    }
}

fn opens(key: &str, value: &str) -> Option<&'static str> {
    let anywhere = value.contains("0.0.0.0") || value.contains("[::]");
    match key {
        "management_address" if anywhere => Some("anybody who reaches the server may register models"),
        "allowed_urls" if value.contains(".*") && value.len() <= 12 => {
            Some("models are taken from any address")
        }
        "install_py_dep_per_model" if value == "true" => Some("a model's requirements are installed"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    #[test]
    fn an_open_server_is_told_from_a_closed_one() {
        let rules = |text: &str| scan(&Settings, "config.properties", text.as_bytes()).findings.len();
        assert_eq!(rules("management_address=http://0.0.0.0:8081\nallowed_urls=https?://.*\n"), 2);
        let closed = "inference_address=http://0.0.0.0:8080\nmanagement_address=http://127.0.0.1:8081\n";
        assert_eq!(rules(closed), 0);
        assert_eq!(rules("allowed_urls=https://models.example/.*\n#install_py_dep_per_model=true\n"), 0);
    }

    #[test]
    fn more_than_is_read_is_a_gap() {
        let long = vec![b'a'; MAX_TEXT + 1];
        assert_eq!(scan(&Settings, ".env", &long).gaps.len(), 1);
        assert!(scan(&Settings, ".env", &long[..MAX_TEXT]).is_clean());
    }
}

//! Lists of packages that `pip` installs for a model: `requirements.txt`, `pyproject.toml`, `Pipfile`, `setup.cfg`,
//! `pip.conf`.
//!
//! Installing runs code of every package. What does not come from the index that the installer is set up for comes from
//! wherever this file says. Source: pip's requirements file format.

use assay_core::{Format, Rule, RuleId, Severity};

use crate::config::base_name;
use crate::yaml::decode;
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// The longest list that is read; real ones have 20 KiB.
const MAX_LIST: usize = 1 << 20;

/// Options that name another source, or switch a check off.
const OPTIONS: &[&str] =
    &["--index-url", "--extra-index-url", "--find-links", "--trusted-host", "--editable", "-i", "-f", "-e"];

/// Indexes that publishers of frameworks keep for builds that do not fit elsewhere.
const KNOWN_INDEXES: &[&str] = &[
    "https://pypi.org/simple",
    "https://download.pytorch.org/whl",
    "https://data.pyg.org/whl",
    "https://pypi.nvidia.com",
    "https://storage.googleapis.com/jax-releases",
];

/// Files that hold requirements among other settings.
const PROJECTS: &[&str] = &["pip.conf", "pip.ini", "pipfile", "pyproject.toml", "setup.cfg"];

/// Keys of such files whose value is an index: of pip, Pipenv, Poetry, uv and PDM.
const INDEX_KEYS: &[&str] = &[
    "extra-index-url",
    "find-links",
    "git",
    "index-url",
    "trusted-host",
    "url",
    "find_links",
    "dependency_links",
];

const DIRECT_SOURCE: Rule = Rule {
    id: RuleId::new("requirements-direct-source"),
    severity: Severity::Medium,
    summary: "The list of packages installs from an address or index of its own",
    taxonomy: &["CWE-829", "CWE-427", "AML.T0010.001", "OWASP-LLM03"],
};
const RULES: &[Rule] = &[DIRECT_SOURCE];

/// Scanner of lists of packages.
pub(super) struct Requirements;

impl Scanner for Requirements {
    fn format(&self) -> Format {
        Format::Requirements
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let name = probe.name.rsplit(['/', '\\']).next().unwrap_or_default().to_ascii_lowercase();
        let list = name.starts_with("requirements")
            || name.ends_with("requirements.txt")
            || name == "constraints.txt";
        let list = list && (name.ends_with(".txt") || name.ends_with(".in"));
        // pip reads UTF-16 behind its byte order mark.
        let text = !probe.head.contains(&0)
            || probe.head.starts_with(b"\xff\xfe")
            || probe.head.starts_with(b"\xfe\xff");
        probe.size > 0 && (list || PROJECTS.contains(&name.as_str())) && text
    }

    fn fills(&self, _probe: &Probe<'_>) -> bool {
        false
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        if input.size() > MAX_LIST as u64 {
            return Err(Stop::Limit(Limit::Length("list of packages")));
        }
        let bytes = input.window(0, MAX_LIST)?;
        let text = decode(&bytes).text;
        let project = PROJECTS.iter().any(|name| base_name(input.name()).eq_ignore_ascii_case(name));
        let mut offset = 0_u64;
        for line in text.split_inclusive('\n') {
            let source = if project { in_project(line.trim()) } else { direct(line.trim()) };
            if let Some(source) = source {
                let message = format!("installs from {source}");
                report.hit(&DIRECT_SOURCE, input.place().at(offset), &message, &[("source", source)]);
            }
            offset = offset.saturating_add(line.len() as u64);
        }
        Ok(())
    }
}

/// The address that a line installs from, if it names one of its own.
fn direct(line: &str) -> Option<&str> {
    let line = line.split(" #").next().unwrap_or(line).trim();
    if line.starts_with('#') {
        return None;
    }
    for option in OPTIONS {
        let Some(value) = line.strip_prefix(option).filter(|rest| rest.starts_with([' ', '=', '\t'])) else {
            continue;
        };
        let value = value.trim_start_matches(['=', ' ', '\t']);
        let local = matches!(*option, "-e" | "--editable") && matches!(value, "." | "./");
        return (!local && !KNOWN_INDEXES.iter().any(|known| is_below(value, known))).then_some(value);
    }
    let target =
        line.split_once(" @ ").or_else(|| line.split_once("@ ")).map_or(line, |(_, target)| target.trim());
    if target.starts_with("../") || target.starts_with('/') {
        return Some(target);
    }
    let (scheme, _) = target.split_once(':')?;
    let addressed = target.contains("://") || scheme == "file";
    (addressed && !KNOWN_INDEXES.iter().any(|known| is_below(target, known))).then_some(target)
}

/// The address that a line of a project's settings installs from: a requirement in quotes, or the address of an index.
fn in_project(line: &str) -> Option<&str> {
    let line = line.trim_start();
    if line.starts_with(['#', ';']) {
        return None;
    }
    let key = line.split(['=', ' ']).next().unwrap_or_default();
    let value = line.split_once('=').map(|(_, value)| value.trim().trim_matches(['"', '\'', ',']));
    if INDEX_KEYS.contains(&key) {
        return value
            .filter(|value| !value.is_empty() && !KNOWN_INDEXES.iter().any(|known| is_below(value, known)));
    }
    let quoted = line.split(['"', '\'']).skip(1).step_by(2);
    let requirement = |text: &&str| {
        text.contains("@ ") || text.contains(" @") || text.starts_with("git+") || text.starts_with("--")
    };
    quoted.filter(requirement).find_map(direct)
}

fn is_below(address: &str, index: &str) -> bool {
    address.strip_prefix(index).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn projects_name_indexes_and_requirements_in_their_own_way() {
        for (line, source) in [
            ("index-url = http://192.0.2.1/simple", Some("http://192.0.2.1/simple")),
            ("url = \"https://pypi.org/simple\"", None),
            ("url = \"https://a.test/simple\"", Some("https://a.test/simple")),
            ("dependencies = [\"x @ git+http://192.0.2.1/x.git\"]", Some("git+http://192.0.2.1/x.git")),
            ("homepage = \"https://a.test/\"", None),
            ("dependencies = [\"torch>=2\"]", None),
            ("# url = \"http://x\"", None),
        ] {
            assert_eq!(in_project(line), source, "{line}");
        }
    }

    #[test]
    fn what_comes_from_elsewhere_is_told_from_what_does_not() {
        for (line, source) in [
            ("git+http://192.0.2.1/x.git", Some("git+http://192.0.2.1/x.git")),
            ("x @ https://192.0.2.1/x.whl", Some("https://192.0.2.1/x.whl")),
            ("-i http://192.0.2.1/simple", Some("http://192.0.2.1/simple")),
            ("--extra-index-url=http://192.0.2.1/simple", Some("http://192.0.2.1/simple")),
            ("--extra-index-url https://download.pytorch.org/whl/cu118", None),
            (
                "--extra-index-url https://download.pytorch.org.example/whl",
                Some("https://download.pytorch.org.example/whl"),
            ),
            ("torch>=2.1  # see https://x", None),
            ("-e .", None),
            ("../x.whl", Some("../x.whl")),
            ("./x.whl", None),
            ("-r other.txt", None),
            ("# git+http://x", None),
            ("numpy; python_version < '3.9'", None),
        ] {
            assert_eq!(direct(line), source, "{line}");
        }
    }
}

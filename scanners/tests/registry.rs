//! Holds every registered scanner to its promise: a page for each rule, samples that hit and near misses that do not,
//! and survival of every cut and bit flip of its samples.

mod samples;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use assay_core::{Format, Limits, RuleId, Severity};
use assay_scanners::{Budget, Collected, Input, MemorySpool, Report, SCANNERS, examine};
use samples::{Sample, samples};

/// Every byte of a sample is cut and flipped up to this size; larger ones at this many places.
const PLACES: usize = 1024;

/// Samples up to this size have every bit flipped; larger ones one bit of each byte, another from byte to byte.
const EVERY_BIT: usize = 128;

/// Findings kept per scan and severity.
const MAX_FINDINGS: u32 = 100;

fn facts(name: &str, bytes: &[u8]) -> (Collected, Vec<Format>) {
    let limits = Limits { max_scan_size: 16 << 20, ..Limits::default() };
    let budget = Budget::new(limits, Instant::now() + Duration::from_secs(60));
    let spool = MemorySpool::default();
    let mut facts = Collected::default();
    let mut report = Report::new(&mut facts, MAX_FINDINGS);
    // The deadline's gap is already in the report.
    let _deadline = examine(&Input::file(name, &bytes, &budget, &spool), &mut report).is_err();
    let formats = report.formats().to_vec();
    (facts, formats)
}

/// Offsets to cut or flip at: all of them for small samples, evenly spread ones for larger.
fn places(size: usize) -> impl Iterator<Item = usize> {
    (0..size).step_by(size.div_ceil(PLACES).max(1))
}

fn page(rule: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/rules").join(format!("{rule}.md"));
    let mut text = String::new();
    #[expect(clippy::disallowed_methods, reason = "our own documentation")]
    File::open(path).ok()?.read_to_string(&mut text).ok()?;
    Some(text)
}

#[test]
fn rule_ids_are_kebab_case_and_mean_one_thing() {
    let mut known = BTreeMap::new();
    for scanner in SCANNERS {
        let mut own = BTreeSet::new();
        for rule in scanner.rules() {
            let id = rule.id.as_str();
            assert!(RuleId::parse(id).is_ok(), "{id} is not kebab-case");
            assert!(own.insert(id), "{id} stands twice in {}", scanner.format());
            let before = known.insert(id, (rule.severity, rule.summary));
            assert!(
                before.is_none_or(|before| before == (rule.severity, rule.summary)),
                "{id} means two things"
            );
        }
    }
}

/// Techniques of MITRE ATLAS that rules name, with their titles there.
const TECHNIQUES: &[(&str, &str)] = &[
    ("AML.T0010", "AI Supply Chain Compromise"),
    ("AML.T0010.001", "AI Software"),
    ("AML.T0011", "User Execution"),
    ("AML.T0011.000", "Unsafe AI Artifacts"),
    ("AML.T0015", "Evade AI Model"),
    ("AML.T0025", "Exfiltration via Cyber Means"),
    ("AML.T0029", "Denial of AI Service"),
    ("AML.T0049", "Exploit Public-Facing Application"),
    ("AML.T0051", "LLM Prompt Injection"),
    ("AML.T0051.001", "Indirect"),
    ("AML.T0053", "AI Agent Tool Invocation"),
    ("AML.T0055", "Unsecured Credentials"),
    ("AML.T0057", "LLM Data Leakage"),
    ("AML.T0068", "LLM Prompt Obfuscation"),
];

#[test]
fn techniques_are_those_of_atlas_and_summaries_are_sentences() {
    for rule in assay_scanners::rules() {
        for name in rule.catalogues().filter(|name| name.starts_with("AML.")) {
            assert!(TECHNIQUES.iter().any(|(known, _)| *known == name), "{}: {name}", rule.id);
        }
        let first = rule.summary.chars().next();
        assert!(first.is_some_and(|first| !first.is_lowercase()), "{} begins with a small letter", rule.id);
        assert!(!rule.summary.ends_with('.'), "{} ends with a full stop", rule.id);
    }
}

#[test]
fn every_rule_names_its_weakness_and_its_risk() {
    let numbered = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let known = |name: &str| {
        let parts = |prefix| name.strip_prefix(prefix).map(|rest: &str| rest.split(['-', '.']).all(numbered));
        parts("CWE-").or(parts("CVE-")).or(parts("AML.T")).or(parts("OWASP-LLM")).unwrap_or(false)
    };
    for rule in assay_scanners::rules() {
        let names: Vec<&str> = rule.catalogues().collect();
        assert!(names.iter().all(|name| known(name)), "{}: {names:?}", rule.id);
        for catalogue in ["CWE-", "AML.T", "OWASP-LLM"] {
            assert!(names.iter().any(|name| name.starts_with(catalogue)), "{} has no {catalogue}", rule.id);
        }
    }
}

#[test]
fn every_rule_has_its_page() {
    for rule in SCANNERS.iter().flat_map(|scanner| scanner.rules()) {
        let id = rule.id.as_str();
        let Some(page) = page(id) else { panic!("docs/rules/{id}.md is missing") };
        assert!(page.starts_with(&format!("# {id}\n")), "{id}: the page's title is the id");
        for part in ["## What it is", "## Why it matters", "## Example", "## What to do", "## References"] {
            assert!(page.contains(part), "{id}: the page has no part {part:?}");
        }
        let severity = format!("Severity: {}", rule.severity.name());
        assert!(page.to_lowercase().contains(&severity.to_lowercase()), "{id}: the page says {severity:?}");
    }
}

#[test]
fn every_rule_is_hit_and_every_scanner_has_a_near_miss() {
    let samples = samples();
    let hit: BTreeSet<&str> = samples.iter().flat_map(|sample| sample.rules.iter().copied()).collect();
    for scanner in SCANNERS {
        for rule in scanner.rules() {
            assert!(hit.contains(rule.id.as_str()), "no sample hits {}", rule.id);
        }
        let own = |rule: &&str| scanner.rules().iter().any(|each| each.id.as_str() == *rule);
        let near_miss =
            samples.iter().any(|sample| sample.format == scanner.format() && !sample.rules.iter().any(&own));
        assert!(near_miss, "{} has no near miss", scanner.format());
    }
}

#[test]
fn every_sample_hits_exactly_what_it_says() {
    for Sample { name, file, format, bytes, rules } in samples() {
        let (facts, formats) = facts(file, &bytes);
        let expected: BTreeSet<&str> = rules.iter().copied().collect();
        assert_eq!(
            facts.rules().into_iter().collect::<BTreeSet<_>>(),
            expected,
            "{format} sample {name:?}: {:#?}",
            facts.findings
        );
        assert!(formats.contains(&format), "{format} sample {name:?} is {formats:?}");
        if rules.is_empty() {
            assert!(facts.gaps.is_empty(), "{format} near miss {name:?} left {:?}", facts.gaps);
        }
    }
}

/// What is cut is seen to be cut, or is no longer anything that a loader takes: a finding never disappears while the
/// report still says "recognised, whole, clean". One cut of a sample may be clean: where the attack was appended to a
/// whole file, and the cut takes exactly the attack away. Lines of settings have no end that could be missing: every
/// beginning of such a file is a whole file. A program in text is another program when it is cut before its attack; but
/// once it has been found, more of it never hides it.
#[test]
fn a_cut_never_makes_a_finding_disappear_silently() {
    for Sample { name, file, format, bytes, rules } in samples() {
        if format == Format::Settings {
            continue;
        }
        let silent = |end: &usize| {
            let (facts, formats) = facts(file, &bytes[..*end]);
            facts.is_clean() && formats.contains(&format)
        };
        let found =
            |end: &usize| !rules.is_empty() && facts(file, &bytes[..*end]).0.rules().len() >= rules.len();
        let program =
            matches!(format, Format::Modelfile | Format::Python | Format::PythonPath | Format::Requirements);
        let first = if program { places(bytes.len()).find(found).unwrap_or(bytes.len()) } else { 0 };
        let silent: Vec<usize> = places(bytes.len()).filter(|end| *end >= first).filter(silent).collect();
        assert!(
            rules.is_empty() || silent.len() <= 1,
            "{format} sample {name:?} is silently clean when cut at {silent:?}"
        );
    }
}

#[test]
fn a_flipped_bit_never_panics_and_findings_stay_bounded() {
    for Sample { file, bytes, .. } in samples() {
        for (number, at) in places(bytes.len()).enumerate() {
            let all = bytes.len() <= EVERY_BIT;
            for bit in (0..8).filter(|bit| all || number % 8 == *bit) {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                assert!(
                    facts(file, &flipped).0.findings.len() <= MAX_FINDINGS as usize * Severity::ALL.len()
                );
            }
        }
    }
}

/// Every sample as an input of the fuzz target `scan`: once for its own scanner and once for recognition.
#[test]
#[ignore = "needs ASSAY_SEEDS: a folder that seeds for fuzzing are written to"]
fn every_sample_is_a_seed() {
    let Some(folder) = std::env::var_os("ASSAY_SEEDS").map(std::path::PathBuf::from) else {
        println!("skipped: ASSAY_SEEDS is not set");
        return;
    };
    for (number, Sample { file, format, bytes, .. }) in samples().into_iter().enumerate() {
        let own = SCANNERS.iter().position(|scanner| scanner.format() == format);
        let name = &file.as_bytes()[..file.len().min(255)];
        // A refined format, such as `.npz`, has no scanner of its own.
        for (kind, pick) in own.map(|own| ("scan", own as u8)).into_iter().chain([("examine", u8::MAX)]) {
            let folder = folder.join(format.name());
            std::fs::create_dir_all(&folder).unwrap();
            let seed = [&[pick, name.len() as u8], name, &bytes].concat();
            std::fs::write(folder.join(format!("{kind}-{number}")), seed).unwrap();
        }
    }
    let missing = SCANNERS.iter().find(|scanner| !folder.join(scanner.format().name()).exists());
    assert!(missing.is_none(), "a format without a seed");
}

//! What policies decide: each demand alone can deny, and what is accepted says why.

use std::collections::BTreeMap;

use assay_core::{
    Claim, ClaimCheck, Coverage, Decision, Evidence, FileCoverage, FileFact, FileState, Finding, Format, Gap,
    GapKind, Location, RuleId, SbomFact, SbomLevel, Severity, Sha256, SignatureFact, SignatureState, Source,
    Timestamp, Verdict,
};
use assay_policy::{Policy, scan_verdict};
use proptest::prelude::*;

const PEM: &str = "-----BEGIN PUBLIC KEY-----\nAQID\n-----END PUBLIC KEY-----\n";
const SIGNER: &str = "key:sha256:039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81";

const STRICT: &str = r#"
[[rule]]
name = "acme"
match = ["hf://acme/**"]
signature = { any-of = [{ kind = "key", path = "k.pub" }], cover = "every-file" }
sbom = { level = "integrity" }
scan = { max-severity = "low" }
formats = { allow = ["safetensors"] }
"#;

fn file(name: &str, formats: &[Format]) -> FileFact {
    FileFact {
        name: name.to_owned(),
        size: 3,
        sha256: Some(Sha256::new([7; 32])),
        formats: formats.to_vec(),
        coverage: Coverage::Whole,
        findings: Vec::new(),
        claims: Vec::new(),
        digests: Vec::new(),
    }
}

fn finding(severity: Severity) -> Finding {
    Finding {
        rule: RuleId::new("pickle-unsafe-global"),
        severity,
        message: "calls posix.system".to_owned(),
        location: Location::file("model.bin").at(31),
        detail: BTreeMap::new(),
        taxonomy: Vec::new(),
    }
}

fn gap() -> Coverage {
    let location = Location::file("model.bin").at(3);
    Coverage::Partial { gaps: vec![Gap { kind: GapKind::Malformed, message: "cut".to_owned(), location }] }
}

fn standing(names: &[(&str, FileState)]) -> Vec<FileCoverage> {
    names.iter().map(|&(name, state)| FileCoverage { name: name.to_owned(), state }).collect()
}

/// Signed, described, clean: everything [`STRICT`] demands.
fn good() -> Evidence {
    let all = [("README.md", FileState::Verified), ("model.safetensors", FileState::Verified)];
    let mut covered = all.to_vec();
    covered.push(("bom.json", FileState::Verified));
    Evidence {
        source: Source::Hf,
        reference: "hf://acme/model@0123".to_owned(),
        files: vec![
            file("README.md", &[]),
            file("bom.json", &[]),
            file("model.safetensors", &[Format::Safetensors]),
            file("model.sig", &[]),
        ],
        signatures: vec![SignatureFact {
            method: "oms-key".to_owned(),
            file: "model.sig".to_owned(),
            state: SignatureState::Verified,
            signer: Some(SIGNER.to_owned()),
            by: None,
            coverage: standing(&covered),
        }],
        sboms: vec![SbomFact {
            file: "bom.json".to_owned(),
            format: "CycloneDX 1.6".to_owned(),
            level: SbomLevel::Integrity,
            problems: Vec::new(),
            files: standing(&all),
        }],
    }
}

/// One thing that goes wrong.
type Change = fn(&mut Evidence);

fn pems() -> BTreeMap<String, String> {
    BTreeMap::from([("k.pub".to_owned(), PEM.to_owned())])
}

fn judged(text: &str, evidence: &Evidence) -> Verdict {
    let policy = Policy::parse(text, "p.toml").and_then(|policy| policy.with_files(&pems()));
    assert!(policy.is_ok(), "{policy:?}");
    policy.unwrap_or_else(|_| Policy::built_in()).decide(evidence, "0.1.0", Timestamp::from_millis(5))
}

fn says(verdict: &Verdict, decision: Decision, rule: &str, message: &str) -> bool {
    verdict.decision == decision
        && verdict.reasons.iter().any(|reason| {
            reason.decision == decision && reason.policy_rule == rule && reason.message.contains(message)
        })
}

fn built_in(evidence: &Evidence) -> Verdict {
    Policy::built_in().decide(evidence, "0.1.0", Timestamp::from_millis(5))
}

#[test]
fn what_meets_every_demand_is_allowed_and_the_verdict_says_what_was_met() {
    let verdict = judged(STRICT, &good());
    assert_eq!(verdict.decision, Decision::Allow, "{:#?}", verdict.reasons);
    let said: Vec<_> = verdict.reasons.iter().map(|reason| reason.message.as_str()).collect();
    assert!(said[0].starts_with("4 files looked at to the end"));
    assert!(said[1].starts_with("signed by key:sha256:0390"));
    assert_eq!(
        said[2..],
        ["CycloneDX 1.6 bom.json holds to integrity", "no finding above low", "only allowed formats"]
    );
    assert_eq!((verdict.engine.as_str(), verdict.at), ("0.1.0", Timestamp::from_millis(5)));
}

#[test]
fn an_artifact_without_files_is_denied() {
    let mut evidence = good();
    evidence.files.clear();
    assert!(says(&built_in(&evidence), Decision::Deny, "built-in scan", "nothing to judge"));
}

#[test]
fn severities_deny_warn_and_pass() {
    for (severity, decision) in [
        (Severity::Info, Decision::Allow),
        (Severity::Low, Decision::Allow),
        (Severity::Medium, Decision::Warn),
        (Severity::High, Decision::Deny),
        (Severity::Critical, Decision::Deny),
    ] {
        let mut evidence = good();
        evidence.files[0].findings.push(finding(severity));
        assert_eq!(built_in(&evidence).decision, decision, "{severity}");
    }
}

#[test]
fn fail_on_moves_the_line_between_warning_and_denial() {
    let mut file = file("a", &[]);
    file.findings.push(finding(Severity::High));
    assert_eq!(scan_verdict(&file, Severity::Critical).0, Decision::Warn);
    assert_eq!(scan_verdict(&file, Severity::High).0, Decision::Deny);
    file.findings = vec![finding(Severity::Low)];
    assert_eq!(scan_verdict(&file, Severity::Medium).0, Decision::Allow);
    assert_eq!(scan_verdict(&file, Severity::Low).0, Decision::Deny);
}

#[test]
fn many_findings_of_one_rule_are_one_reason() {
    let mut file = file("a", &[Format::Pickle]);
    file.findings = vec![finding(Severity::High); 9];
    let (_, reasons) = scan_verdict(&file, Severity::High);
    assert_eq!(reasons.len(), 1);
    assert_eq!(
        reasons[0].message,
        "high finding pickle-unsafe-global: calls posix.system at model.bin@0x1f (8 more of this rule)"
    );
}

#[test]
fn a_loadable_file_not_looked_at_to_the_end_is_denied() {
    let mut evidence = good();
    evidence.files[2].coverage = gap();
    assert!(says(
        &built_in(&evidence),
        Decision::Deny,
        "built-in scan",
        "not looked at to the end: cut (malformed)"
    ));
}

#[test]
fn a_file_that_nobody_could_recognise_or_read_is_denied() {
    let mut evidence = good();
    evidence.files[0].coverage = gap();
    assert_eq!(built_in(&evidence).decision, Decision::Deny);
    let mut evidence = good();
    evidence.files[0].sha256 = None;
    assert!(says(&built_in(&evidence), Decision::Deny, "built-in scan", "could not be read"));
}

#[test]
fn content_that_is_not_what_the_cache_claims_is_denied() {
    let claim = Claim::Sha256(Sha256::new([1; 32]));
    let mut evidence = good();
    evidence.files[2].claims.push(ClaimCheck { claim, by: "blob name".to_owned(), matches: true });
    assert_eq!(built_in(&evidence).decision, Decision::Allow);
    evidence.files[2].claims[0].matches = false;
    assert!(says(
        &built_in(&evidence),
        Decision::Deny,
        "built-in scan",
        "not what the blob name claims: sha256 0101"
    ));
}

#[test]
fn each_demand_alone_can_deny() {
    let changes: [(&str, Change); 13] = [
        ("no signature", |e| e.signatures.clear()),
        ("no SBOM", |e| e.sboms.clear()),
        ("medium finding", |e| e.files[0].findings.push(finding(Severity::Medium))),
        ("format gguf is not allowed", |e| e.files[2].formats.push(Format::Gguf)),
        ("key that nobody trusts", |e| e.signatures[0].state = SignatureState::UntrustedSigner),
        ("invalid: cut", |e| e.signatures[0].state = SignatureState::Invalid { reason: "cut".to_owned() }),
        ("does not accept", |e| e.signatures[0].signer = Some("key:sha256:00".to_owned())),
        ("is not covered", |e| e.files.push(file("new.py", &[]))),
        ("not the content vouched for", |e| e.signatures[0].coverage[0].state = FileState::Changed),
        ("is left out", |e| e.signatures[0].coverage[0].state = FileState::Ignored),
        ("is missing, but listed", |e| {
            e.signatures[0].coverage.extend(standing(&[("x", FileState::Missing)]))
        }),
        ("holds to inventory only", |e| e.sboms[0].level = SbomLevel::Inventory),
        ("not accounted for by the SBOM", |e| e.sboms[0].files[1].state = FileState::Unhashed),
    ];
    for (message, change) in changes {
        let mut evidence = good();
        change(&mut evidence);
        let verdict = judged(STRICT, &evidence);
        assert!(says(&verdict, Decision::Deny, "acme", message), "{message}: {:#?}", verdict.reasons);
        let denials = verdict.reasons.iter().filter(|reason| reason.decision == Decision::Deny);
        assert!(denials.clone().all(|reason| reason.remedy.is_some()), "{message}");
    }
}

#[test]
fn loadable_cover_tolerates_new_documents_and_absent_files_but_no_change() {
    let text =
        STRICT.replace("every-file", "every-loadable-file").replace("sbom = { level = \"integrity\" }", "");
    let mut evidence = good();
    evidence.files.push(file("NOTES.md", &[]));
    evidence.signatures[0].coverage.extend(standing(&[("x", FileState::Missing)]));
    assert_eq!(judged(&text, &evidence).decision, Decision::Allow);
    evidence.signatures[0].coverage[0].state = FileState::Changed;
    assert!(says(&judged(&text, &evidence), Decision::Deny, "acme", "not the content vouched for"));
    let mut evidence = good();
    evidence.files.push(file("more.safetensors", &[Format::Safetensors]));
    assert!(says(&judged(&text, &evidence), Decision::Deny, "acme", "is not covered"));
}

#[test]
fn gits_own_files_may_be_left_out_unless_they_can_be_loaded() {
    let text = STRICT.replace("sbom = { level = \"integrity\" }", "");
    let mut evidence = good();
    evidence.files.insert(0, file(".gitattributes", &[]));
    evidence.signatures[0].coverage.extend(standing(&[(".gitattributes", FileState::Ignored)]));
    assert_eq!(judged(&text, &evidence).decision, Decision::Allow);
    evidence.files[0].formats.push(Format::Safetensors);
    assert!(says(&judged(&text, &evidence), Decision::Deny, "acme", "is left out"));
    evidence.files[0].formats.clear();
    evidence.files[0].coverage = gap();
    assert!(says(&judged(&text, &evidence), Decision::Deny, "acme", "is left out"));
}

#[test]
fn a_model_named_like_a_signature_must_be_covered() {
    let mut evidence = good();
    evidence.files[3].formats.push(Format::Safetensors);
    assert!(says(&judged(STRICT, &evidence), Decision::Deny, "acme", "is not covered"));
}

#[test]
fn an_sbom_may_leave_out_what_nothing_loads() {
    let text = "[[rule]]\nname = \"r\"\nmatch = [\"**\"]\nsbom = { level = \"inventory\" }";
    let mut evidence = good();
    evidence.files.push(file(".cache/huggingface/x", &[]));
    evidence.sboms[0].files.extend(standing(&[(".cache/huggingface/x", FileState::Ignored)]));
    assert_eq!(judged(text, &evidence).decision, Decision::Allow);
    evidence.files[4].formats.push(Format::Pickle);
    assert!(says(&judged(text, &evidence), Decision::Deny, "r", "not accounted for"));
}

#[test]
fn one_good_signature_is_enough_beside_bad_ones() {
    let mut evidence = good();
    let mut other = evidence.signatures[0].clone();
    other.file = "other.oms.sig".to_owned();
    other.state = SignatureState::UntrustedSigner;
    other.signer = None;
    evidence.signatures.insert(0, other);
    evidence.files.push(file("other.oms.sig", &[]));
    assert_eq!(judged(STRICT, &evidence).decision, Decision::Allow);
}

#[test]
fn two_signatures_do_not_add_up() {
    let mut evidence = good();
    let mut half = evidence.signatures[0].clone();
    half.coverage[0].state = FileState::Unlisted;
    evidence.signatures[0].coverage[1].state = FileState::Unlisted;
    evidence.signatures.push(half);
    assert_eq!(judged(STRICT, &evidence).decision, Decision::Deny);
}

#[test]
fn a_policy_whose_keys_were_not_read_trusts_nobody() {
    let policy = Policy::parse(STRICT, "p").unwrap();
    let verdict = policy.decide(&good(), "0.1.0", Timestamp::from_millis(0));
    assert!(says(&verdict, Decision::Deny, "acme", "no key of this rule was read"));
    let error = policy.with_files(&BTreeMap::new()).unwrap_err();
    assert!(error.to_string().starts_with("p:5: key file \"k.pub\" was not read"), "{error}");
}

#[test]
fn a_rule_that_does_not_match_demands_nothing() {
    let mut evidence = good();
    evidence.signatures.clear();
    for (reference, decision) in [
        ("hf://acme/model@0123", Decision::Deny),
        ("hf://acme2/model@0123", Decision::Allow),
        ("dir:/hf://acme/x", Decision::Allow),
    ] {
        evidence.reference = reference.to_owned();
        assert_eq!(judged(STRICT, &evidence).decision, decision, "{reference}");
    }
}

#[test]
fn patterns_mean_names_and_folders() {
    for (pattern, reference, matches) in [
        ("hf://acme/*", "hf://acme/model@01", true),
        ("hf://acme/*", "hf://acme/a/b", false),
        ("dir:/srv/models/**", "dir:/srv/models/a/b", true),
        ("dir:/srv/models/**", "dir:/srv/models2/a", false),
        ("oci://reg.example:5000/m/**", "oci://reg.example:5000/m/x@sha256:00", true),
        ("**", "hf://x/y@z", true),
    ] {
        let text =
            format!("[[rule]]\nname = \"r\"\nmatch = [\"{pattern}\"]\nformats = {{ allow = [\"gguf\"] }}");
        let mut evidence = good();
        evidence.reference = reference.to_owned();
        assert_eq!(judged(&text, &evidence).decision == Decision::Deny, matches, "{pattern} {reference}");
    }
}

#[test]
fn no_match_can_deny() {
    let text = "[defaults]\nno-match = \"deny\"\n".to_owned() + STRICT;
    let mut evidence = good();
    assert_eq!(judged(&text, &evidence).decision, Decision::Allow);
    evidence.reference = "hf://other/model@1".to_owned();
    assert!(says(&judged(&text, &evidence), Decision::Deny, "defaults", "no rule matches"));
}

#[test]
fn all_matching_rules_must_pass() {
    let second = "[[rule]]\nname = \"gguf\"\nmatch = [\"**\"]\nformats = { allow = [\"gguf\"] }\n";
    let verdict = judged(&format!("{STRICT}{second}"), &good());
    assert!(says(&verdict, Decision::Deny, "gguf", "format safetensors is not allowed"));
    assert!(verdict.reasons.iter().all(|r| r.policy_rule != "acme" || r.decision == Decision::Allow));
}

#[test]
fn defaults_hold_for_every_artifact() {
    let text = "[defaults]\nscan = { max-severity = \"info\" }";
    let mut evidence = good();
    assert_eq!(judged(text, &evidence).decision, Decision::Allow);
    evidence.files[0].findings.push(finding(Severity::Low));
    assert!(says(&judged(text, &evidence), Decision::Deny, "defaults", "low finding"));
}

#[test]
fn unrecognised_files_can_be_denied() {
    let text = STRICT.replace("[\"safetensors\"]", "[\"safetensors\"], unrecognised = \"deny\"");
    assert!(says(&judged(&text, &good()), Decision::Deny, "acme", "no known format"));
}

#[test]
fn the_digest_names_text_and_keys() {
    let policy = Policy::parse(STRICT, "a").unwrap();
    assert_eq!(policy.digest(), Policy::parse(STRICT, "b").unwrap().digest());
    assert_ne!(policy.digest(), Policy::built_in().digest());
    let bound = policy.clone().with_files(&pems()).unwrap();
    assert_ne!(bound.digest(), policy.digest());
    let other = BTreeMap::from([("k.pub".to_owned(), PEM.replace("AQID", "AQIE"))]);
    assert_ne!(policy.with_files(&other).unwrap().digest(), bound.digest());
    assert_eq!(bound.decide(&good(), "e", Timestamp::from_millis(0)).policy, bound.digest());
}

#[test]
fn a_verdict_on_many_bad_files_stays_short() {
    let mut evidence = good();
    let mut bad = file("bad", &[Format::Pickle]);
    bad.findings.push(finding(Severity::Critical));
    evidence.files = vec![bad; 10_000];
    let verdict = built_in(&evidence);
    assert_eq!(verdict.decision, Decision::Deny);
    assert!(verdict.reasons.len() < 60, "{}", verdict.reasons.len());
}

fn any_severity() -> impl Strategy<Value = Severity> {
    (0..Severity::ALL.len()).prop_map(|pick| Severity::ALL[pick])
}

proptest! {
    #[test]
    fn another_finding_never_improves_a_verdict(first in any_severity(), second in any_severity(), strict: bool) {
        let text = if strict { STRICT } else { "" };
        let mut evidence = good();
        evidence.files[2].findings.push(finding(first));
        let before = judged(text, &evidence).decision;
        evidence.files[0].findings.push(finding(second));
        prop_assert!(judged(text, &evidence).decision >= before);
    }

    #[test]
    fn any_text_is_parsed_or_refused_without_a_panic(text in "[a-z\\[\\]={}\",*\n -]{0,200}") {
        if let Err(error) = Policy::parse(&text, "p") {
            prop_assert!(error.line >= 1 && error.to_string().starts_with("p:"));
        }
    }
}

/// A finding of `rule` about the global `pkg.Net`.
fn about_net(rule: &'static str, severity: Severity) -> Finding {
    let detail = BTreeMap::from([("global".to_owned(), "pkg.Net".to_owned())]);
    Finding { rule: RuleId::new(rule), detail, ..finding(severity) }
}

#[test]
fn an_approval_vouches_for_one_unknown_global_of_one_source() {
    const APPROVE: &str =
        "[[approve]]\nglobal = \"pkg.Net\"\nmatch = [\"hf://acme/**\"]\nreason = \"read its code\"\n";
    let mut evidence = good();
    evidence.files[2].findings.push(about_net("pickle-unknown-global", Severity::High));
    evidence.files[2].findings.push(about_net("pickle-unknown-import", Severity::Medium));
    let unapproved = judged("", &evidence);
    assert_eq!(unapproved.decision, Decision::Deny);
    let remedy = unapproved.reasons.iter().find_map(|reason| reason.remedy.clone()).unwrap();
    assert!(remedy.contains("assay policy approve pkg.Net"), "{remedy}");

    let approved = judged(APPROVE, &evidence);
    assert!(
        says(&approved, Decision::Allow, "approve", "pkg.Net is approved: read its code"),
        "{approved:?}"
    );

    let other_name = APPROVE.replace("pkg.Net", "pkg.Other");
    let other_source = APPROVE.replace("acme", "evil");
    for text in [&other_name, &other_source] {
        assert_eq!(judged(text, &evidence).decision, Decision::Deny, "{text}");
    }
}

#[test]
fn an_approval_never_covers_what_is_known_to_be_bad_or_was_not_looked_at() {
    const APPROVE: &str = "[[approve]]\nglobal = \"pkg.Net\"\nmatch = [\"**\"]\nreason = \"r\"\n";
    for rule in ["pickle-unsafe-global", "pickle-foreign-mutation", "pickle-dotted-global"] {
        let mut evidence = good();
        evidence.files[2].findings.push(about_net("pickle-unknown-global", Severity::High));
        evidence.files[2].findings.push(about_net(rule, Severity::High));
        assert_eq!(judged(APPROVE, &evidence).decision, Decision::Deny, "{rule}");
    }
    let mut evidence = good();
    evidence.files[2].findings.push(about_net("pickle-unknown-global", Severity::High));
    evidence.files[2].coverage = gap();
    assert_eq!(judged(APPROVE, &evidence).decision, Decision::Deny);
}

#[test]
fn an_approval_says_what_why_and_where() {
    let error = |text: &str| Policy::parse(text, "p.toml").unwrap_err().to_string();
    let nothing = error("[[approve]]\nglobal = \"pkg.*\"\nmatch = [\"**\"]\nreason = \"r\"\n");
    assert!(nothing.starts_with("p.toml:2: `global = \"pkg.*\"` is not a global"), "{nothing}");
    let unexplained = error("[[approve]]\nglobal = \"p.N\"\nmatch = [\"**\"]\nreason = \" \"\n");
    assert!(unexplained.starts_with("p.toml:4: `reason` is empty"), "{unexplained}");
    let nowhere = error("[[approve]]\nglobal = \"p.N\"\nmatch = []\nreason = \"r\"\n");
    assert!(nowhere.starts_with("p.toml:3: `match` is empty"), "{nowhere}");
}

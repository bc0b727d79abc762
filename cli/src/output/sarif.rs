//! SARIF 2.1.0 (OASIS, 2020), for code scanning services.
//!
//! A finding is a result. A part that was not looked at is a result of the rule `incomplete`, because services ignore
//! notifications and "could not finish" must never read as clean. A byte offset inside a member is no offset in the
//! file, so it stands in the logical location and not in the region.

use std::collections::BTreeMap;

use assay_core::{Decision, Finding, Gap, Location, Reason, Severity, Verdict};
use serde_json::json;
use serde_sarif::sarif::{
    Artifact, ArtifactLocation, Invocation, Location as Place, LogicalLocation, Message,
    MultiformatMessageString, Notification, PhysicalLocation, PropertyBag, Region, ReportingDescriptor,
    Result as Outcome, ResultKind, ResultLevel, Run, SCHEMA_URL, Sarif, Tool, ToolComponent,
};

use crate::local::{FileRow, Skipped};
use crate::rules::Page;

/// The rule of a part that was not looked at to its end.
const INCOMPLETE: &str = "incomplete";

/// Where the documentation is.
const DOCS: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/docs/");

/// The rule of an artifact that policy does not accept.
const POLICY: &str = "policy";

/// What a SARIF log says.
#[derive(Debug, Clone)]
pub(crate) struct Reported<'r> {
    /// Every file that was looked at.
    pub(crate) files: Vec<&'r FileRow>,
    /// What was not looked at.
    pub(crate) skipped: Vec<&'r Skipped>,
    /// What policy decided about each artifact, by reference.
    pub(crate) verdicts: Vec<(&'r str, &'r Verdict)>,
    /// Whether something was not looked at to the end.
    pub(crate) incomplete: bool,
}

/// The log of one run.
pub(crate) fn sarif(reported: &Reported<'_>) -> Sarif {
    let rules = Rules::of(reported);
    let mut results: Vec<Outcome> =
        reported.files.iter().enumerate().flat_map(|(index, file)| results(file, index, &rules)).collect();
    for (reference, verdict) in &reported.verdicts {
        results.extend(verdict.reasons.iter().filter_map(|reason| refused(reference, reason, &rules)));
    }
    let driver = ToolComponent::builder()
        .name("assay")
        .version(crate::local::ENGINE)
        .semantic_version(crate::local::ENGINE)
        .information_uri(env!("CARGO_PKG_REPOSITORY"))
        .rules(rules.descriptors())
        .build();
    let invocation = Invocation::builder()
        .execution_successful(!reported.incomplete)
        .tool_execution_notifications(reported.skipped.iter().copied().map(notification).collect::<Vec<_>>())
        .build();
    let run = Run::builder()
        .tool(Tool::builder().driver(driver).build())
        .artifacts(reported.files.iter().copied().map(artifact).collect::<Vec<_>>())
        .invocations(vec![invocation])
        .results(results)
        .build();
    Sarif::builder().schema(SCHEMA_URL).version(json!("2.1.0")).runs(vec![run]).build()
}

/// The rules that hit, each once, with the severity it hit with.
struct Rules(BTreeMap<String, Hit>);

/// What is known of a rule that hit.
struct Hit {
    severity: Severity,
    /// Names in public catalogues.
    taxonomy: Vec<String>,
}

impl Rules {
    fn of(reported: &Reported<'_>) -> Self {
        let mut rules = BTreeMap::new();
        if reported.verdicts.iter().any(|(_, verdict)| verdict.decision != Decision::Allow) {
            rules.insert(POLICY.to_owned(), Hit { severity: Severity::High, taxonomy: Vec::new() });
        }
        for file in &reported.files {
            for finding in &file.findings {
                let hit = rules.entry(finding.rule.to_string()).or_insert_with(|| Hit {
                    severity: finding.severity,
                    taxonomy: finding.taxonomy.clone(),
                });
                hit.severity = finding.severity.max(hit.severity);
            }
            if file.coverage != assay_core::Coverage::Whole {
                rules.insert(INCOMPLETE.to_owned(), Hit { severity: Severity::Medium, taxonomy: Vec::new() });
            }
        }
        Self(rules)
    }

    fn index(&self, id: &str) -> i64 {
        self.0.keys().position(|known| known == id).and_then(|index| i64::try_from(index).ok()).unwrap_or(-1)
    }

    fn descriptors(&self) -> Vec<ReportingDescriptor> {
        self.0.iter().map(|(id, hit)| descriptor(id, hit)).collect()
    }
}

fn descriptor(id: &str, hit: &Hit) -> ReportingDescriptor {
    let page = crate::rules::page(id);
    let (text, uri) = match id {
        INCOMPLETE => (
            "A part was not looked at to its end, so nothing is known about it.".to_owned(),
            "cli.md".to_owned(),
        ),
        POLICY => ("The policy does not accept the artifact.".to_owned(), "policy.md".to_owned()),
        _ => (page.map_or_else(|| id.replace('-', " "), Page::summary), format!("rules/{id}.md")),
    };
    let (help, markdown) = page.map_or((text.as_str(), text.as_str()), |page| (page.text, page.text));
    let properties = PropertyBag::builder()
        .tags(tags(&hit.taxonomy))
        .additional_properties(BTreeMap::from([("security-severity".to_owned(), json!(score(hit.severity)))]))
        .build();
    ReportingDescriptor::builder()
        .id(id)
        .name(id)
        .short_description(MultiformatMessageString::builder().text(text.clone()).build())
        .help(MultiformatMessageString::builder().text(help).markdown(markdown).build())
        .help_uri(format!("{DOCS}{uri}"))
        .properties(properties)
        .build()
}

/// Tags as code scanning services know them.
fn tags(taxonomy: &[String]) -> Vec<String> {
    let catalogues = taxonomy.iter().map(|name| match name.starts_with("CWE-") {
        true => format!("external/cwe/{}", name.to_ascii_lowercase()),
        false => name.clone(),
    });
    std::iter::once("security".to_owned()).chain(catalogues).collect()
}

fn results(file: &FileRow, index: usize, rules: &Rules) -> Vec<Outcome> {
    let found = file.findings.iter().map(|finding| found(file, index, finding, rules));
    let lost = file.coverage.gaps().iter().map(|gap| lost(file, index, gap, rules));
    found.chain(lost).collect()
}

fn found(file: &FileRow, index: usize, finding: &Finding, rules: &Rules) -> Outcome {
    let mut properties = BTreeMap::from([
        ("severity".to_owned(), json!(finding.severity)),
        ("location".to_owned(), json!(finding.location)),
    ]);
    for (name, value) in &finding.detail {
        properties.insert(format!("detail/{name}"), json!(value));
    }
    let bag = PropertyBag::builder().tags(finding.taxonomy.clone()).additional_properties(properties).build();
    Outcome::builder()
        .rule_id(finding.rule.as_str())
        .rule_index(rules.index(finding.rule.as_str()))
        .level(level(finding.severity))
        .message(Message::builder().text(finding.message.clone()).build())
        .locations(vec![place(file, index, &finding.location)])
        .partial_fingerprints(fingerprint(file, finding.rule.as_str(), &finding.location))
        .properties(bag)
        .build()
}

fn lost(file: &FileRow, index: usize, gap: &Gap, rules: &Rules) -> Outcome {
    let denied = file.verdict == Decision::Deny;
    let bag = PropertyBag::builder()
        .additional_properties(BTreeMap::from([
            ("gap".to_owned(), json!(gap.kind)),
            ("location".to_owned(), json!(gap.location)),
        ]))
        .build();
    Outcome::builder()
        .rule_id(INCOMPLETE)
        .rule_index(rules.index(INCOMPLETE))
        .kind(ResultKind::Fail)
        .level(if denied { ResultLevel::Error } else { ResultLevel::Warning })
        .message(
            Message::builder()
                .text(format!("not looked at to the end: {} ({})", gap.message, gap.kind))
                .build(),
        )
        .locations(vec![place(file, index, &gap.location)])
        .partial_fingerprints(fingerprint(file, INCOMPLETE, &gap.location))
        .properties(bag)
        .build()
}

/// A demand of the policy that is not met; findings and gaps have results of their own, but may be below a demand.
fn refused(reference: &str, reason: &Reason, rules: &Rules) -> Option<Outcome> {
    let level = match reason.decision {
        Decision::Allow => return None,
        Decision::Warn => ResultLevel::Warning,
        Decision::Deny => ResultLevel::Error,
    };
    let about = reason.file.as_deref().unwrap_or(reference);
    let logical = LogicalLocation::builder().fully_qualified_name(reference).kind("resource").build();
    let text = format!("[{}] {about}: {}", reason.policy_rule, reason.message);
    let described = Outcome::builder()
        .rule_id(POLICY)
        .rule_index(rules.index(POLICY))
        .level(level)
        .message(Message::builder().text(text).build())
        .locations(vec![Place::builder().logical_locations(vec![logical]).build()]);
    Some(described.build())
}

/// The file, and for a member where inside.
fn place(file: &FileRow, index: usize, location: &Location) -> Place {
    let own = Location::file(&file.path);
    let uri = ArtifactLocation::builder().uri(uri(&file.path));
    let artifact = match i64::try_from(index) {
        Ok(index) => uri.index(index).build(),
        Err(_) => uri.build(),
    };
    let offset = location.offset().and_then(|offset| i64::try_from(offset).ok());
    let member = location.path().strip_prefix(own.path()).and_then(|rest| rest.strip_prefix('!'));
    let physical = PhysicalLocation::builder().artifact_location(artifact);
    match (member, offset) {
        (None, Some(offset)) => {
            let region = Region::builder().byte_offset(offset).build();
            Place::builder().physical_location(physical.region(region).build()).build()
        }
        (None, None) => Place::builder().physical_location(physical.build()).build(),
        (Some(member), _) => {
            let logical = LogicalLocation::builder()
                .name(member)
                .kind("member")
                .fully_qualified_name(location.to_string())
                .build();
            Place::builder().physical_location(physical.build()).logical_locations(vec![logical]).build()
        }
    }
}

fn artifact(file: &FileRow) -> Artifact {
    let location = ArtifactLocation::builder().uri(uri(&file.path)).build();
    let formats: Vec<&str> = file.formats.iter().map(|format| format.name()).collect();
    let bag = PropertyBag::builder()
        .additional_properties(BTreeMap::from([
            ("formats".to_owned(), json!(formats)),
            ("verdict".to_owned(), json!(file.verdict)),
            ("coverage".to_owned(), json!(file.coverage)),
        ]))
        .build();
    let described = Artifact::builder()
        .location(location)
        .length(i64::try_from(file.size).unwrap_or(i64::MAX))
        .roles(vec![json!("analysisTarget")])
        .properties(bag);
    match file.sha256 {
        Some(digest) => {
            described.hashes(BTreeMap::from([("sha-256".to_owned(), digest.to_string())])).build()
        }
        None => described.build(),
    }
}

fn notification(skipped: &Skipped) -> Notification {
    let uri = ArtifactLocation::builder().uri(uri(&skipped.path)).build();
    let physical = PhysicalLocation::builder().artifact_location(uri).build();
    Notification::builder()
        .level(json!(if skipped.why.leaves_a_gap() { "error" } else { "note" }))
        .message(Message::builder().text(format!("not looked at: {}", skipped.message)).build())
        .locations(vec![Place::builder().physical_location(physical).build()])
        .build()
}

/// The same finding at the same place in the same content is the same result.
fn fingerprint(file: &FileRow, rule: &str, location: &Location) -> BTreeMap<String, String> {
    let inside = location.to_string();
    let own = Location::file(&file.path);
    let inside = inside.strip_prefix(own.path()).unwrap_or(&inside);
    let content = file.sha256.map_or_else(|| "unread".to_owned(), |digest| digest.to_string());
    BTreeMap::from([("assay/v1".to_owned(), format!("{rule}:{content}:{inside}"))])
}

const fn level(severity: Severity) -> ResultLevel {
    match severity {
        Severity::Critical | Severity::High => ResultLevel::Error,
        Severity::Medium => ResultLevel::Warning,
        Severity::Low | Severity::Info => ResultLevel::Note,
    }
}

/// The middle of each CVSS range, which services sort by.
const fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.0",
        Severity::Info => "0.0",
    }
}

/// A path as a URI reference (RFC 3986): relative stays relative, everything unusual is percent-encoded.
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    if path.starts_with('/') {
        out.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte))
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_a_uri_whatever_it_holds() {
        assert_eq!(uri("m/a b#?.pt"), "m/a%20b%23%3F.pt");
        assert_eq!(uri("/m/ä"), "file:///m/%C3%A4");
        assert_eq!(uri("c:x"), "c%3Ax");
    }
}

//! PMML: models as XML, for Java programs above all.
//!
//! Source: PMML 4.4 (`Extension`, `Apply`, `TableLocator`); `FunctionRegistry` of JPMML, which takes the name of a
//! function for that of a class. Extensions may hold anything, and what they mean is between the two programs: what
//! reads like a script in them is judged. The mathematics is not.

use assay_core::{Format, Rule, RuleId, Severity};

use crate::command_text::{self, COMMAND_TEXT, command_in};
use crate::xml::{
    Document, ENTITY_DECLARATION, ENTITY_EXPANSION, EXTERNAL_ENTITY, Element, Root, Step, root,
};
use crate::{Input, Probe, Report, Scanner, Stop};

const SCRIPT: Rule = Rule {
    id: RuleId::new("pmml-script"),
    severity: Severity::High,
    summary: "The document holds a script or a command for a program that reads it",
    taxonomy: &["CWE-94", "CWE-506", "AML.T0010", "AML.T0011.000"],
};
const CLASS_FUNCTION: Rule = Rule {
    id: RuleId::new("pmml-class-function"),
    severity: Severity::Medium,
    summary: "A function has the name of a Java class, which the evaluator loads and calls",
    taxonomy: &["CWE-470", "AML.T0010"],
};
const EXTERNAL: Rule = Rule {
    id: RuleId::new("pmml-external-reference"),
    severity: Severity::Medium,
    summary: "The document names a file, a database or an address outside of it",
    taxonomy: &["CWE-829", "CWE-918"],
};
static RULES: [Rule; 7] =
    [SCRIPT, CLASS_FUNCTION, EXTERNAL, COMMAND_TEXT, EXTERNAL_ENTITY, ENTITY_EXPANSION, ENTITY_DECLARATION];

/// Names of elements and extensions that hold code.
const SCRIPTS: &[&str] =
    &["script", "javascript", "groovy", "exec", "eval", "shell", "command", "cmd", "python", "code"];

/// What addresses begin with; `jdbc:` has no slashes.
const ADDRESSES: &[&str] = &["jdbc:", "file:", "ldap:", "rmi:", "jar:"];

/// Scanner of PMML.
#[derive(Debug)]
pub(super) struct Pmml;

impl Scanner for Pmml {
    fn format(&self) -> Format {
        Format::Pmml
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        match root(probe.head) {
            Root::Named(name) => name.eq_ignore_ascii_case("PMML") || probe.named(&[".pmml"]),
            Root::OutOfSight => probe.named(&[".pmml"]),
            Root::NotXml => probe.named(&[".pmml"]) && probe.head.starts_with(EBCDIC),
        }
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let mut document = Document::new(input)?;
        let mut open: Vec<Kind> = Vec::new();
        while let Some(step) = document.next(report)? {
            match step {
                Step::Open(element) => {
                    let kind = Kind::of(&element, open.last().copied());
                    open.push(kind);
                    judge(&element, kind, input, report);
                }
                Step::Close => {
                    open.pop();
                }
                Step::Text(text, offset) => {
                    let kind = open.last().copied().unwrap_or(Kind::Other);
                    free_text(&text, kind, "a text", offset, input, report);
                }
            }
        }
        Ok(())
    }
}

/// `<?xm` in EBCDIC, which Java's parsers read.
const EBCDIC: &[u8] = b"\x4c\x6f\xa7\x94";

/// Where an element stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// In something that the standard leaves open.
    Extension,
    Table,
    Other,
}

impl Kind {
    fn of(element: &Element, parent: Option<Self>) -> Self {
        match element.name.as_str() {
            "Extension" => Self::Extension,
            "TableLocator" => Self::Table,
            _ => parent.unwrap_or(Self::Other),
        }
    }
}

fn judge(element: &Element, kind: Kind, input: &Input<'_>, report: &mut Report<'_>) {
    let place = input.place().at(element.offset);
    let named = element.attribute("name").filter(|_| kind == Kind::Extension).unwrap_or_default();
    let script = |name: &str| SCRIPTS.contains(&name.to_ascii_lowercase().as_str());
    if element.name.eq_ignore_ascii_case("script")
        || script(named)
        || (kind == Kind::Extension && script(&element.name))
    {
        let name = if script(named) { named } else { &element.name };
        report.hit(&SCRIPT, place.clone(), &format!("an extension holds code: {name}"), &[("name", name)]);
    }
    if element.name == "include" && element.attribute("href").is_some() {
        let address = element.attribute("href").unwrap_or_default();
        let text = format!("an XML parser with XInclude opens {address}");
        report.hit(&EXTERNAL_ENTITY, place.clone(), &text, &[("address", address)]);
    }
    let function = element.attribute("function").filter(|_| element.name == "Apply");
    if let Some(function) = function.filter(|function| names_class(function)) {
        let text = format!("evaluating loads and calls the class {function}");
        report.hit(&CLASS_FUNCTION, place, &text, &[("class", function)]);
    }
    for (name, value) in &element.attributes {
        free_text(value, kind, &format!("the attribute {name}"), element.offset, input, report);
    }
}

/// Judges a text that the standard gives no meaning.
fn free_text(text: &str, kind: Kind, what: &str, offset: u64, input: &Input<'_>, report: &mut Report<'_>) {
    let place = input.place().at(offset);
    if kind == Kind::Extension
        && let Some(word) = command_in(text)
    {
        let message = format!("{what} of an extension is a command or code: {word}");
        report.hit(&SCRIPT, place, &message, &[("word", word)]);
    } else if kind != Kind::Other && names_address(text) {
        let message = format!("{what} names {text}");
        report.hit(&EXTERNAL, place, &message, &[("address", text)]);
    } else {
        command_text::judge(text, what, place, report);
    }
}

/// Whether a function's name is that of a class: parts between points, the last with a capital.
fn names_class(function: &str) -> bool {
    let mut parts = function.split('.');
    let last = parts.next_back().unwrap_or_default();
    let word =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'$'));
    parts.next().is_some()
        && last.starts_with(|first: char| first.is_ascii_uppercase())
        && function.split('.').all(|part| !part.is_empty() && word(part))
}

fn names_address(text: &str) -> bool {
    let text = text.trim();
    let scheme = text.split_once("://").is_some_and(|(scheme, _)| {
        !scheme.is_empty() && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'+')
    });
    let lower = text.to_ascii_lowercase();
    // The name of a namespace is no place that anything is fetched from.
    let namespace = lower.starts_with("http://www.dmg.org/") || lower.starts_with("http://www.w3.org/");
    (scheme && !namespace) || ADDRESSES.iter().any(|start| lower.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    fn rules(body: &str) -> Vec<String> {
        let text = format!("<PMML version=\"4.4\">{body}</PMML>");
        let facts = scan(&Pmml, "m.pmml", text.as_bytes());
        assert!(facts.gaps.is_empty(), "{:?}", facts.gaps);
        facts.rules().into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn scripts_in_extensions_are_found_and_other_extensions_are_not() {
        for script in [
            r#"<Extension name="script" value="x"/>"#,
            r#"<Extension name="x"><script>x</script></Extension>"#,
            r#"<Extension name="x" value="Runtime.getRuntime().exec('id')"/>"#,
            r#"<Extension>__import__('os')</Extension>"#,
        ] {
            assert_eq!(rules(script), ["pmml-script"], "{script}");
        }
        let honest = r#"<Header copyright="see http://example.org"><Extension name="user" value="rattle"
            extender="R"/></Header><Extension><X xmlns="http://www.w3.org/x">1</X></Extension>"#;
        assert!(rules(honest).is_empty());
    }

    #[test]
    fn functions_that_are_classes_are_told_from_others() {
        let apply = |function: &str| rules(&format!(r#"<Apply function="{function}"/>"#));
        assert_eq!(apply("com.example.Evil"), ["pmml-class-function"]);
        for own in ["+", "x-expit", "stdNormalCDF", "a.b", "Evil", ".A", "1.5"] {
            assert!(apply(own).is_empty(), "{own}");
        }
    }

    #[test]
    fn tables_and_extensions_name_places() {
        let table = r#"<TableLocator><Extension name="url" value="jdbc:h2:mem:x"/></TableLocator>"#;
        assert_eq!(rules(table), ["pmml-external-reference"]);
        assert_eq!(rules(r#"<Extension value="ftp://192.0.2.1/x"/>"#), ["pmml-external-reference"]);
        assert_eq!(rules(r#"<xi:include href="/x.xml"/>"#), ["xml-external-entity"]);
    }
}

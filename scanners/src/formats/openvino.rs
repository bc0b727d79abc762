//! OpenVINO IR: an XML of layers beside a `.bin` of weights, and the XML that names kernels for graphics processors.
//!
//! Source: `xml_deserialize_util.cpp` of OpenVINO (which attributes are read, what constants state), the guide on custom
//! operations for GPU (`CustomLayer`). The loader's parser, pugixml, opens no entities; other tools for the same file
//! do. Edges, shapes and the meaning of the graph are not looked at; the `.bin` holds bare numbers and is recognised by
//! nobody unless it is something else.

use std::collections::BTreeSet;

use assay_core::{Format, Rule, RuleId, Severity};

use crate::command_text::{self, COMMAND_TEXT};
use crate::openvino::{OWN, TOKENIZERS};
use crate::xml::{
    Document, ENTITY_DECLARATION, ENTITY_EXPANSION, EXTERNAL_ENTITY, Element, Root, Step, root,
};
use crate::{Input, Probe, Report, Scanner, Stop};

/// Kinds of custom operators that are reported; more of them say nothing new.
const MAX_CUSTOM: usize = 64;

const LIBRARY: Rule = Rule {
    id: RuleId::new("openvino-library-reference"),
    severity: Severity::High,
    summary: "The model names a native library, which runs when it is loaded",
    taxonomy: &["CWE-829", "CWE-114", "AML.T0010", "AML.T0011.000"],
};
const CUSTOM_OPERATOR: Rule = Rule {
    id: RuleId::new("openvino-custom-operator"),
    severity: Severity::Medium,
    summary: "An operator is not OpenVINO's, so the model needs a native extension",
    taxonomy: &["CWE-829", "AML.T0010"],
};
const CUSTOM_KERNEL: Rule = Rule {
    id: RuleId::new("openvino-custom-kernel"),
    severity: Severity::Medium,
    summary: "The file names source code that is compiled and run on the graphics processor",
    taxonomy: &["CWE-829", "AML.T0010"],
};
const EXTERNAL: Rule = Rule {
    id: RuleId::new("openvino-external-address"),
    severity: Severity::Medium,
    summary: "A layer names an address outside the model",
    taxonomy: &["CWE-829", "CWE-918"],
};
const CONSTANT: Rule = Rule {
    id: RuleId::new("openvino-invalid-constant"),
    severity: Severity::Medium,
    summary: "A constant's place in the weights cannot hold what it states",
    taxonomy: &["CWE-125", "CWE-190"],
};
static RULES: [Rule; 9] = [
    LIBRARY,
    CUSTOM_OPERATOR,
    CUSTOM_KERNEL,
    EXTERNAL,
    CONSTANT,
    COMMAND_TEXT,
    EXTERNAL_ENTITY,
    ENTITY_EXPANSION,
    ENTITY_DECLARATION,
];

/// Scanner of OpenVINO's XML.
#[derive(Debug)]
pub(super) struct OpenVino;

impl Scanner for OpenVino {
    fn format(&self) -> Format {
        Format::Openvino
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        match root(probe.head) {
            Root::Named(name) => matches!(name.as_str(), "net" | "CustomLayer"),
            Root::OutOfSight => probe.named(&[".xml"]),
            Root::NotXml => false,
        }
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let mut document = Document::new(input)?;
        let mut scan = Scan { input, open: Vec::new(), custom: BTreeSet::new() };
        while let Some(step) = document.next(report)? {
            match step {
                Step::Open(element) => scan.element(&element, report),
                Step::Close => {
                    scan.open.pop();
                }
                Step::Text(text, offset) => {
                    command_text::judge(&text, "a text", input.place().at(offset), report);
                }
            }
        }
        Ok(())
    }
}

/// What an element is to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Layer,
    Constant,
    /// Notes of the tools that made the model; nothing in it is opened.
    Notes,
    Other,
}

struct Scan<'i, 'a> {
    input: &'i Input<'a>,
    open: Vec<Kind>,
    custom: BTreeSet<String>,
}

impl Scan<'_, '_> {
    fn element(&mut self, element: &Element, report: &mut Report<'_>) {
        let parent = self.open.last().copied().unwrap_or(Kind::Other);
        let kind = match element.name.as_str() {
            _ if parent == Kind::Notes => Kind::Notes,
            "rt_info" | "meta_data" | "cli_parameters" | "quantization_parameters" => Kind::Notes,
            "layer" if element.attribute("type") == Some("Const") => Kind::Constant,
            "layer" => Kind::Layer,
            _ => Kind::Other,
        };
        self.open.push(kind);
        if matches!(kind, Kind::Layer | Kind::Constant) {
            self.operator(element, report);
        } else if parent == Kind::Constant && element.name == "data" {
            self.constant(element, report);
        } else if matches!(element.name.as_str(), "Source" | "CustomLayer") {
            self.kernel(element, report);
        }
        for (name, value) in &element.attributes {
            self.attribute(element, kind, name, value, report);
        }
    }

    fn attribute(&self, element: &Element, kind: Kind, name: &str, value: &str, report: &mut Report<'_>) {
        let place = self.input.place().at(element.offset);
        let detail = [("attribute", name), ("value", value)];
        if kind != Kind::Notes && names_library(value) {
            let text = format!("{} names the native library {value}", element.name);
            report.hit(&LIBRARY, place, &text, &detail);
        } else if matches!(element.name.as_str(), "layer" | "data")
            && kind != Kind::Notes
            && value.contains("://")
        {
            let text = format!("{} names the address {value}", element.name);
            report.hit(&EXTERNAL, place, &text, &detail);
        } else {
            command_text::judge(value, &format!("the attribute {name}"), place, report);
        }
    }

    /// Judges which operator a layer is. Before IR 10 layers name no set of operators, and today's loader refuses them.
    fn operator(&mut self, layer: &Element, report: &mut Report<'_>) {
        let (Some(operator), Some(set)) = (layer.attribute("type"), layer.attribute("version")) else {
            return;
        };
        let numbered = set.strip_prefix("opset").is_some_and(|number| number.parse::<u16>().is_ok());
        // The loader compares names without case: IR has `SoftMax` for `Softmax`.
        let known = OWN.iter().any(|own| own.eq_ignore_ascii_case(operator));
        let own = (numbered || set == "experimental") && known;
        if own || (set == "extension" && TOKENIZERS.contains(&operator)) {
            return;
        }
        let named = format!("{set}.{operator}");
        if self.custom.len() < MAX_CUSTOM && self.custom.insert(named.clone()) {
            let text = format!("the operator {operator} of {set} comes from an extension");
            let place = self.input.place().at(layer.offset);
            report.hit(&CUSTOM_OPERATOR, place, &text, &[("operator", &named)]);
        }
    }

    fn kernel(&self, element: &Element, report: &mut Report<'_>) {
        let source = element.attribute("filename");
        if let Some(source) = source {
            let text = format!("loading compiles and runs {source}");
            let place = self.input.place().at(element.offset);
            report.hit(&CUSTOM_KERNEL, place, &text, &[("source", source)]);
        }
    }

    fn constant(&self, data: &Element, report: &mut Report<'_>) {
        if let Some(why) = wrong_constant(data) {
            let place = self.input.place().at(data.offset);
            report.hit(&CONSTANT, place, &format!("a constant has {why}"), &[]);
        }
    }
}

/// Why a constant cannot be what it states.
fn wrong_constant(data: &Element) -> Option<&'static str> {
    let number = |name| data.attribute(name).map(|value| value.trim().parse::<u64>());
    let (offset, size) = match (number("offset")?, number("size")?) {
        (Ok(offset), Ok(size)) => (offset, size),
        (Err(_), _) | (_, Err(_)) => return Some("an offset or a size that is no number"),
    };
    if offset.checked_add(size).is_none() {
        return Some("an end beyond every file");
    }
    let bits = bits(data.attribute("element_type")?)?;
    let mut needed = bits;
    for dimension in data.attribute("shape")?.split(',').map(str::trim).filter(|text| !text.is_empty()) {
        match dimension.parse::<u64>().ok().and_then(|dimension| needed.checked_mul(dimension)) {
            Some(product) => needed = product,
            None => return Some("a shape that is no number of elements"),
        }
    }
    (needed.div_ceil(8) > size).then_some("fewer bytes than its shape needs")
}

/// Bits of one element; texts have a layout of their own.
fn bits(element: &str) -> Option<u64> {
    Some(match element {
        "f64" | "i64" | "u64" => 64,
        "f32" | "i32" | "u32" => 32,
        "f16" | "bf16" | "i16" | "u16" => 16,
        "i8" | "u8" | "f8e4m3" | "f8e5m2" | "f8e8m0" | "boolean" => 8,
        "i4" | "u4" | "nf4" | "f4e2m1" => 4,
        "u2" => 2,
        "u1" => 1,
        _ => return None,
    })
}

/// Whether a text is the name of a native library on any system.
fn names_library(value: &str) -> bool {
    let value = value.trim().to_ascii_lowercase();
    let plain = [".so", ".dll", ".dylib", ".pyd"].iter().any(|ending| value.ends_with(ending));
    let numbered = value
        .rsplit_once(".so.")
        .is_some_and(|(_, version)| version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'));
    plain || numbered
}

#[cfg(test)]
mod tests {
    use assay_core::GapKind;

    use super::*;
    use crate::testing::scan;

    fn rules(layers: &str) -> Vec<String> {
        let text = format!("<net name=\"m\" version=\"11\"><layers>{layers}</layers></net>");
        let facts = scan(&OpenVino, "m.xml", text.as_bytes());
        assert!(facts.gaps.is_empty(), "{:?}", facts.gaps);
        facts.rules().into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn operators_that_nobody_brings_need_an_extension() {
        for own in [
            r#"<layer id="0" type="MatMul" version="opset1"/>"#,
            r#"<layer id="0" type="BPETokenizer" version="extension"/>"#,
            r#"<layer id="0" type="SoftMax" version="opset8"/>"#,
            r#"<layer id="0" type="Convolution"/>"#,
        ] {
            assert!(rules(own).is_empty(), "{own}");
        }
        for custom in [
            r#"<layer id="0" type="MatMul" version="extension"/>"#,
            r#"<layer id="0" type="Evil" version="opset1"/>"#,
            r#"<layer id="0" type="Evil" version="extension"/>"#,
        ] {
            assert_eq!(rules(custom), ["openvino-custom-operator"], "{custom}");
        }
    }

    #[test]
    fn constants_are_measured() {
        let constant =
            |data: &str| rules(&format!(r#"<layer type="Const" version="opset1"><data {data}/></layer>"#));
        for good in [
            r#"element_type="f16" shape="2, 4" offset="0" size="16""#,
            r#"element_type="u4" shape="3" offset="7" size="2""#,
            r#"element_type="i64" shape="" offset="0" size="8""#,
            r#"element_type="string" shape="9" offset="0" size="1""#,
        ] {
            assert!(constant(good).is_empty(), "{good}");
        }
        for bad in [
            r#"element_type="f16" shape="2, 4" offset="0" size="15""#,
            r#"element_type="f32" shape="4294967296,4294967296" offset="0" size="16""#,
            r#"element_type="f32" shape="1" offset="18446744073709551615" size="4""#,
            r#"element_type="f32" shape="1" offset="-1" size="4""#,
        ] {
            assert_eq!(constant(bad), ["openvino-invalid-constant"], "{bad}");
        }
    }

    #[test]
    fn libraries_are_told_by_their_names_and_notes_are_left_alone() {
        let with = |value: &str| {
            rules(&format!(r#"<layer type="Add" version="opset1"><data library="{value}"/></layer>"#))
        };
        for library in ["/tmp/x.so", "libx.so.1.2", "X.DLL", "x.dylib"] {
            assert_eq!(with(library), ["openvino-library-reference"], "{library}");
        }
        assert!(with("x.sock").is_empty() && with("also").is_empty());
        assert_eq!(with("http://192.0.2.1/x"), ["openvino-external-address"]);
        let noted =
            r#"<layer type="Add" version="opset1"><rt_info><a value="http://h/x.so"/></rt_info></layer>"#;
        assert!(rules(noted).is_empty());
    }

    #[test]
    fn a_cut_document_is_a_gap() {
        let facts = scan(&OpenVino, "m.xml", b"<net><layers>");
        assert_eq!(facts.gaps.iter().map(|gap| gap.kind).collect::<Vec<_>>(), [GapKind::Malformed]);
    }
}

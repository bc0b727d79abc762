//! OpenVINO's XML: layers, constants, and what XML itself can do.

use assay_core::Format;

use super::Sample;

fn of(name: &'static str, text: &str, rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "model.xml", format: Format::Openvino, bytes: text.as_bytes().to_vec(), rules }
}

/// An IR of a parameter and this layer.
fn net(layer: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><net name="m" version="11"><layers>
        <layer id="0" name="x" type="Parameter" version="opset1"><data shape="?,4" element_type="f32"/></layer>
        {layer}</layers><edges/><rt_info><Runtime_version value="2026.4"/></rt_info></net>"#
    )
}

pub(crate) fn samples() -> Vec<Sample> {
    let constant = |size: u32| {
        net(&format!(
            r#"<layer id="1" type="Const" version="opset1"><data element_type="f16" shape="2, 4" offset="0" size="{size}"/></layer>"#
        ))
    };
    let utf16 = net("").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let entity =
        "<!DOCTYPE net [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><net name=\"&x;\"><layers/></net>";
    let entity16 = entity.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let wide =
        |name, bytes, rules| Sample { name, file: "model.xml", format: Format::Openvino, bytes, rules };
    vec![
        of("a constant that fits", &constant(16), &[]),
        wide("UTF-16", utf16, &[]),
        of("a tokenizer", &net(r#"<layer id="1" type="BPETokenizer" version="extension"/>"#), &[]),
        of("a constant that does not fit", &constant(15), &["openvino-invalid-constant"]),
        of(
            "an operator of an extension",
            &net(r#"<layer id="1" type="Backdoor" version="extension"/>"#),
            &["openvino-custom-operator"],
        ),
        of(
            "a library",
            &net(r#"<layer id="1" type="Add" version="opset1"><data library="/tmp/x.so"/></layer>"#),
            &["openvino-library-reference"],
        ),
        of(
            "an address",
            &net(r#"<layer id="1" type="Add" version="opset1"><data source="http://192.0.2.1/x"/></layer>"#),
            &["openvino-external-address"],
        ),
        of(
            "a command in a name",
            &net(r#"<layer id="1" name="os.system('id')" type="Add" version="opset1"/>"#),
            &["model-command-text"],
        ),
        of(
            "a kernel for graphics processors",
            r#"<CustomLayer name="Relu" type="SimpleGPU"><Kernel entry="k"><Source filename="k.cl"/></Kernel></CustomLayer>"#,
            &["openvino-custom-kernel"],
        ),
        of("an external entity", entity, &["xml-external-entity"]),
        wide("an external entity in UTF-16", entity16, &["xml-external-entity"]),
        of(
            "an entity",
            "<!DOCTYPE net [<!ENTITY x 'y'>]><net name=\"&x;\"><layers/></net>",
            &["xml-entity-declaration"],
        ),
        of("entities in entities", &laughs(), &["xml-entity-expansion"]),
    ]
}

/// Ten references in each of ten levels.
fn laughs() -> String {
    let levels: Vec<String> = (1..10)
        .map(|level| format!("<!ENTITY l{level} '{}'>", format!("&l{};", level - 1).repeat(10)))
        .collect();
    format!("<!DOCTYPE net [<!ENTITY l0 'ha'>{}]><net name='&l9;'><layers/></net>", levels.concat())
}

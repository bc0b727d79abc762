//! PMML: extensions, functions, tables.

use assay_core::Format;

use super::Sample;

fn pmml(name: &'static str, body: &str, rules: &'static [&'static str]) -> Sample {
    let text = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><PMML version="4.4" xmlns="http://www.dmg.org/PMML-4_4">
        <Header><Application name="x"/></Header>{body}</PMML>"#
    );
    Sample { name, file: "model.pmml", format: Format::Pmml, bytes: text.into_bytes(), rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    let old = "<!DOCTYPE PMML PUBLIC \"PMML 2.0\" \"http://www.dmg.org/v2-0/pmml_v2_0.dtd\"><PMML/>";
    vec![
        pmml("an honest extension", r#"<Extension name="user" value="rattle" extender="R"/>"#, &[]),
        pmml("a function of the standard", r#"<Apply function="x-expit"/>"#, &[]),
        Sample {
            name: "the definitions of PMML 2.0",
            file: "model.pmml",
            format: Format::Pmml,
            bytes: old.into(),
            rules: &[],
        },
        pmml("a script", r#"<Extension name="script">os.system('id')</Extension>"#, &["pmml-script"]),
        pmml("a command", r#"<Extension value="Runtime.getRuntime().exec(x)"/>"#, &["pmml-script"]),
        pmml("a class as a function", r#"<Apply function="com.example.Evil"/>"#, &["pmml-class-function"]),
        pmml(
            "a database",
            r#"<TableLocator><Extension name="url" value="jdbc:h2:mem:x"/></TableLocator>"#,
            &["pmml-external-reference"],
        ),
    ]
}

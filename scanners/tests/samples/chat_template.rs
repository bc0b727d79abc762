//! Chat templates in the files beside a model.

use assay_core::Format;

use super::Sample;

fn sample(file: &'static str, name: &'static str, text: &str, rules: &'static [&'static str]) -> Sample {
    Sample { name, file, format: Format::ChatTemplate, bytes: text.as_bytes().to_vec(), rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    vec![
        sample(
            "tokenizer_config.json",
            "a tokenizer with text about classes",
            r#"{"tokenizer_class": "LlamaTokenizer", "note": "{{ x.__class__ }}",
                "chat_template": "{% for m in messages %}{{ m['role'] + ': ' + m.content | trim }}{% endfor %}"}"#,
            &[],
        ),
        sample("chat_template.jinja", "a plain template", "{{ bos_token }}{{ messages[0]['content'] }}", &[]),
        sample(
            "tokenizer_config.json",
            "a hostile template in a list",
            r#"{"chat_template": [{"name": "tool_use", "template": "{{ lipsum.__globals__['os'] }}"}]}"#,
            &["jinja-unsafe-attribute", "jinja-unsafe-global"],
        ),
        sample(
            "chat_template.jinja",
            "a hostile template",
            "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
            &["jinja-unsafe-attribute", "jinja-unsafe-call", "jinja-unsafe-global"],
        ),
    ]
}

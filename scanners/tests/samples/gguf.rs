//! GGUF: overflow attacks on readers, hostile templates, and models that are only unusual.

use assay_core::Format;

use super::Sample;

/// A file of version 3, its data at 32 bytes alignment.
fn file(pairs: &[Vec<u8>], tensors: &[Vec<u8>], data: usize) -> Vec<u8> {
    let mut bytes = b"GGUF\x03\0\0\0".to_vec();
    bytes.extend((tensors.len() as u64).to_le_bytes());
    bytes.extend((pairs.len() as u64).to_le_bytes());
    bytes.extend(pairs.concat());
    bytes.extend(tensors.concat());
    bytes.resize(bytes.len().next_multiple_of(32) + data, 0);
    bytes
}

fn text(text: &str) -> Vec<u8> {
    [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
}

fn pair(key: &str, kind: u32, value: &[u8]) -> Vec<u8> {
    [&text(key), &kind.to_le_bytes()[..], value].concat()
}

fn template(template: &str) -> Vec<u8> {
    file(&[pair("tokenizer.chat_template", 8, &text(template))], &[], 0)
}

fn tensor(name: &str, elements: u64, offset: u64) -> Vec<u8> {
    let numbers =
        [&1_u32.to_le_bytes()[..], &elements.to_le_bytes(), &0_u32.to_le_bytes(), &offset.to_le_bytes()];
    [text(name), numbers.concat()].concat()
}

fn sample(name: &'static str, bytes: Vec<u8>, rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "model.gguf", format: Format::Gguf, bytes, rules }
}

/// Two F32 tensors, numbers, texts and a template that reads much and reaches nothing.
fn benign() -> Vec<u8> {
    let tokens = [&8_u32.to_le_bytes()[..], &2_u64.to_le_bytes(), &text("<s>"), &text("__class__")].concat();
    file(
        &[
            pair("general.architecture", 8, &text("llama")),
            pair("llama.block_count", 4, &1_u32.to_le_bytes()),
            pair("tokenizer.ggml.tokens", 9, &tokens),
            pair(
                "tokenizer.chat_template",
                8,
                &text(
                    "{%- set ns = namespace(n=0) %}{% for m in messages %}{{ '<|' + m['role'] + '|>' ~ m.content | trim }}\
                     {% if loop.last and m.content.startswith('class') %}{{ raise_exception('no') }}{% endif %}{% endfor %}",
                ),
            ),
        ],
        &[tensor("a", 8, 0), tensor("b", 4, 32)],
        64,
    )
}

pub(crate) fn samples() -> Vec<Sample> {
    let mut many = file(&[], &[], 0);
    many[8..16].copy_from_slice(&u64::MAX.to_le_bytes());
    let twice = [pair("k", 0, &[1]), pair("k", 0, &[2])];
    let overlap = [tensor("a", 16, 0), tensor("b", 16, 32)];
    vec![
        sample("a small model", benign(), &[]),
        sample("no tensors", template("{{ messages }}"), &[]),
        sample("2^64-1 tensors", many, &["gguf-malformed-header"]),
        sample("overlapping tensors", file(&[], &overlap, 96), &["gguf-malformed-tensor"]),
        sample(
            "a tensor behind the end",
            file(&[], &[tensor("a", 64, 0)], 32),
            &["gguf-malformed-tensor", "gguf-trailing-data"],
        ),
        sample("a key twice", file(&twice, &[], 0), &["gguf-duplicate-key"]),
        sample("bytes behind the tensors", file(&[], &[tensor("a", 8, 0)], 132), &["gguf-trailing-data"]),
        sample(
            "CVE-2024-34359",
            template("{% for x in ().__class__.__base__.__subclasses__() %}{{ x()._module }}{% endfor %}"),
            &["jinja-unknown-call", "jinja-unsafe-attribute"],
        ),
        sample("a name in pieces", template("{{ x['__cla' ~ 'ss__'] }}"), &["jinja-unsafe-attribute"]),
        sample("a global", template("{{ lipsum | string }}"), &["jinja-unsafe-global"]),
        sample("a call", template("{{ x.popen('id') }}"), &["jinja-unsafe-call"]),
        sample("a computed name", template("{{ x | attr(y) }}"), &["jinja-computed-attribute"]),
        sample("another file", template("{% include '/etc/passwd' %}"), &["jinja-loads-template"]),
        sample("an unknown function", template("{{ frob() }}"), &["jinja-unknown-call"]),
        sample(
            "an endless loop",
            template("{% for i in range(10 ** 9) %}{% endfor %}"),
            &["jinja-expensive-loop"],
        ),
    ]
}

//! Files of ggml from before GGUF: sound ones of each kind, and numbers that overflow readers.

use assay_core::Format;

use super::Sample;

fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// The numbers of a model with this many words, and these words with their scores.
fn llama(magic: &[u8], version: u32, count: u32, vocabulary: &[(u32, &str)]) -> Vec<u8> {
    let vocabulary: Vec<u8> = vocabulary
        .iter()
        .flat_map(|(size, word)| [words(&[*size]), word.as_bytes().to_vec(), words(&[0])].concat())
        .collect();
    [magic, &words(&[version, count, 8, 2, 1, 1, 4, 0]), &vocabulary].concat()
}

/// A tensor of 4-byte floats behind what is there, with data for two of them.
fn tensor(mut before: Vec<u8>, shape: &[u32], name_size: u32, kind: u32) -> Vec<u8> {
    before.extend(words(&[u32::try_from(shape.len()).unwrap_or_default(), name_size, kind]));
    before.extend(words(shape));
    before.extend(b"w");
    before.resize(before.len().next_multiple_of(32), 0);
    before.extend([0; 8]);
    before
}

pub(crate) fn samples() -> Vec<Sample> {
    let sample = |name, bytes, rules| Sample { name, file: "x.bin", format: Format::Ggml, bytes, rules };
    let model = || llama(b"tjgg", 3, 2, &[(1, "a"), (2, "bc")]);
    let header: &[&str] = &["ggml-malformed-header"];
    let wrong: &[&str] = &["ggml-malformed-tensor"];
    vec![
        sample("LLaMA", tensor(model(), &[2], 1, 0), &[]),
        sample("LLaMA of version 1", llama(b"fmgg", 1, 1, &[(1, "a")]), &[]),
        sample("LoRA", tensor([b"algg".as_slice(), &words(&[1, 8, 16])].concat(), &[2], 1, 0), &[]),
        sample(
            "another model",
            [b"lmgg".as_slice(), &words(&[51864, 1500, 512, 8, 6, 448, 512])].concat(),
            &[],
        ),
        sample("a negative number of words", llama(b"tjgg", 3, 0x8000_0000, &[]), header),
        sample("a word longer than all memory", llama(b"fmgg", 1, 1, &[(u32::MAX, "")]), header),
        sample("numbers of another model", [b"lmgg".as_slice(), &words(&[u32::MAX; 7])].concat(), header),
        sample("too many dimensions", tensor(model(), &[1; 5], 1, 0), wrong),
        sample("a name longer than all memory", tensor(model(), &[2], u32::MAX, 0), wrong),
        sample("a size that overflows", tensor(model(), &[u32::MAX; 4], 1, 0), wrong),
        sample("no such type", tensor(model(), &[2], 1, 1000), wrong),
    ]
}

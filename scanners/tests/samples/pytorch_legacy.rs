//! PyTorch files before 1.6.

use assay_core::Format;

use super::Sample;

/// The magic number as a pickle.
pub(crate) const MAGIC: &[u8] = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
/// The protocol version, 1001.
pub(crate) const PROTOCOL: &[u8] = b"\x80\x02M\xe9\x03.";
/// System facts: an empty dictionary.
pub(crate) const SYSTEM: &[u8] = b"\x80\x02}q\x00.";
/// An object: an empty dictionary.
pub(crate) const OBJECT: &[u8] = b"\x80\x02}q\x00.";
/// No storages.
pub(crate) const KEYS: &[u8] = b"\x80\x02]q\x00.";

pub(crate) fn samples() -> Vec<Sample> {
    let sample = |name, parts: &[&[u8]]| Sample {
        name,
        file: "model.pth",
        format: Format::PytorchLegacy,
        bytes: parts.concat(),
        rules: &[],
    };
    let text: &[u8] = b"L119547037146038801333356L\n.";
    vec![
        sample("five pickles", &[MAGIC, PROTOCOL, SYSTEM, OBJECT, KEYS]),
        sample("five pickles and storages", &[MAGIC, PROTOCOL, SYSTEM, OBJECT, KEYS, &[1; 40]]),
        sample("the magic number as text", &[text, PROTOCOL, SYSTEM, OBJECT, KEYS]),
    ]
}

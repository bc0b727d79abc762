//! Pictures: alone, under the name of weights, and with something behind them.

use assay_core::Format;

use super::Sample;
use super::zip_bytes::{Zip, honest};

/// A picture of one point; nobody checks the checksums here.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0crc.\0\0\0\0IENDcrc.";

/// `os.system("true")`.
const PICKLE: &[u8] = b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R.";

pub(crate) fn samples() -> Vec<Sample> {
    let sample = |name, file, bytes, rules| Sample { name, file, format: Format::Media, bytes, rules };
    let zip = Zip::of([honest("a.txt", b"text")]).bytes();
    let broken = [&PNG[..8], PICKLE].concat();
    vec![
        sample("a picture", "loss.png", PNG.to_vec(), &[]),
        sample("a picture and the camera's own bytes", "p.png", [PNG, b"trailer"].concat(), &[]),
        sample("a picture as weights", "model.bin", PNG.to_vec(), &["media-disguised"]),
        sample("a document as weights", "model.pt", b"%PDF-1.7\n".to_vec(), &["media-disguised"]),
        sample(
            "a zip behind a picture",
            "model.pt",
            [PNG, &zip].concat(),
            &["media-appended-content", "media-disguised", "polyglot-file"],
        ),
        sample(
            "a pickle behind a picture",
            "model.pt",
            [PNG, PICKLE].concat(),
            &["media-appended-content", "media-disguised", "pickle-unsafe-global"],
        ),
        sample(
            "a pickle behind the first bytes of a picture",
            "model.pt",
            broken,
            &["media-appended-content", "media-disguised", "pickle-unsafe-global"],
        ),
    ]
}

//! Encodings that hide text in Python sources, undone as Python's standard library undoes them.
//!
//! Source: CPython `Lib/base64.py`, `Modules/binascii.c` (characters outside the alphabet are skipped), `Lib/codecs.py`.

use std::io::Read;

use bzip2::read::BzDecoder;
use flate2::read::{GzDecoder, ZlibDecoder};

/// Bytes kept of anything that is decoded or put together; payloads have a few KiB.
pub(super) const MAX_DECODED: usize = 1 << 20;

/// What a function of the standard library decodes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decoder {
    Base64,
    Base32,
    Base16,
    /// Known to decode, and not undone here.
    Opaque,
    Zlib,
    Gzip,
    Bzip2,
    Rot13,
}

/// The decoder that a path names.
pub(super) fn decoder(path: &str) -> Option<Decoder> {
    Some(match path {
        "base64.b64decode"
        | "base64.standard_b64decode"
        | "base64.urlsafe_b64decode"
        | "base64.decodebytes"
        | "base64.decodestring"
        | "binascii.a2b_base64" => Decoder::Base64,
        "base64.b32decode" => Decoder::Base32,
        "base64.b16decode"
        | "binascii.unhexlify"
        | "binascii.a2b_hex"
        | "builtins.bytes.fromhex"
        | "builtins.bytearray.fromhex" => Decoder::Base16,
        "base64.b85decode"
        | "base64.a85decode"
        | "base64.z85decode"
        | "base64.b32hexdecode"
        | "binascii.a2b_uu"
        | "quopri.decodestring"
        | "lzma.decompress"
        | "lzma.LZMADecompressor().decompress"
        | "zlib.decompressobj().decompress"
        | "bz2.BZ2Decompressor().decompress"
        | "cryptography.fernet.Fernet().decrypt"
        | "marshal.loads" => Decoder::Opaque,
        "zlib.decompress" => Decoder::Zlib,
        "gzip.decompress" => Decoder::Gzip,
        "bz2.decompress" => Decoder::Bzip2,
        _ => return None,
    })
}

/// The decoder that `codecs.decode` looks up.
pub(super) fn codec(name: &str) -> Option<Decoder> {
    Some(match name.to_ascii_lowercase().replace(['-', ' '], "_").trim_end_matches("_codec") {
        "base64" | "base_64" => Decoder::Base64,
        "hex" => Decoder::Base16,
        "rot13" | "rot_13" => Decoder::Rot13,
        "zlib" | "zip" => Decoder::Zlib,
        "bz2" => Decoder::Bzip2,
        "uu" | "quopri" | "punycode" | "utf_7" | "unicode_escape" | "raw_unicode_escape" => Decoder::Opaque,
        _ => return None,
    })
}

impl Decoder {
    /// The decoded bytes, if this one is undone here and they are what it takes.
    pub(crate) fn decode(self, encoded: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Base64 => grouped(encoded, 6, |byte| match byte {
                b'A'..=b'Z' => Some(byte.wrapping_sub(b'A')),
                b'a'..=b'z' => Some(byte.wrapping_sub(b'a').wrapping_add(26)),
                b'0'..=b'9' => Some(byte.wrapping_sub(b'0').wrapping_add(52)),
                b'+' | b'-' => Some(62),
                b'/' | b'_' => Some(63),
                _ => None,
            }),
            Self::Base32 => grouped(encoded, 5, |byte| match byte {
                b'A'..=b'Z' => Some(byte.wrapping_sub(b'A')),
                b'a'..=b'z' => Some(byte.wrapping_sub(b'a')),
                b'2'..=b'7' => Some(byte.wrapping_sub(b'2').wrapping_add(26)),
                _ => None,
            }),
            Self::Base16 => grouped(encoded, 4, |byte| match byte {
                b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
                b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
                b'A'..=b'F' => Some(byte.wrapping_sub(b'A').wrapping_add(10)),
                _ => None,
            }),
            Self::Zlib => inflated(ZlibDecoder::new(encoded)),
            Self::Gzip => inflated(GzDecoder::new(encoded)),
            Self::Bzip2 => inflated(BzDecoder::new(encoded)),
            Self::Rot13 => Some(encoded.iter().map(|byte| rot13(*byte)).collect()),
            Self::Opaque => None,
        }
    }
}

/// Packs the digits, skipping what is none; a padding character ends them.
fn grouped(encoded: &[u8], bits: u32, digit: impl Fn(u8) -> Option<u8>) -> Option<Vec<u8>> {
    let mut decoded = Vec::new();
    let (mut held, mut count) = (0_u32, 0_u32);
    for byte in encoded.iter().take_while(|byte| **byte != b'=') {
        let Some(value) = digit(*byte) else { continue };
        held = (held << bits | u32::from(value)) & 0xffff;
        count = count.saturating_add(bits);
        if count >= 8 {
            count = count.saturating_sub(8);
            decoded.push(u8::try_from((held >> count) & 0xff).ok()?);
        }
    }
    Some(decoded)
}

/// What was decoded before the end, a break, or the limit.
fn inflated(mut reader: impl Read) -> Option<Vec<u8>> {
    let (mut decoded, mut block) = (Vec::new(), [0; 4096]);
    while decoded.len() < MAX_DECODED {
        match reader.read(&mut block) {
            Ok(0) | Err(_) => break,
            Ok(read) => decoded.extend_from_slice(block.get(..read)?),
        }
    }
    (!decoded.is_empty()).then_some(decoded)
}

fn rot13(byte: u8) -> u8 {
    match byte {
        b'a'..=b'm' | b'A'..=b'M' => byte.wrapping_add(13),
        b'n'..=b'z' | b'N'..=b'Z' => byte.wrapping_sub(13),
        _ => byte,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_decodes_is_decoded() {
        assert_eq!(Decoder::Base64.decode(b"aW1w\nb3J0IG9z").unwrap(), b"import os");
        assert_eq!(Decoder::Base64.decode(b"aWQ=").unwrap(), b"id");
        assert_eq!(Decoder::Base32.decode(b"NFSA====").unwrap(), b"id");
        assert_eq!(Decoder::Base16.decode(b"6964").unwrap(), b"id");
        assert_eq!(Decoder::Rot13.decode(b"flfgrz").unwrap(), b"system");
        assert_eq!(codec("ROT-13"), Some(Decoder::Rot13));
        assert_eq!(codec("utf-8"), None);
    }
}

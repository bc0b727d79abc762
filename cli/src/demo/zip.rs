//! A zip archive of stored members, as torch writes its checkpoints.
//!
//! Source: PKWARE APPNOTE 6.3.10, sections 4.3.7 (local header), 4.3.12 (central directory) and 4.3.16 (end record).
//! It writes what the demo lays and nothing else: no compression, no zip64, no times.

/// Version 2.0 is needed to extract.
const VERSION: u16 = 20;

/// 1 January 1980, the first day a zip can name.
const FIRST_DAY: u16 = 0x21;

/// The archive with these members, in this order.
pub(super) fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut out, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in members {
        let start = length(&out);
        let shared = shared(name, content);
        out.extend_from_slice(b"PK\x03\x04");
        out.extend_from_slice(&shared);
        out.extend_from_slice(name.as_bytes());
        out.extend_from_slice(content);
        directory.extend_from_slice(b"PK\x01\x02");
        directory.extend_from_slice(&VERSION.to_le_bytes());
        directory.extend_from_slice(&shared);
        // Comment length, disk number, internal and external attributes: none.
        directory.extend_from_slice(&[0; 10]);
        directory.extend_from_slice(&start.to_le_bytes());
        directory.extend_from_slice(name.as_bytes());
    }
    let count = u16::try_from(members.len()).unwrap_or(u16::MAX).to_le_bytes();
    let (start, size) = (length(&out).to_le_bytes(), length(&directory).to_le_bytes());
    out.extend_from_slice(&directory);
    out.extend_from_slice(b"PK\x05\x06\0\0\0\0");
    for part in [&count[..], &count[..], &size[..], &start[..], &[0, 0][..]] {
        out.extend_from_slice(part);
    }
    out
}

/// What the local header and the directory both say: from the version to the extra field's length.
fn shared(name: &str, content: &[u8]) -> Vec<u8> {
    let size = length(content).to_le_bytes();
    let name = u16::try_from(name.len()).unwrap_or(u16::MAX);
    let mut out = Vec::new();
    // No flags, method 0 (stored), midnight.
    for half in [VERSION, 0, 0, 0, FIRST_DAY] {
        out.extend_from_slice(&half.to_le_bytes());
    }
    out.extend_from_slice(&crc32(content).to_le_bytes());
    out.extend_from_slice(&size);
    out.extend_from_slice(&size);
    out.extend_from_slice(&name.to_le_bytes());
    out.extend_from_slice(&[0, 0]);
    out
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

/// CRC-32 of ISO 3309, one bit at a time: the demo's members are a few hundred bytes.
fn crc32(bytes: &[u8]) -> u32 {
    let fold =
        |crc: u32, byte: &u8| {
            (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
                if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 }
            })
        };
    !bytes.iter().fold(u32::MAX, fold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_the_standards() {
        // The check value of CRC-32/ISO-HDLC.
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn the_end_record_finds_the_directory() {
        let bytes = archive(&[("a", b"xy"), ("b/c", b"")]);
        let end = bytes.len() - 22;
        assert_eq!(&bytes[end..end + 4], b"PK\x05\x06");
        let start = u32::from_le_bytes(bytes[end + 16..end + 20].try_into().unwrap()) as usize;
        assert_eq!(&bytes[start..start + 4], b"PK\x01\x02");
        let size = u32::from_le_bytes(bytes[end + 12..end + 16].try_into().unwrap()) as usize;
        assert_eq!(start + size, end);
    }
}

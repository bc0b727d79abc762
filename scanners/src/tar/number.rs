//! Numbers of a tar header, as the most lenient program reads them.
//!
//! Source: POSIX.1-2024 ustar (octal digits); GNU tar `from_header` (base 256, digits up to the first other byte); CPython
//! `tarfile.nti` (`int(text, 8)`: signs, underscores and `0o` too).

/// A number in a header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Number {
    pub(super) value: u64,
    /// Every program reads it so.
    pub(super) plain: bool,
}

/// The number in `field`; `None` when nobody reads one there, or a negative one.
pub(super) fn number(field: &[u8]) -> Option<Number> {
    match field.split_first()? {
        (0x80, bytes) => Some(Number { value: base_256(bytes)?, plain: true }),
        (0xff, _) => None,
        // Some keep the six bits below as the highest of the number, others refuse the header.
        (first @ 0x81.., bytes) => {
            let value = if first & 0x3f == 0 { base_256(bytes)? } else { u64::MAX };
            Some(Number { value, plain: false })
        }
        _ => octal(field),
    }
}

fn base_256(bytes: &[u8]) -> Option<u64> {
    bytes.iter().try_fold(0_u64, |value, byte| value.checked_mul(256)?.checked_add(u64::from(*byte)))
}

fn octal(field: &[u8]) -> Option<Number> {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    let text = field.get(..end).unwrap_or_default().trim_ascii();
    if text.is_empty() {
        return Some(Number { value: 0, plain: true });
    }
    if let Some(value) = digits(text) {
        return Some(Number { value, plain: true });
    }
    let unsigned = text.strip_prefix(b"+").unwrap_or(text);
    let bare = unsigned.strip_prefix(b"0o").or_else(|| unsigned.strip_prefix(b"0O")).unwrap_or(unsigned);
    let joined: Vec<u8> = bare.iter().copied().filter(|byte| *byte != b'_').collect();
    let leading = text.split(|byte| !matches!(byte, b'0'..=b'7')).next().unwrap_or_default();
    let value = digits(&joined).or_else(|| digits(leading))?;
    Some(Number { value, plain: false })
}

fn digits(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(|byte| matches!(byte, b'0'..=b'7')) {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(text).ok()?, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: &[u8]) -> Option<(u64, bool)> {
        number(field).map(|number| (number.value, number.plain))
    }

    #[test]
    fn numbers_are_read_as_some_program_reads_them() {
        assert_eq!(read(b"0000017\0"), Some((15, true)));
        assert_eq!(read(b"   17 \0 9"), Some((15, true)));
        assert_eq!(read(b"\0\0\0\0"), Some((0, true)));
        assert_eq!(read(b"\x80\0\x01\x02"), Some((258, true)));
        assert_eq!(read(b"\xc0\0\x01\x02"), Some((258, false)));
        assert_eq!(read(b"\xff\xff\xff\xf0"), None);
        for text in [b"+17".as_slice(), b"0o17", b"1_7", b"17 9", b"17x"] {
            assert_eq!(read(text), Some((15, false)), "{text:?}");
        }
        assert_eq!((read(b"-17"), read(b"x")), (None, None));
    }
}

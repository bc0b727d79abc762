//! Numbers and strings of JSON.

/// Whether the text is a JSON number: `-? (0 | [1-9][0-9]*) (.[0-9]+)? ([eE][+-]?[0-9]+)?`.
pub(super) fn is_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let word = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = word.split_once(['e', 'E']).map_or((word, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let exponent = exponent.map(|exponent| exponent.strip_prefix(['+', '-']).unwrap_or(exponent));
    digits(whole)
        && (whole == "0" || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}

/// The text up to the closing quote with escapes resolved, and the bytes taken including the quote.
pub(super) fn unescaped(rest: &[u8]) -> Option<(String, usize)> {
    let mut text = Vec::new();
    let mut at = 0_usize;
    loop {
        let byte = *rest.get(at)?;
        at = at.checked_add(1)?;
        match byte {
            b'"' => return Some((String::from_utf8(text).ok()?, at)),
            0..=0x1f => return None,
            b'\\' => {
                let (character, length) = escape(rest.get(at..)?)?;
                text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                at = at.checked_add(length)?;
            }
            byte => text.push(byte),
        }
    }
}

/// The character of an escape, without its backslash, and the bytes it takes.
fn escape(rest: &[u8]) -> Option<(char, usize)> {
    Some(match rest.first()? {
        b'"' => ('"', 1),
        b'\\' => ('\\', 1),
        b'/' => ('/', 1),
        b'b' => ('\u{8}', 1),
        b'f' => ('\u{c}', 1),
        b'n' => ('\n', 1),
        b'r' => ('\r', 1),
        b't' => ('\t', 1),
        b'u' => {
            let high = hex4(rest.get(1..5)?)?;
            let low = match (rest.get(5), rest.get(6)) {
                (Some(b'\\'), Some(b'u')) => rest.get(7..11).and_then(hex4),
                _ => None,
            };
            match (char::from_u32(high), low) {
                (Some(character), _) => (character, 5),
                (None, Some(low)) => match char::decode_utf16([unit(high)?, unit(low)?]).next()? {
                    Ok(character) => (character, 11),
                    Err(_) => (char::REPLACEMENT_CHARACTER, 5),
                },
                (None, None) => (char::REPLACEMENT_CHARACTER, 5),
            }
        }
        _ => return None,
    })
}

fn unit(code: u32) -> Option<u16> {
    u16::try_from(code).ok()
}

fn hex4(digits: &[u8]) -> Option<u32> {
    let digits =
        std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u32::from_str_radix(digits, 16).ok()
}

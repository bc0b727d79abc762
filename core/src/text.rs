//! Text from inside artifacts, made safe to show.

/// The most characters of attacker-chosen text we show at one place.
const MAX_SHOWN: usize = 512;

/// Escapes control characters, bidirectional overrides and invisible characters, and cuts at 512 characters.
///
/// A terminal, a log and a browser must all show what is there, not what the attacker wants seen.
#[must_use]
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(MAX_SHOWN));
    for (count, character) in text.chars().enumerate() {
        if count == MAX_SHOWN {
            out.push('…');
            break;
        }
        if plain(character) { out.push(character) } else { out.extend(character.escape_unicode()) }
    }
    out
}

/// Whether a character shows itself and nothing else.
fn plain(character: char) -> bool {
    let hidden = matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    );
    !character.is_control() && !hidden
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_what_a_terminal_would_obey() {
        assert_eq!(shown("a\u{1b}[2Jb\n"), "a\\u{1b}[2Jb\\u{a}");
        assert_eq!(shown("\u{202e}fdp.exe"), "\\u{202e}fdp.exe");
    }

    #[test]
    fn cuts_long_text() {
        assert_eq!(shown(&"x".repeat(600)).chars().count(), 513);
    }
}

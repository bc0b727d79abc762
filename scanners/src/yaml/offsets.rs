//! Where a character stands among the bytes.

/// Characters between two marks.
const STEP: usize = 1024;

/// Byte offsets of characters, without keeping one for each.
pub(super) struct Offsets<'t> {
    text: &'t str,
    /// The offset of every [`STEP`]th character; none when characters are bytes.
    marks: Vec<usize>,
}

impl<'t> Offsets<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let marks = if text.is_ascii() {
            Vec::new()
        } else {
            text.char_indices().step_by(STEP).map(|(offset, _)| offset).collect()
        };
        Self { text, marks }
    }

    /// The offset of a character by its number; the end for one beyond it.
    pub(super) fn byte(&self, character: usize) -> u64 {
        if self.marks.is_empty() {
            return character.min(self.text.len()) as u64;
        }
        let mark = character.checked_div(STEP).and_then(|mark| self.marks.get(mark)).copied();
        let rest = mark.and_then(|mark| self.text.get(mark..).map(|rest| (mark, rest)));
        let within = character.checked_rem(STEP).unwrap_or_default();
        let found = rest.and_then(|(mark, rest)| {
            rest.char_indices().nth(within).map(|(offset, _)| mark.saturating_add(offset))
        });
        found.unwrap_or(self.text.len()) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn characters_are_found_among_wider_ones() {
        let text = "é".repeat(STEP + 5) + "x";
        let offsets = Offsets::new(&text);
        for character in [0, 1, STEP - 1, STEP, STEP + 5] {
            assert_eq!(offsets.byte(character), 2 * character as u64);
        }
        assert_eq!(offsets.byte(usize::MAX), text.len() as u64);
        assert_eq!(Offsets::new("ab").byte(7), 2);
    }
}

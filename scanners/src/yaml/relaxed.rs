//! Lines that `PyYAML` takes and the grammar of YAML 1.2 does not: inside brackets and quotes, it does not mind how far a
//! line is indented, nor by what.
//!
//! Such a line is read as if it were indented far enough, which means the same. Where the parser refuses one is what the
//! parser says; the text itself is not judged here.

/// Spaces put before a line; no parent is indented so far.
const PAD: usize = 128;

/// What the parser refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// The line of this character.
    Line(usize),
    /// Some line of the quoted text that starts at this character.
    Quoted(usize),
}

impl Refused {
    /// What an error of the parser at a character refuses, if it is about indentation.
    pub(super) fn of(info: &str, character: usize) -> Option<Self> {
        match info {
            "invalid indentation in quoted scalar" => Some(Self::Quoted(character)),
            _ if info.contains("invalid indentation") || info.starts_with("tabs disallowed") => {
                Some(Self::Line(character))
            }
            _ => None,
        }
    }
}

/// The lines that are indented further than they stand, by their first characters.
#[derive(Debug, Default)]
pub(super) struct Relaxed {
    starts: Vec<usize>,
}

impl Relaxed {
    /// Indents what was refused. False when that was done already, and the text cannot be read.
    pub(super) fn indent(&mut self, text: &str, refused: Refused) -> bool {
        let starts = line_starts(text);
        let start = match refused {
            Refused::Line(at) => starts.take_while(|start| *start <= at).last(),
            Refused::Quoted(at) => starts
                .skip_while(|start| *start <= at)
                .find(|start| self.starts.binary_search(start).is_err()),
        };
        let Some(start) = start else { return false };
        match self.starts.binary_search(&start) {
            Ok(_) => false,
            Err(place) => {
                self.starts.insert(place, start);
                true
            }
        }
    }

    /// The characters as they are read.
    pub(super) fn characters<'t>(&'t self, text: &'t str) -> impl Iterator<Item = char> + 't {
        let mut next = self.starts.iter().copied().peekable();
        let mut leading = false;
        text.chars().enumerate().flat_map(move |(at, character)| {
            let starts = next.next_if_eq(&at).is_some();
            leading = starts || leading && matches!(character, ' ' | '\t');
            let character = if leading && character == '\t' { ' ' } else { character };
            std::iter::repeat_n(' ', if starts { PAD } else { 0 }).chain([character])
        })
    }

    /// The number of a character in the text, by its number as it was read.
    pub(super) fn original(&self, read: usize) -> usize {
        // Every pad shifts what stands behind it.
        let (mut low, mut high) = (0, self.starts.len());
        while low < high {
            let middle = low.midpoint(high);
            let start = self.starts.get(middle).copied().unwrap_or(usize::MAX);
            if start.saturating_add(middle.saturating_mul(PAD)) <= read {
                low = middle.saturating_add(1);
            } else {
                high = middle;
            }
        }
        let before = low.checked_sub(1).and_then(|last| self.starts.get(last)).copied().unwrap_or_default();
        read.saturating_sub(low.saturating_mul(PAD)).max(before)
    }
}

/// The numbers of the characters that start a line, but for the first.
fn line_starts(text: &str) -> impl Iterator<Item = usize> + '_ {
    let mut characters = text.chars().enumerate().peekable();
    std::iter::from_fn(move || {
        loop {
            let (at, character) = characters.next()?;
            let breaks = match character {
                '\n' => true,
                '\r' => characters.peek().is_none_or(|(_, next)| *next != '\n'),
                _ => false,
            };
            if breaks {
                return Some(at.saturating_add(1));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_those_of_the_text() {
        let text = "a: [\n1,\r\n2]\r]";
        let mut relaxed = Relaxed::default();
        assert!(relaxed.indent(text, Refused::Line(9)) && relaxed.indent(text, Refused::Line(6)));
        assert!(!relaxed.indent(text, Refused::Line(5)));
        let read: Vec<char> = relaxed.characters(text).collect();
        assert_eq!(read.len(), text.len() + 2 * PAD);
        let shown = |character| read.iter().position(|other| *other == character).unwrap();
        for character in ['a', '1', '2'] {
            assert_eq!(relaxed.original(shown(character)), text.find(character).unwrap());
        }
        assert!(relaxed.indent(text, Refused::Quoted(10)));
        assert!(!relaxed.indent(text, Refused::Quoted(10)));
    }

    #[test]
    fn tabs_before_a_line_are_spaces() {
        let mut relaxed = Relaxed::default();
        assert!(relaxed.indent("a: [\n\t1\t]", Refused::Line(6)));
        assert!(relaxed.characters("a: [\n\t1\t]").collect::<String>().ends_with("  1\t]"));
    }
}

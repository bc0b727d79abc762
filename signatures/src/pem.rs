//! PEM blocks of one kind. Source: RFC 7468; text may stand around the blocks.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// The content of each block with this label, in order; `None` for one that is not base64 or does not end.
pub(crate) fn blocks<'t>(text: &'t str, label: &'t str) -> impl Iterator<Item = Option<Vec<u8>>> + 't {
    let (begin, end) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, after) = rest.split_once(&begin)?;
        let Some((body, left)) = after.split_once(&end) else {
            rest = "";
            return Some(None);
        };
        rest = left;
        let digits: String = body.chars().filter(|character| !character.is_ascii_whitespace()).collect();
        Some(STANDARD.decode(digits).ok())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_of_the_label_are_decoded_and_broken_ones_are_told() {
        let text = "x\n-----BEGIN A-----\nAQ\nID\n-----END A-----\n-----BEGIN B-----\nAAAA\n-----END B-----\n\
                    -----BEGIN A-----\n!\n-----END A-----\n-----BEGIN A-----\nAAAA";
        let found: Vec<_> = blocks(text, "A").collect();
        assert_eq!(found, [Some(vec![1, 2, 3]), None, None]);
        assert_eq!(blocks(text, "C").count(), 0);
    }
}

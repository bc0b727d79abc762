//! What the tables of pickles say of a dotted path that another format names.

use super::judge::{Tier, judge, known_module};

/// What is known of the thing at a dotted path, whoever looks it up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Listed as harmless.
    Harmless,
    /// Nobody has vouched for it.
    Unknown,
    /// Known by its module to run code or commands, or to reach files or the network; the text says what it does.
    Dangerous(&'static str),
    /// Its name is that of something dangerous, and could be any word: `mine.eval`.
    Named(&'static str),
}

/// What is known of `name` in `module`.
pub(crate) fn standing(module: &str, name: &str) -> Standing {
    match judge(module, name) {
        Tier::Harmless(_) => Standing::Harmless,
        Tier::Unknown => Standing::Unknown,
        Tier::Dangerous(why) if known_module(module, name) => Standing::Dangerous(why),
        Tier::Dangerous(why) => Standing::Named(why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_proof_and_a_word_is_a_hint() {
        assert!(matches!(standing("os", "system"), Standing::Dangerous(_)));
        assert!(matches!(standing("mine", "system"), Standing::Named(_)));
        assert_eq!(standing("collections", "OrderedDict"), Standing::Harmless);
        assert_eq!(standing("mine", "Model"), Standing::Unknown);
    }
}

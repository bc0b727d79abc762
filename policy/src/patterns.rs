//! All rules' patterns as one automaton: an artifact's reference is looked at once, however many rules there are.

use std::collections::BTreeSet;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// Which rules match a reference.
#[derive(Debug, Clone, Default)]
pub(crate) struct Patterns {
    set: GlobSet,
    /// The rule of each pattern in the set.
    owners: Vec<usize>,
}

impl Patterns {
    /// Of the rules' patterns, in the order of the rules.
    pub(crate) fn new<'g>(rules: impl Iterator<Item = &'g [Glob]>) -> Result<Self, globset::Error> {
        let mut set = GlobSetBuilder::new();
        let mut owners = Vec::new();
        for (number, globs) in rules.enumerate() {
            for glob in globs {
                set.add(glob.clone());
                owners.push(number);
            }
        }
        Ok(Self { set: set.build()?, owners })
    }

    /// The numbers of the rules that match, in the order of the rules.
    pub(crate) fn matching(&self, reference: &str) -> BTreeSet<usize> {
        self.set
            .matches(reference)
            .into_iter()
            .filter_map(|pattern| self.owners.get(pattern).copied())
            .collect()
    }
}

/// A pattern on references. A lone `*` does not cross a `/`: `hf://acme/*` is acme's models and nothing below.
pub(crate) fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(pattern).literal_separator(true).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_match_in_their_order_and_once() {
        let all = |texts: &[&str]| texts.iter().map(|text| glob(text).unwrap()).collect::<Vec<_>>();
        let rules = [all(&["hf://a/*", "hf://**"]), all(&["dir:/x"]), all(&["**", "hf://a/b"])];
        let patterns = Patterns::new(rules.iter().map(Vec::as_slice)).unwrap();
        let matching = |reference| patterns.matching(reference).into_iter().collect::<Vec<_>>();
        assert_eq!(matching("hf://a/b"), [0, 2]);
        assert_eq!(matching("dir:/x"), [1, 2]);
        assert_eq!(matching("oci://h/r"), [2]);
        assert!(Patterns::default().matching("x").is_empty());
    }
}

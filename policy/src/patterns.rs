//! All rules' patterns as one automaton: an artifact's reference is looked at once, however many rules there are.

use std::collections::BTreeSet;

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

use crate::document::PatternList;
use crate::error::{Place, PolicyError, Problem};

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

/// The patterns of a rule or an approval, checked.
pub(crate) fn parse(list: &PatternList, place: &Place<'_>) -> Result<Vec<Glob>, PolicyError> {
    let written = list.get_ref();
    if written.is_empty() {
        let problem = Problem::Empty { key: "match" };
        return Err(place.error(list.span().start, problem, Some("match everything with \"**\"")));
    }
    let parse = |pattern: &toml::Spanned<String>| {
        if half_a_component(pattern.get_ref()) {
            let fault = "`**` must stand alone between slashes, or it stays inside one name".to_owned();
            let problem = Problem::Pattern { pattern: pattern.get_ref().clone(), fault };
            return Err(place.error(
                pattern.span().start,
                problem,
                Some("write \"dir:/**\" or \"hf://acme/**\""),
            ));
        }
        glob(pattern.get_ref()).map_err(|error| {
            let fault = error.kind().to_string();
            let problem = Problem::Pattern { pattern: pattern.get_ref().clone(), fault };
            place.error(pattern.span().start, problem, None)
        })
    };
    written.iter().map(parse).collect()
}

/// Patterns on base names of files.
pub(crate) fn file_names(
    written: &[toml::Spanned<String>],
    place: &Place<'_>,
) -> Result<GlobSet, PolicyError> {
    let mut set = GlobSetBuilder::new();
    let unfit = |offset, pattern: &str, error: &globset::Error| {
        let problem = Problem::Pattern { pattern: pattern.to_owned(), fault: error.kind().to_string() };
        place.error(offset, problem, None)
    };
    for name in written {
        let (at, text) = (name.span().start, name.get_ref());
        // A pattern for everything would make every file its own signature.
        if text.is_empty() || text.trim_matches('*').is_empty() || text.contains('/') {
            let fault = "is no name of a signature file".to_owned();
            let problem = Problem::Pattern { pattern: text.clone(), fault };
            return Err(place.error(at, problem, Some("write a base name such as \"*.model.sig\"")));
        }
        set.add(glob(text).map_err(|error| unfit(at, text, &error))?);
    }
    set.build().map_err(|error| unfit(0, "names", &error))
}

/// Whether a `**` shares its path component with something else: it would match less than its writer thinks, and a
/// demand that does not match is no demand.
fn half_a_component(pattern: &str) -> bool {
    pattern.split('/').any(|component| component.contains("**") && component != "**")
}

/// A pattern on references. A lone `*` does not cross a `/`: `hf://acme/*` is acme's models and nothing below.
fn glob(pattern: &str) -> Result<Glob, globset::Error> {
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

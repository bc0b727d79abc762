//! Claims of a document and files of an artifact, brought together.
//!
//! A claim with a file's exact path speaks about that file. Of what is left, a claim with a file's digest covers one
//! file of that content, wherever it is. Of what is left then, a bare file name that fits exactly one file speaks about
//! it. One claim covers one file: a second copy of a listed file is not listed.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::wire::worker::HashedFile;
use assay_core::{FileCoverage, FileState, Sha256};

use crate::claims::{Absence, Claim, Hash};

/// Never part of a model, at the top of the artifact only; shown as ignored when they are not listed.
const IGNORED: [&str; 2] = [".git", ".cache/huggingface"];

/// Every file that is there or missed, ordered by name.
pub(crate) fn standing(claims: &[Claim], files: &[HashedFile]) -> Vec<FileCoverage> {
    let mut matching = Matching { claims, used: BTreeSet::new(), states: BTreeMap::new() };
    matching.by_path(files);
    matching.by_digest(files);
    matching.by_bare_name(files);
    matching.rest(files);
    matching.states.into_iter().map(|(name, state)| FileCoverage { name, state }).collect()
}

struct Matching<'c> {
    claims: &'c [Claim],
    used: BTreeSet<usize>,
    states: BTreeMap<String, FileState>,
}

impl<'c> Matching<'c> {
    fn by_path(&mut self, files: &[HashedFile]) {
        let mut at: BTreeMap<&str, Vec<(usize, Hash)>> = BTreeMap::new();
        for (number, claim) in self.open() {
            if let Some(path) = claim.path.as_deref() {
                at.entry(path).or_default().push((number, claim.hash));
            }
        }
        for file in files {
            let Some(about) = at.get(file.name.as_str()) else { continue };
            // Several claims about one path must all hold.
            let worst = about.iter().map(|(_, hash)| compare(*hash, file)).min();
            self.used.extend(about.iter().map(|(number, _)| number));
            self.states.insert(file.name.clone(), worst.unwrap_or(FileState::Unlisted));
        }
    }

    /// First under their own name, then any: the order of files must not decide which copy is listed.
    fn by_digest(&mut self, files: &[HashedFile]) {
        self.pair(files, |digest, name| (digest, base(name)));
        self.pair(files, |digest, _| (digest, ""));
    }

    /// Gives each file without a standing one open claim with the same key, if there is one.
    fn pair(&mut self, files: &[HashedFile], key: impl for<'n> Fn(Sha256, &'n str) -> (Sha256, &'n str)) {
        let mut open: BTreeMap<(Sha256, &str), Vec<usize>> = BTreeMap::new();
        for (number, claim) in self.open() {
            if let Hash::Sha256(digest) = claim.hash {
                open.entry(key(digest, &claim.written)).or_default().push(number);
            }
        }
        for file in files.iter().filter(|file| !is_known(&self.states, file)).collect::<Vec<_>>() {
            let Some(number) = open.get_mut(&key(file.sha256, &file.name)).and_then(Vec::pop) else {
                continue;
            };
            self.used.insert(number);
            self.states.insert(file.name.clone(), FileState::Verified);
        }
    }

    fn by_bare_name(&mut self, files: &[HashedFile]) {
        let mut named: BTreeMap<&str, Vec<(usize, Hash)>> = BTreeMap::new();
        for (number, claim) in self.open().filter(|(_, claim)| !claim.written.contains('/')) {
            named.entry(claim.written.as_str()).or_default().push((number, claim.hash));
        }
        let mut unmatched: BTreeMap<&str, Vec<&HashedFile>> = BTreeMap::new();
        for file in files.iter().filter(|file| !is_known(&self.states, file)) {
            unmatched.entry(base(&file.name)).or_default().push(file);
        }
        for (name, about) in named {
            // Two files or two claims of one name: which speaks about which cannot be told.
            let ([(number, hash)], Some([file])) = (about.as_slice(), unmatched.get(name).map(Vec::as_slice))
            else {
                continue;
            };
            self.used.insert(*number);
            self.states.insert(file.name.clone(), compare(*hash, file));
        }
    }

    fn rest(&mut self, files: &[HashedFile]) {
        for file in files {
            let state = if is_ignored(&file.name) { FileState::Ignored } else { FileState::Unlisted };
            self.states.entry(file.name.clone()).or_insert(state);
        }
        let missed: Vec<&Claim> =
            self.open().map(|(_, claim)| claim).filter(|claim| claim.absence == Absence::Missed).collect();
        for claim in missed {
            let name = claim.path.as_ref().unwrap_or(&claim.written);
            self.states.entry(name.clone()).or_insert(FileState::Missing);
        }
    }

    /// The claims that speak about no file yet.
    fn open(&self) -> impl Iterator<Item = (usize, &'c Claim)> {
        self.claims.iter().enumerate().filter(|(number, _)| !self.used.contains(number))
    }
}

fn is_known(states: &BTreeMap<String, FileState>, file: &HashedFile) -> bool {
    states.contains_key(&file.name)
}

fn compare(hash: Hash, file: &HashedFile) -> FileState {
    match hash {
        Hash::Sha256(digest) if digest == file.sha256 => FileState::Verified,
        Hash::Sha256(_) => FileState::Changed,
        Hash::Unusable => FileState::Unhashed,
    }
}

fn base(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

fn is_ignored(name: &str) -> bool {
    IGNORED
        .iter()
        .any(|path| name.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(written: &str, byte: Option<u8>) -> Claim {
        Claim {
            path: Some(written.to_owned()),
            written: written.to_owned(),
            hash: byte.map_or(Hash::Unusable, |byte| Hash::Sha256(Sha256::new([byte; 32]))),
            absence: Absence::Missed,
        }
    }

    fn file(name: &str, byte: u8) -> HashedFile {
        HashedFile { name: name.to_owned(), size: 1, sha256: Sha256::new([byte; 32]), digests: Vec::new() }
    }

    fn states(claims: &[Claim], files: &[HashedFile]) -> Vec<(String, FileState)> {
        standing(claims, files).into_iter().map(|entry| (entry.name, entry.state)).collect()
    }

    fn expected(list: &[(&str, FileState)]) -> Vec<(String, FileState)> {
        list.iter().map(|&(name, state)| (name.to_owned(), state)).collect()
    }

    #[test]
    fn a_path_decides_before_a_digest() {
        let claims = [claim("a", Some(1)), claim("b", Some(2))];
        let swapped = [file("a", 2), file("b", 1)];
        assert_eq!(
            states(&claims, &swapped),
            expected(&[("a", FileState::Changed), ("b", FileState::Changed)])
        );
    }

    #[test]
    fn a_digest_finds_a_file_that_is_listed_under_another_path() {
        let claims = [claim("model.bin", Some(1)), claim("old/name", Some(2))];
        let files = [file("new/name2", 2), file("sub/model.bin", 1)];
        let all = [("new/name2", FileState::Verified), ("sub/model.bin", FileState::Verified)];
        assert_eq!(states(&claims, &files), expected(&all));
    }

    #[test]
    fn one_claim_covers_one_copy_and_the_one_of_its_name_first() {
        let claims = [claim("x/model.bin", Some(1))];
        let files = [file("__init__.py", 1), file("sub/model.bin", 1)];
        let all = [("__init__.py", FileState::Unlisted), ("sub/model.bin", FileState::Verified)];
        assert_eq!(states(&claims, &files), expected(&all));
    }

    #[test]
    fn a_bare_name_speaks_about_the_only_file_of_that_name() {
        let claims = [claim("a.bin", Some(9)), claim("b.bin", None), claim("c.bin", None)];
        let files = [file("x/a.bin", 1), file("x/b.bin", 2), file("x/c.bin", 3), file("y/c.bin", 4)];
        let all = [
            ("c.bin", FileState::Missing),
            ("x/a.bin", FileState::Changed),
            ("x/b.bin", FileState::Unhashed),
            ("x/c.bin", FileState::Unlisted),
            ("y/c.bin", FileState::Unlisted),
        ];
        assert_eq!(states(&claims, &files), expected(&all));
    }

    #[test]
    fn several_claims_about_one_path_must_all_hold() {
        for pair in [[claim("a", Some(1)), claim("a", Some(2))], [claim("a", Some(2)), claim("a", Some(1))]] {
            assert_eq!(states(&pair, &[file("a", 1)]), expected(&[("a", FileState::Changed)]));
        }
    }

    #[test]
    fn what_is_missing_unlisted_or_ignored_is_named() {
        let mut harmless = claim("some-model", None);
        harmless.absence = Absence::Harmless;
        let claims = [claim("gone", Some(1)), harmless];
        let files = [file(".cache/huggingface/x", 1 + 1), file(".gitx", 3), file("sub/.git/config", 4)];
        let all = [
            (".cache/huggingface/x", FileState::Ignored),
            (".gitx", FileState::Unlisted),
            ("gone", FileState::Missing),
            ("sub/.git/config", FileState::Unlisted),
        ];
        assert_eq!(states(&claims, &files), expected(&all));
    }

    #[test]
    fn an_ignored_path_that_is_listed_is_checked() {
        let claims = [claim(".git/config", Some(1))];
        assert_eq!(
            states(&claims, &[file(".git/config", 2)]),
            expected(&[(".git/config", FileState::Changed)])
        );
    }
}

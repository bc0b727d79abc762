//! The globals a pickle names, each once, with what is known of them and what was done with them.

use std::collections::BTreeMap;

use super::judge::{Role, Tier, judge, known_module, pinned};
use super::tables::{RENAMED_MODULES, RENAMED_NAMES};
use crate::{Limit, Loader, Stop};

/// Distinct globals that are followed; the largest real pickles name a few hundred.
const MAX_GLOBALS: usize = 1 << 14;

/// Bytes of their names.
const MAX_NAME_BYTES: usize = 4 << 20;

/// One global that the pickle names.
#[derive(Debug, Clone)]
pub(super) struct Global {
    /// The module as Python 3 resolves it.
    pub(super) module: String,
    /// The name inside the module; may be dotted; empty for the module itself.
    pub(super) name: String,
    /// Module and name as the pickle writes them, where Python 3 renames them.
    pub(super) raw: Option<(String, String)>,
    /// What is known of it.
    pub(super) tier: Tier,
    /// Where it was first named.
    pub(super) offset: u64,
    /// Findings that say how it is used.
    pub(super) used: u32,
    /// Whether it is no import of the pickle, but what a call with constant arguments gives.
    pub(super) computed: bool,
}

impl Global {
    /// `module.name`
    pub(super) fn full(&self) -> String {
        if self.name.is_empty() { self.module.clone() } else { format!("{}.{}", self.module, self.name) }
    }

    /// `module.name` as the pickle writes it, where Python 3 renames it.
    pub(super) fn full_raw(&self) -> Option<String> {
        self.raw.as_ref().map(|(module, name)| format!("{module}.{name}"))
    }

    /// Whether it can be meant as a global: the name could be one, and it is called or its module is known.
    pub(super) fn plausible(&self) -> bool {
        let dotted = self.module.split('.').chain(self.name.split('.'));
        let named = dotted.clone().all(|step| {
            !step.is_empty() && step.chars().all(|character| character == '_' || character.is_alphanumeric())
        });
        let known = match self.tier {
            Tier::Harmless(_) => true,
            Tier::Dangerous(_) => known_module(&self.module, &self.name),
            Tier::Unknown => false,
        };
        named && (known || self.used > 0)
    }

    /// Whether it is reached by walking attributes.
    pub(super) fn dotted(&self) -> bool {
        self.name.contains('.')
    }
}

/// All globals of one pickle.
#[derive(Debug, Clone, Default)]
pub(super) struct Globals {
    list: Vec<Global>,
    numbers: BTreeMap<(String, String, bool), u32>,
    bytes: usize,
    unpicklers: bool,
}

impl Globals {
    pub(super) fn get(&self, number: u32) -> Option<&Global> {
        self.list.get(usize::try_from(number).ok()?)
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut Global> {
        self.list.get_mut(usize::try_from(number).ok()?)
    }

    /// Judges a global by who loads it.
    pub(super) fn pin(&mut self, number: u32, loader: Loader) {
        if let Some(global) = self.get_mut(number) {
            global.tier = pinned(global.tier, &global.module, &global.name, loader);
        }
    }

    pub(super) fn numbers(&self) -> std::ops::Range<u32> {
        0..u32::try_from(self.list.len()).unwrap_or(u32::MAX)
    }

    /// The number of a global. `renamed` says whether Python 3 maps names of Python 2.
    pub(super) fn number(
        &mut self,
        module: &str,
        name: &str,
        python2: Python2,
        offset: u64,
    ) -> Result<u32, Stop> {
        let key = (module.to_owned(), name.to_owned(), python2 == Python2::Renamed);
        if let Some(number) = self.numbers.get(&key) {
            return Ok(*number);
        }
        self.bytes = self.bytes.saturating_add(module.len()).saturating_add(name.len());
        if self.list.len() >= MAX_GLOBALS || self.bytes > MAX_NAME_BYTES {
            return Err(Stop::Limit(Limit::Memory("names of globals")));
        }
        let number = u32::try_from(self.list.len()).unwrap_or(u32::MAX);
        self.numbers.insert(key, number);
        let global = resolved(module, name, python2, offset);
        self.unpicklers |= global.tier == Tier::Harmless(Role::Unpickles);
        self.list.push(global);
        Ok(number)
    }

    /// Whether any of them unpickles what it is given.
    pub(super) const fn unpicklers(&self) -> bool {
        self.unpicklers
    }

    /// Bytes that a copy takes.
    pub(super) fn size(&self) -> usize {
        self.bytes.saturating_add(self.list.len().saturating_mul(size_of::<Global>()))
    }
}

/// Whether names of Python 2 are mapped to those of Python 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Python2 {
    /// Protocols below 3.
    Renamed,
    /// Protocol 3 and above, and names that did not come from `GLOBAL`.
    AsWritten,
}

fn resolved(module: &str, name: &str, python2: Python2, offset: u64) -> Global {
    let as_written = judge(module, name);
    let unmapped = |tier| Global {
        module: module.to_owned(),
        name: name.to_owned(),
        raw: None,
        tier,
        offset,
        used: 0,
        computed: false,
    };
    let Some((new_module, new_name)) = renamed(module, name).filter(|_| python2 == Python2::Renamed) else {
        return unmapped(as_written);
    };
    let mapped = judge(new_module, new_name);
    // A loader of Python 2, or with fix_imports off, takes the name as written: the worse of both counts.
    let tier = match as_written {
        Tier::Dangerous(_) => as_written,
        Tier::Harmless(_) | Tier::Unknown => mapped,
    };
    Global {
        module: new_module.to_owned(),
        name: new_name.to_owned(),
        raw: Some((module.to_owned(), name.to_owned())),
        tier,
        offset,
        used: 0,
        computed: false,
    }
}

fn renamed<'n>(module: &str, name: &'n str) -> Option<(&'static str, &'n str)> {
    let moved = RENAMED_NAMES.iter().find(|(old, old_name, ..)| *old == module && *old_name == name);
    if let Some((_, _, new, new_name)) = moved {
        return Some((new, new_name));
    }
    RENAMED_MODULES.iter().find(|(old, _)| *old == module).map(|(_, new)| (*new, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_python_2_are_judged_by_what_they_become() {
        let mut globals = Globals::default();
        let old = globals.number("__builtin__", "eval", Python2::Renamed, 3).unwrap();
        let global = globals.get(old).unwrap();
        assert_eq!(
            (global.full().as_str(), global.full_raw().as_deref()),
            ("builtins.eval", Some("__builtin__.eval"))
        );
        assert!(matches!(global.tier, Tier::Dangerous(_)));
        let list = globals.number("__builtin__", "list", Python2::Renamed, 3).unwrap();
        assert!(matches!(globals.get(list).unwrap().tier, Tier::Harmless(_)));
    }

    #[test]
    fn the_worse_reading_counts() {
        let mut globals = Globals::default();
        let number = globals.number("commands", "getoutput", Python2::Renamed, 0).unwrap();
        assert_eq!(globals.get(number).unwrap().full(), "subprocess.getoutput");
        assert!(matches!(globals.get(number).unwrap().tier, Tier::Dangerous(_)));
    }

    #[test]
    fn distinct_globals_have_an_end() {
        let mut globals = Globals::default();
        let mut number = |n: usize| globals.number("m", &n.to_string(), Python2::AsWritten, 0);
        let stopped = (0..=MAX_GLOBALS).find(|n| number(*n).is_err());
        assert_eq!(stopped, Some(MAX_GLOBALS));
    }
}

//! Which globals are harmless, and which are known to be dangerous. Tables only.
//!
//! A harmless entry is exact: module, name and how picklers use it. It was put here because the thing it names, used so,
//! computes a value from its arguments and touches nothing else. A file for each library says which versions its classes
//! were taken from; a name that another version gave to something else would be listed with neither.

mod boosters;
mod compat;
mod dangerous;
mod frameworks;
mod numpy;
mod pandas;
mod pyarrow;
mod scipy;
mod sklearn;
mod stdlib;
mod torch;
mod transformers;

pub(super) use self::compat::{MODULES as RENAMED_MODULES, NAMES as RENAMED_NAMES};
pub(super) use self::dangerous::{GLOBALS, KNOWN, MODULES, STEPS};
use super::judge::{Harmless, Role};

/// The globals of some libraries.
struct Libraries {
    /// The first part of their modules: what is not in one of these is not looked for.
    packages: &'static [&'static str],
    tables: &'static [&'static [Harmless]],
}

const LIBRARIES: &[Libraries] = &[
    Libraries { packages: &["numpy", "joblib", "ml_dtypes"], tables: &[numpy::TABLE] },
    Libraries { packages: &["sklearn"], tables: sklearn::TABLES },
    Libraries { packages: &["scipy"], tables: &[scipy::TABLE, scipy::METHODS] },
    Libraries { packages: &["pandas", "pytz", "dateutil"], tables: &[pandas::TABLE] },
    Libraries { packages: &["pyarrow"], tables: &[pyarrow::TABLE] },
    Libraries { packages: &["torch", "torchvision"], tables: torch::TABLES },
    Libraries { packages: &["xgboost", "lightgbm", "catboost"], tables: &[boosters::TABLE] },
    Libraries { packages: &["transformers", "accelerate", "tokenizers"], tables: &[transformers::TABLE] },
    Libraries { packages: frameworks::PACKAGES, tables: &[frameworks::TABLE] },
    // Last, because its packages are many: whatever no library above claims.
    Libraries { packages: &[], tables: &[stdlib::TABLE, stdlib::METHODS] },
];

/// How picklers use a harmless global.
pub(super) fn harmless(module: &str, name: &str) -> Option<Role> {
    let package = module.split('.').next().unwrap_or_default();
    let library = LIBRARIES.iter().find(|it| it.packages.is_empty() || it.packages.contains(&package))?;
    let mut listed = library.tables.iter().copied().flatten().filter(|entry| entry.module == module);
    listed
        .find(|entry| entry.names.split_ascii_whitespace().any(|listed| listed == name))
        .map(|entry| entry.role)
}

/// Whether an entry has a meaning only to `torch.load`: types of storages.
pub(super) fn only_torch(module: &str, name: &str) -> bool {
    let mut listed = torch::FILES.iter().filter(|entry| entry.module == module);
    listed.any(|entry| entry.names.split_ascii_whitespace().any(|listed| listed == name))
}

/// Module and name of a type that dill names by a word.
pub(super) fn dill_type(word: &str) -> Option<(String, String)> {
    let (module, name) = match word {
        "PartialType" => ("functools", "partial"),
        _ => ("builtins", frameworks::DILL_TYPES.split(' ').find(|listed| *listed == word)?),
    };
    Some((module.to_owned(), name.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn entries() -> impl Iterator<Item = (&'static Harmless, &'static str)> {
        let entries = LIBRARIES.iter().flat_map(|library| library.tables.iter().copied().flatten());
        entries.flat_map(|entry| entry.names.split_ascii_whitespace().map(move |name| (entry, name)))
    }

    #[test]
    fn every_entry_is_found_where_it_is_looked_for() {
        for (entry, name) in entries() {
            assert_eq!(harmless(entry.module, name), Some(entry.role), "{}.{name}", entry.module);
        }
    }

    #[test]
    fn no_name_is_listed_twice() {
        let mut seen = BTreeSet::new();
        for (entry, name) in entries() {
            assert!(seen.insert((entry.module, name)), "{}.{name} stands twice", entry.module);
        }
    }

    #[test]
    fn no_harmless_global_is_also_listed_as_dangerous() {
        for (entry, name) in entries() {
            let listed = GLOBALS.iter().any(|(module, names, _)| {
                *module == entry.module && names.split_ascii_whitespace().any(|listed| listed == name)
            });
            assert!(!listed, "{}.{name} is in both tables", entry.module);
        }
    }

    #[test]
    fn walks_over_attributes_are_listed_apart_and_end_at_a_method_of_their_class() {
        let methods: BTreeSet<_> = [stdlib::METHODS, scipy::METHODS, torch::METHODS]
            .into_iter()
            .flatten()
            .flat_map(|entry| entry.names.split_ascii_whitespace().map(|name| (entry.module, name)))
            .collect();
        for (entry, name) in entries() {
            let apart = methods.contains(&(entry.module, name));
            assert_eq!(name.contains('.'), apart, "{}.{name}", entry.module);
            assert!(!apart || (name.matches('.').count() == 1 && !name.contains("__")), "{name}");
        }
    }
}

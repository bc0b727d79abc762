//! What is known of a global: harmless and how, dangerous and why, or nothing.
//!
//! The allow-list comes first and is exact: a global of it is harmless in the form it is listed with. The deny-list
//! only explains and ranks: without it the same globals would be unknown, and calling them just as little allowed.

use super::tables;
use crate::Loader;

/// How a harmless global is used by picklers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A class: called or made with `__new__`, then given its state.
    Class,
    /// A class that is only made with `__new__` and then given its state: its constructor does more than that.
    Made,
    /// A class that is also filled with items.
    Container,
    /// A function whose result is data.
    Function,
    /// A function whose first argument is a class that it makes an instance of.
    Makes,
    /// A function or class that calls the globals among its arguments, now or later.
    Calls,
    /// A function that calls its first argument with the tuple that comes after it.
    Applies,
    /// `_codecs.encode` of a constant with a plain encoding: bytes in protocols before 3.
    Encode,
    /// `numpy.dtype`.
    Dtype,
    /// A function that unpickles the bytes it gets.
    Unpickles,
    /// A value that is named and never called.
    Named,
}

/// Names of one module that are used alike.
#[derive(Debug)]
pub(super) struct Harmless {
    /// The module as Python 3 names it.
    pub(super) module: &'static str,
    /// How they are used.
    pub(super) role: Role,
    /// The names, separated by spaces.
    pub(super) names: &'static str,
}

impl Harmless {
    pub(super) const fn of(module: &'static str, role: Role, names: &'static str) -> Self {
        Self { module, role, names }
    }
}

/// What is known of a global.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tier {
    /// Harmless when used as the role says.
    Harmless(Role),
    /// Nobody has vouched for it.
    Unknown,
    /// Runs code or commands, or reaches files or the network; the text says what it does.
    Dangerous(&'static str),
}

/// Judges a global by the name Python 3 resolves.
pub(super) fn judge(module: &str, name: &str) -> Tier {
    if let Some(role) = tables::harmless(module, name) {
        return Tier::Harmless(role);
    }
    match dangerous(module, name) {
        Some(why) => Tier::Dangerous(why),
        None => Tier::Unknown,
    }
}

/// What is known of a global once it is known who loads it: some entries are pinned to one loader.
pub(super) fn pinned(tier: Tier, module: &str, name: &str, loader: Loader) -> Tier {
    match (tier, loader) {
        (Tier::Harmless(_), Loader::Any | Loader::Numpy) if tables::only_torch(module, name) => Tier::Unknown,
        (Tier::Unknown, Loader::Torch) if script_class(module) => Tier::Harmless(Role::Made),
        _ => tier,
    }
}

/// Whether a module is one of TorchScript's: its classes are those of the code in the same archive, and Python has no
/// such module. Classes that torch brings in C++ are named alike; only those of quantized layers are known.
fn script_class(module: &str) -> bool {
    let known = ["__torch__.torch.classes.quantized", "__torch__.torch.classes.xnnpack"];
    within(module, "__torch__")
        && (!within(module, "__torch__.torch.classes") || known.iter().any(|listed| within(module, listed)))
}

/// Whether a dangerous global is known by its module, and not only by a name that could be any word.
pub(super) fn known_module(module: &str, name: &str) -> bool {
    tables::MODULES.iter().any(|(listed, _)| within(module, listed)) || of_global(module, name).is_some()
}

/// Names that a global has in the CVE list.
pub(super) fn known_as(module: &str, name: &str) -> &'static [&'static str] {
    let names = |listed: &str| listed == "*" || listed == name;
    let mut known = tables::KNOWN.iter();
    known.find(|(of, listed, _)| within(module, of) && names(listed)).map_or(&[], |(.., known)| *known)
}

fn of_global(module: &str, name: &str) -> Option<&'static str> {
    let mut listed = tables::GLOBALS.iter().filter(|(listed, ..)| *listed == module);
    listed
        .find(|(_, names, _)| names.split_ascii_whitespace().any(|listed| listed == name))
        .map(|(.., why)| *why)
}

fn dangerous(module: &str, name: &str) -> Option<&'static str> {
    let of_module = tables::MODULES.iter().find(|(listed, _)| within(module, listed)).map(|(_, why)| *why);
    // A module keeps what it imports: `logging.os` is `os`, `random._os` is `os`.
    let mut steps = name.split('.');
    let step = steps.find_map(|step| {
        tables::STEPS
            .iter()
            .find(|(names, _)| names.split_ascii_whitespace().any(|listed| listed == step))
            .map(|(_, why)| *why)
    });
    of_module.or(of_global(module, name)).or(step)
}

/// Whether `module` is `listed` or lies in it.
fn within(module: &str, listed: &str) -> bool {
    module.strip_prefix(listed).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_is_exact() {
        assert_eq!(judge("collections", "OrderedDict"), Tier::Harmless(Role::Container));
        assert_eq!(judge("collections.abc", "OrderedDict"), Tier::Unknown);
        assert_eq!(judge("collections", "OrderedDict.fromkeys"), Tier::Unknown);
        assert!(matches!(judge("collections", "OrderedDict.__init__.__globals__"), Tier::Dangerous(_)));
    }

    #[test]
    fn modules_are_dangerous_with_their_submodules_and_by_alias() {
        for (module, name) in [
            ("os", "system"),
            ("asyncio.unix_events", "_UnixSubprocessTransport"),
            ("builtins", "eval"),
            ("random", "_os.system"),
            ("whatever", "subprocess"),
        ] {
            assert!(matches!(judge(module, name), Tier::Dangerous(_)), "{module}.{name}");
        }
        assert_eq!(judge("osmium", "Reader"), Tier::Unknown);
    }

    #[test]
    fn entries_of_torch_files_vouch_in_no_other_file() {
        let pin = |module, name, loader| pinned(judge(module, name), module, name, loader);
        let storage = |loader| pin("torch", "FloatStorage", loader);
        assert_eq!(storage(Loader::Torch), Tier::Harmless(Role::Class));
        assert_eq!((storage(Loader::Any), storage(Loader::Numpy)), (Tier::Unknown, Tier::Unknown));
        assert_eq!(pin("torch.nn.modules.linear", "Linear", Loader::Any), Tier::Harmless(Role::Class));
        assert_eq!(pin("__torch__.m", "Net", Loader::Torch), Tier::Harmless(Role::Made));
        assert_eq!(pin("__torch__.m", "Net", Loader::Any), Tier::Unknown);
        assert_eq!(pin("__torch__.torch.classes.dist_c10d", "Store", Loader::Torch), Tier::Unknown);
        assert_eq!(pin("__torch__x", "Net", Loader::Torch), Tier::Unknown);
    }
}

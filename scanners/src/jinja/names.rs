//! Names that chat templates use, and names that lead out of the template.
//!
//! Source: the built-in filters, tests and globals of Jinja 3.1; what `transformers`, `vllm` and `llama-cpp-python` add to
//! their environments; `UNSAFE_*_ATTRIBUTES` of Jinja's `sandbox.py`.

/// Functions a template may call.
pub(super) const FUNCTIONS: &[&str] =
    &["caller", "dict", "loop", "namespace", "raise_exception", "range", "strftime_now", "super", "tojson"];

/// Methods of text, lists and mappings that read or build values.
pub(super) const METHODS: &[&str] = &[
    "append",
    "capitalize",
    "casefold",
    "center",
    "changed",
    "copy",
    "count",
    "cycle",
    "endswith",
    "expandtabs",
    "extend",
    "find",
    "format",
    "format_map",
    "get",
    "index",
    "insert",
    "isalnum",
    "isalpha",
    "isascii",
    "isdecimal",
    "isdigit",
    "isidentifier",
    "islower",
    "isnumeric",
    "isprintable",
    "isspace",
    "istitle",
    "isupper",
    "items",
    "join",
    "keys",
    "ljust",
    "lower",
    "lstrip",
    "partition",
    "pop",
    "removeprefix",
    "removesuffix",
    "replace",
    "reverse",
    "rfind",
    "rindex",
    "rjust",
    "rpartition",
    "rsplit",
    "rstrip",
    "setdefault",
    "sort",
    "split",
    "splitlines",
    "startswith",
    "strftime",
    "strip",
    "swapcase",
    "title",
    "translate",
    "update",
    "upper",
    "values",
    "zfill",
    "isoformat",
    "encode",
    "decode",
    "remove",
    "clear",
];

/// Filters of Jinja, without `attr`.
pub(super) const FILTERS: &[&str] = &[
    "abs",
    "batch",
    "capitalize",
    "center",
    "count",
    "d",
    "default",
    "dictsort",
    "e",
    "escape",
    "filesizeformat",
    "first",
    "float",
    "forceescape",
    "format",
    "groupby",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "list",
    "lower",
    "map",
    "max",
    "min",
    "pprint",
    "random",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "safe",
    "select",
    "selectattr",
    "slice",
    "sort",
    "string",
    "striptags",
    "sum",
    "title",
    "tojson",
    "trim",
    "truncate",
    "unique",
    "upper",
    "urlencode",
    "urlize",
    "wordcount",
    "wordwrap",
    "xmlattr",
    "from_json",
    "fromjson",
    "strftime",
];

/// Tests of Jinja.
pub(super) const TESTS: &[&str] = &[
    "boolean",
    "callable",
    "defined",
    "divisibleby",
    "eq",
    "equalto",
    "escaped",
    "even",
    "false",
    "filter",
    "float",
    "ge",
    "greaterthan",
    "gt",
    "in",
    "integer",
    "iterable",
    "le",
    "lessthan",
    "lower",
    "lt",
    "mapping",
    "ne",
    "none",
    "None",
    "number",
    "odd",
    "sameas",
    "sequence",
    "string",
    "test",
    "true",
    "True",
    "False",
    "undefined",
    "upper",
    "not",
    "contains",
    "startingwith",
];

/// Globals whose attributes lead to Python's modules, and Python's own ways there.
pub(super) const UNSAFE_GLOBALS: &[&str] = &[
    "builtins",
    "compile",
    "config",
    "cycler",
    "eval",
    "exec",
    "get_flashed_messages",
    "getattr",
    "globals",
    "importlib",
    "joiner",
    "lipsum",
    "locals",
    "open",
    "os",
    "popen",
    "request",
    "self",
    "session",
    "setattr",
    "subprocess",
    "sys",
    "url_for",
    "vars",
];

/// Methods that read files, run code or reach modules.
pub(super) const UNSAFE_METHODS: &[&str] = &[
    "Popen",
    "call",
    "check_call",
    "check_output",
    "compile",
    "connect",
    "eval",
    "exec",
    "execl",
    "execv",
    "execve",
    "fdopen",
    "fork",
    "getoutput",
    "getstatusoutput",
    "import_module",
    "import_string",
    "listdir",
    "load",
    "load_module",
    "loads",
    "makedirs",
    "mro",
    "open",
    "popen",
    "read",
    "read_bytes",
    "read_text",
    "readlines",
    "remove_module",
    "run",
    "run_module",
    "run_path",
    "spawn",
    "system",
    "unlink",
    "urlopen",
    "urlretrieve",
    "write",
    "write_bytes",
    "write_text",
];

/// Attributes without leading underscores that lead to frames, code and globals.
const UNSAFE_ATTRIBUTES: &[&str] = &[
    "ag_code",
    "ag_frame",
    "co_code",
    "cr_code",
    "cr_frame",
    "f_back",
    "f_builtins",
    "f_code",
    "f_globals",
    "f_locals",
    "func_closure",
    "func_code",
    "func_defaults",
    "func_dict",
    "func_globals",
    "gi_code",
    "gi_frame",
    "im_class",
    "im_func",
    "im_self",
    "mro",
    "tb_frame",
    "tb_next",
];

/// Whether an attribute of this name belongs to Python and not to a message.
pub(super) fn is_unsafe_attribute(name: &str) -> bool {
    name.starts_with('_') || UNSAFE_ATTRIBUTES.contains(&name)
}

/// Whether a text is the name of an attribute, or a dotted path with one, that belongs to Python. A single leading
/// underscore is not enough here: texts are seldom attribute names.
pub(super) fn names_unsafe_attribute(text: &str) -> bool {
    text.split('.').any(|name| {
        let dunder = name.len() > 4 && name.starts_with("__") && name.ends_with("__");
        let plain = name.chars().all(|c| c == '_' || c.is_alphanumeric());
        plain
            && (dunder && name.contains(char::is_alphabetic)
                || UNSAFE_ATTRIBUTES.contains(&name) && name != "mro")
    })
}

/// Whether a format text reads attributes of Python: `{0.__class__}`.
pub(super) fn formats_unsafe_attribute(text: &str) -> bool {
    text.split('{').skip(1).any(|field| {
        let field = field.split('}').next().unwrap_or_default();
        field.split(['.', '[', ']']).skip(1).any(is_unsafe_attribute)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_hold_each_name_once_and_never_both_ways() {
        for list in [FUNCTIONS, METHODS, FILTERS, TESTS, UNSAFE_GLOBALS, UNSAFE_METHODS, UNSAFE_ATTRIBUTES] {
            let unique: std::collections::BTreeSet<_> = list.iter().collect();
            assert_eq!(unique.len(), list.len());
        }
        assert!(!METHODS.iter().any(|name| UNSAFE_METHODS.contains(name)));
        assert!(!FUNCTIONS.iter().any(|name| UNSAFE_GLOBALS.contains(name)));
    }

    #[test]
    fn attributes_of_python_are_told_from_text() {
        for bad in ["__class__", "a.__init__", "gi_frame", "f_globals"] {
            assert!(names_unsafe_attribute(bad), "{bad}");
        }
        for good in ["____", "__", "_x", "see __init__ here", "mro", "content"] {
            assert!(!names_unsafe_attribute(good), "{good}");
        }
        assert!(formats_unsafe_attribute("{0.__class__}") && formats_unsafe_attribute("a {x[0]._y}"));
        assert!(!formats_unsafe_attribute("{} __class__ {name.first}"));
    }
}

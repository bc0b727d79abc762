//! Which calls in stored code matter: those that run commands, load code or fetch it.

use super::shown::{Nature, Shown};

/// Functions that run commands, load code or fetch it, whatever their arguments are.
const UNSAFE: &[&str] = &[
    "curl_download",
    "download.file",
    "dyn.load",
    "exec_background",
    "exec_internal",
    "exec_wait",
    "install.packages",
    "install_github",
    "library.dynam",
    "make.socket",
    "pipe",
    "py_run_file",
    "py_run_string",
    "shell",
    "shell.exec",
    "socketConnection",
    "source",
    "source_python",
    "sourceCpp",
    "sys.source",
    "system",
    "system2",
];

/// Of these, names that nobody gives to a variable: naming them is enough.
const UNMISTAKABLE: &[&str] =
    &["dyn.load", "install.packages", "shell.exec", "sys.source", "system", "system2"];

/// Functions that call what they are given by name or as it is.
const INDIRECT: &[&str] = &[
    "Filter",
    "Find",
    "Map",
    "Position",
    "Recall",
    "Reduce",
    "apply",
    "as.name",
    "as.symbol",
    "call",
    "do.call",
    "exec",
    "get",
    "get0",
    "getExportedValue",
    "getFromNamespace",
    "getFunction",
    "invoke",
    "lapply",
    "mapply",
    "match.fun",
    "outer",
    "sapply",
    "sym",
    "tapply",
    "vapply",
];

/// What gives a function another name or takes it out of a package.
const NAMING: &[&str] = &["::", ":::", "<-", "<<-", "=", "assign", "delayedAssign", "makeActiveBinding"];

/// What turns a text into code, inside of what evaluates it.
const PARSED: &[&str] =
    &["parse(text = \"", "parse(text=\"", "str2lang(\"", "str2expression(\"", "parse_expr(\""];

/// Why a call matters, if it does.
pub(super) fn judge(head: &Shown, arguments: &[Shown]) -> Option<&'static str> {
    let name = head.text.rsplit("::").next().unwrap_or_default();
    if matches!(head.nature, Nature::Symbol | Nature::Call) && is(UNSAFE, name) && !head.text.contains('(') {
        return Some("runs commands, or loads or fetches code");
    }
    let names = |list: &[&str], natures: &[Nature]| {
        arguments.iter().any(|each| natures.contains(&each.nature) && is(list, &each.text))
    };
    if is(INDIRECT, name) && (names(UNSAFE, &[Nature::Text]) || names(UNMISTAKABLE, &[Nature::Symbol])) {
        return Some("calls a function that runs commands, or loads or fetches code");
    }
    if is(NAMING, &head.text) && names(UNMISTAKABLE, &[Nature::Symbol]) {
        return Some("takes a function that runs commands or loads code");
    }
    let parsed = arguments.iter().any(|each| PARSED.iter().any(|start| each.text.starts_with(start)));
    (matches!(name, "eval" | "evalq" | "eval_bare" | "eval_tidy") && parsed)
        .then_some("evaluates a text as code")
}

/// Whether naming this function in compiled code is to call it.
pub(super) fn is_unsafe(name: &str) -> bool {
    is(UNSAFE, name)
}

fn is(list: &[&str], name: &str) -> bool {
    list.contains(&name)
}

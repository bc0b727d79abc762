//! Scripts: text that a shell or an interpreter runs. Beside a model they are common; under the name of weights they
//! wait for somebody who starts them, or for a loader that falls back to running what it does not know.
//!
//! Source: `execve(2)` ("Interpreter scripts"). What a script does is not looked at here.

use assay_core::{Format, Rule, RuleId, Severity};

use crate::weights_name::named_as_weights;
use crate::{Input, Probe, Report, Scanner, Stop};

const DISGUISED: Rule = Rule {
    id: RuleId::new("script-disguised"),
    severity: Severity::High,
    summary: "The file has the name of weights or data and is a script",
    taxonomy: &["CWE-506", "CWE-434", "AML.T0010", "AML.T0015", "AML.T0011"],
};

const RULES: &[Rule] = &[DISGUISED];

/// How scripts without a line for the system begin, in small letters.
const BEGINNINGS: &[&str] = &[
    "@echo",
    "powershell",
    "param(",
    "set-executionpolicy",
    "<?php",
    "<script",
    "import os",
    "import sys",
    "import subprocess",
    "from os import",
];

/// Bytes in which a beginning stands, behind blanks and a byte order mark.
const BEGINNING: usize = 256;

/// Bytes of the first line that are shown.
const MAX_SHOWN: usize = 80;

/// Scanner of scripts.
#[derive(Debug)]
pub(super) struct Script;

impl Scanner for Script {
    fn format(&self) -> Format {
        Format::Script
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        shebang(probe.head)
            || named_as_weights(probe.name) && begins_like_one(probe.head) && !path_file(probe)
    }

    /// Python runs a zip behind such a line, and shells unpack themselves so.
    fn carries(&self) -> &'static [Format] {
        &[Format::Zip]
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        if named_as_weights(input.name()) {
            let head = input.window(0, MAX_SHOWN)?;
            let line = head.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
            let line = String::from_utf8_lossy(line);
            let message = format!("{}, which starts with {line}", DISGUISED.summary);
            report.hit(&DISGUISED, input.place().clone(), &message, &[("first-line", &line)]);
        }
        Ok(())
    }
}

/// Whether the system would start an interpreter for it.
fn shebang(head: &[u8]) -> bool {
    let Some(line) = head.strip_prefix(b"#!") else { return false };
    line.trim_ascii_start().first() == Some(&b'/')
}

/// A file of Python's `site`, whose ending weights have too: one line that is run whenever Python starts.
fn path_file(probe: &Probe<'_>) -> bool {
    let line = probe.head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    probe.named(&[".pth"]) && line.starts_with(b"import ") && line.contains(&b';')
}

fn begins_like_one(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let beginning = head.get(..BEGINNING).unwrap_or(head).to_ascii_lowercase();
    BEGINNINGS.iter().any(|words| beginning.starts_with(words.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Loader;

    fn recognised(name: &str, head: &[u8]) -> bool {
        let size = head.len() as u64;
        Script.recognises(&Probe { head, tail: head, doublings: &[], size, name, loader: Loader::Any })
    }

    #[test]
    fn a_line_for_the_system_makes_a_script_under_any_name() {
        assert!(recognised("x", b"#!/bin/sh\n") && recognised("x", b"#! /usr/bin/env python\n"));
        assert!(!recognised("x", b"#!\n") && !recognised("x.pt", b"# a comment\n"));
    }

    #[test]
    fn other_beginnings_count_under_the_name_of_weights() {
        for head in ["@echo off\r\n", "\u{feff}PowerShell -enc AAAA", "\nimport os\nos.getpid()", "<?php x"] {
            assert!(
                recognised("model.bin", head.as_bytes()) && !recognised("notes.txt", head.as_bytes()),
                "{head}"
            );
        }
        assert!(!recognised("distutils-precedence.pth", b"import os; enabled = True\n"));
        assert!(!recognised("data.csv", b"import,export\n1,2\n"));
    }
}

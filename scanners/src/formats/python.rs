//! Python source beside or inside a model: `modeling_*.py`, `handler.py`, loading scripts, `setup.py`.
//!
//! Recognised by its name, which is what makes Python import it, or by a first line that names the interpreter. What the
//! code does is judged by [`crate::python`].

use assay_core::{Format, Rule};

use crate::config::secrets;
use crate::python::{self, Entry, MAX_SOURCE, examine_source};
use crate::{Input, Limit, Loader, Probe, Report, Scanner, Stop};

/// Names that Python imports or runs.
const NAMES: &[&str] = &[".py", ".pyw"];

/// Scanner of Python source.
pub(super) struct Python;

impl Scanner for Python {
    fn format(&self) -> Format {
        Format::Python
    }

    fn rules(&self) -> &'static [Rule] {
        python::RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let named = probe.named(NAMES);
        probe.size > 0 && probe.loader != Loader::TorchScript && (named || names_interpreter(probe.head))
    }

    fn fills(&self, _probe: &Probe<'_>) -> bool {
        // Any text is a program to someone; what else the file is complete as counts alone.
        false
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        if input.size() > MAX_SOURCE as u64 {
            return Err(Stop::Limit(Limit::Length("Python source")));
        }
        let bytes = input.window(0, MAX_SOURCE)?;
        let entry = match (Entry::of(input.name()), input.loader()) {
            (Entry::Module | Entry::Custom, Loader::TorchServe) => Entry::Served,
            (entry, _) => entry,
        };
        let place = input.place();
        secrets(&bytes, place, true, report);
        examine_source(&bytes, entry, &|offset| place.at(offset), report)
    }
}

/// `#!/usr/bin/env python3` in front of text. In front of a zip it makes an application of that.
fn names_interpreter(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let line = line.get(..line.len().min(128)).unwrap_or_default();
    line.starts_with(b"#!") && !head.contains(&0) && memchr::memmem::find(line, b"python").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    #[test]
    fn the_name_decides_for_whom_it_runs() {
        let code = b"import os\ndef load(x):\n    os.system(x)\n";
        assert_eq!(scan(&Python, "handler.py", code).rules(), ["python-code-when-used"]);
        assert_eq!(scan(&Python, "train.py", code).rules(), ["python-dormant-code"]);
    }

    #[test]
    fn a_first_line_names_the_interpreter() {
        assert!(names_interpreter(b"#!/usr/bin/env python3\nx"));
        assert!(!names_interpreter(b"#!/bin/sh\npython"));
        assert!(!names_interpreter(b"#!/usr/bin/env python3\nPK\x03\x04\0\0"));
    }
}

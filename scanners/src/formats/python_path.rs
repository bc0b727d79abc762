//! `.pth` files of Python's path: text whose lines `site` runs at every start when they begin with `import`.
//!
//! Checkpoints have the same ending; they are not text. Source: CPython `Lib/site.py` (`addpackage`).

use assay_core::{Format, Rule};

use crate::python::{self, Entry, examine_source, startup};
use crate::{Input, Probe, Report, Scanner, Stop};

/// The longest file that is read; real ones have a few lines.
const MAX_LINES: usize = 1 << 20;

/// Scanner of path files.
pub(super) struct PythonPath;

impl Scanner for PythonPath {
    fn format(&self) -> Format {
        Format::PythonPath
    }

    fn rules(&self) -> &'static [Rule] {
        python::RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let text = |head: &[u8]| {
            let control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c);
            !head.iter().any(control) && std::str::from_utf8(head).is_ok()
        };
        let small = probe.size > 0 && probe.size <= MAX_LINES as u64;
        probe.named(&[".pth"]) && small && text(probe.head)
    }

    fn fills(&self, _probe: &Probe<'_>) -> bool {
        false
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let bytes = input.window(0, MAX_LINES)?;
        let place = input.place();
        let mut gap = None;
        for (start, line) in lines(&bytes) {
            startup(place.at(start), report);
            let located = |offset: u64| place.at(start.saturating_add(offset));
            if let Err(stop) = examine_source(line, Entry::Module, &located, report) {
                gap.get_or_insert(stop);
            }
        }
        gap.map_or(Ok(()), Err)
    }
}

/// Lines that are run, and where they stand.
fn lines(bytes: &[u8]) -> impl Iterator<Item = (u64, &[u8])> {
    let mut offset = 0_u64;
    bytes.split(|byte| *byte == b'\n').filter_map(move |line| {
        let start = offset;
        offset = offset.saturating_add(line.len() as u64).saturating_add(1);
        (line.starts_with(b"import ") || line.starts_with(b"import\t")).then_some((start, line))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    #[test]
    fn lines_that_import_are_run_and_others_are_paths() {
        let facts = scan(&PythonPath, "x.pth", b"./lib\nimport os; os.system('id')\n");
        assert_eq!(facts.rules(), ["python-code-on-import", "python-startup-code"]);
        assert!(scan(&PythonPath, "x.pth", b"./lib\n#import os\n").is_clean());
    }
}

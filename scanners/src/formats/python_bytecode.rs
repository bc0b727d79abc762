//! Compiled Python, `.pyc`: code that runs when it is imported, and whose source is not there to be read.
//!
//! Source: CPython `Lib/importlib/_bootstrap_external.py`: a magic number, flags and a hash or time from 3.7 on, then a
//! marshalled code object. Python imports it without a source file, and prefers it to one of the stated time.

use assay_core::{Format, Rule, RuleId, Severity};

use crate::bytecode::{Code, Layout, dangerous, read};
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// The longest file that is read; the largest of the standard library has 500 KiB.
const MAX_BYTECODE: usize = 16 << 20;

const COMPILED: Rule = Rule {
    id: RuleId::new("python-bytecode"),
    severity: Severity::High,
    summary: "The file is compiled Python, which runs when it is imported and cannot be reviewed",
    taxonomy: &["CWE-506", "CWE-829", "AML.T0010", "AML.T0011.000", "OWASP-LLM03"],
};
const UNSAFE: Rule = Rule {
    id: RuleId::new("python-bytecode-unsafe"),
    severity: Severity::Critical,
    summary: "The compiled Python names what runs commands or code, loads libraries or opens connections",
    taxonomy: &["CWE-506", "CWE-94", "AML.T0010", "AML.T0011.000", "OWASP-LLM03"],
};
const RULES: &[Rule] = &[COMPILED, UNSAFE];

/// Scanner of compiled Python.
pub(super) struct PythonBytecode;

impl Scanner for PythonBytecode {
    fn format(&self) -> Format {
        Format::PythonBytecode
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let named = probe.named(&[".pyc", ".pyo"]);
        magic(probe.head).is_some_and(|layout| named || code_follows(probe.head, layout))
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let place = input.place();
        let mut code = None;
        let read = Self::code(input, &mut code);
        let empty = read.is_ok() && code.as_ref().is_some_and(is_empty);
        if !empty {
            report.hit(&COMPILED, place.clone(), "compiled Python runs when it is imported", &[]);
        }
        if let Some(name) = code.and_then(|code| dangerous(&code.texts)) {
            let message = format!("importing the compiled code may use {name}");
            report.hit(&UNSAFE, place.clone(), &message, &[("name", &name)]);
        }
        read
    }
}

impl PythonBytecode {
    fn code(input: &Input<'_>, code: &mut Option<Code>) -> Result<(), Stop> {
        if input.size() > MAX_BYTECODE as u64 {
            return Err(Stop::Limit(Limit::Length("compiled Python")));
        }
        let bytes = input.window(0, MAX_BYTECODE)?;
        let Some(layout) = magic(&bytes) else {
            return Err(Stop::Malformed { what: "magic of compiled Python", offset: 0 });
        };
        let header = header(&bytes, layout);
        let object = read(bytes.get(header..).unwrap_or_default(), layout).map_err(|stop| match stop {
            Stop::Malformed { what, offset } => {
                Stop::Malformed { what, offset: offset.saturating_add(header as u64) }
            }
            stop @ (Stop::Limit(_)
            | Stop::Deadline
            | Stop::Encrypted(_)
            | Stop::Unsupported(_)
            | Stop::Io(_)) => stop,
        })?;
        let end = object.length.saturating_add(header);
        *code = Some(object);
        if end < bytes.len() {
            return Err(Stop::Malformed { what: "end of compiled Python", offset: end as u64 });
        }
        Ok(())
    }
}

/// Instructions of a module without a statement, from 3.0 to 3.13.
const EMPTY: &[&[u8]] = &[b"d\0\0S", b"d\0S\0", b"\x97\0d\0S\0", b"\x97\0y\0", b"\x95\0g\0"];

/// Whether it is what Python makes of an empty `__init__.py`.
fn is_empty(code: &Code) -> bool {
    code.count == 1 && EMPTY.contains(&code.first.as_slice())
}

fn magic(head: &[u8]) -> Option<Layout> {
    let [low, high, b'\r', b'\n'] = *head.first_chunk::<4>()? else { return None };
    Layout::of(u16::from_le_bytes([low, high]))
}

/// Bytes in front of the code object: three fields from 3.7 on, two from 3.3 on, one before.
fn header(head: &[u8], layout: Layout) -> usize {
    let starts_code = |at: &usize| head.get(*at).is_some_and(|byte| byte & 0x7f == b'c');
    let usual = match layout {
        Layout::Two => 8,
        Layout::Three => 12,
        Layout::Eight | Layout::Eleven => 16,
    };
    [usual, 16, 12, 8].into_iter().find(starts_code).unwrap_or(usual)
}

fn code_follows(head: &[u8], layout: Layout) -> bool {
    head.get(header(head, layout)).is_some_and(|byte| byte & 0x7f == b'c')
}

//! Torch7: Lua objects as `torch.save` of Lua Torch writes them, in binary or as text.
//!
//! Source: `File.lua`, `lib/TH/generic/THStorage.c` and `generic/Tensor.c` of torch7. There is no magic number. A
//! function is kept as what `string.dump` gives, and loading hands that to `load`, which checks no bytecode: that alone
//! can take over the process (Lua manual, `load`), and the function runs with the model. Objects of classes other than
//! tensors and storages are read as the table that nearly all of them write; one that does not leaves a gap.

mod reader;

use assay_core::{Format, Rule, RuleId, Severity};

use self::reader::{Event, Objects, Style};
use crate::weights_name::stem_of;
use crate::{Input, Probe, Report, Scanner, Stop};

const FUNCTION: Rule = Rule {
    id: RuleId::new("torch7-function"),
    severity: Severity::Critical,
    summary: "The model holds a Lua function, which loading it hands to the interpreter unchecked",
    taxonomy: &["CWE-502", "CWE-94", "AML.T0010", "AML.T0011"],
};

const LUA_TEXT: Rule = Rule {
    id: RuleId::new("torch7-lua-text"),
    severity: Severity::High,
    summary: "A text in the model is Lua code that starts programs or loads code",
    taxonomy: &["CWE-94", "CWE-506", "AML.T0010"],
};

const RULES: &[Rule] = &[FUNCTION, LUA_TEXT];

/// Calls of Lua that no text in a model needs.
const CALLS: &[&str] = &[
    "os.execute",
    "io.popen",
    "os.remove",
    "os.rename",
    "loadstring(",
    "loadfile(",
    "dofile(",
    "package.loadlib",
    "ffi.load",
    "ffi.cdef",
    "debug.setupvalue",
    "string.dump",
    "sys.execute",
    "sys.fexecute",
];

/// Bytes that are looked through for calls when the objects break off.
const UNREAD: usize = 16 << 20;

/// Scanner of Torch7 files.
#[derive(Debug)]
pub(super) struct Torch7;

impl Scanner for Torch7 {
    fn format(&self) -> Format {
        Format::Torch7
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        Style::of(probe.head).is_some() || probe.named(&[".t7", ".th7"])
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let style = Style::of(&input.window(0, 64)?);
        let Some(style) = style else {
            calls(&input.window(0, UNREAD)?, 0, input, report);
            return Err(Stop::Malformed { what: "Torch7 object", offset: 0 });
        };
        let mut objects = Objects::new(input, style);
        let read = objects.read(&mut |event| match event {
            Event::Function { at, content } => {
                let kind = if content.starts_with(b"\x1b") { "bytecode" } else { "source" };
                let message = format!("{}: {kind} in {}", FUNCTION.summary, stem_of(input.name()));
                report.hit(&FUNCTION, input.place().at(at), &message, &[("kind", kind)]);
                calls(content, at, input, report);
            }
            Event::Text { at, content } => calls(content, at, input, report),
        });
        if read.is_err() {
            let at = objects.position();
            calls(&input.window(at, UNREAD)?, at, input, report);
        }
        read
    }
}

/// Reports the first call in a text.
fn calls(text: &[u8], at: u64, input: &Input<'_>, report: &mut Report<'_>) {
    let found = CALLS.iter().find(|call| memchr::memmem::find(text, call.as_bytes()).is_some());
    if let Some(call) = found {
        let call = call.trim_end_matches('(');
        let message = format!("{}: {call}", LUA_TEXT.summary);
        report.hit(&LUA_TEXT, input.place().at(at), &message, &[("call", call)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    #[test]
    fn both_styles_are_told_from_other_content() {
        for begin in [
            b"\x04\0\0\0\x01\0\0\0\x03\0\0\0V 1\x0a\0\0\0nn.Linear".as_slice(),
            b"\x03\0\0\0\x01\0\0\0\x02\0\0\0\x02\0\0\0\x05\0\0\0model",
            b"\x08\0\0\0\x01\0\0\0\x10\0\0\0\x1bLJ\x02",
            b"4\n1\n3\nV 1\n9\nnn.Linear",
        ] {
            assert!(Style::of(begin).is_some(), "{begin:?}");
        }
        for other in [
            b"3\n4\n5\n6\n".as_slice(),
            b"\x03\0\0\0\x01\0\0\0",
            b"\x04\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0",
            b"",
        ] {
            assert!(Style::of(other).is_none(), "{other:?}");
        }
    }

    #[test]
    fn a_file_that_is_called_so_and_is_not_leaves_a_gap() {
        let facts = scan(&Torch7, "m.t7", b"T7 os.execute('true')");
        assert_eq!((facts.rules(), facts.gaps.len()), (vec!["torch7-lua-text"], 1));
    }
}

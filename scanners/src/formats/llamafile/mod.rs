//! llamafile and other "actually portable executables": one file that Windows starts as a program, Unix as a shell
//! script that turns it into one, with a zip of weights behind it.
//!
//! Source: `tool/build/apelink.c` and `ape/specification.md` of Cosmopolitan; llamafile's README. The shell script in
//! front is judged word by word; the machine code is not. The zip is for its own scanner, and where there is none, GGUF
//! is looked for in the whole file.

mod shell;

use assay_core::{Format, Rule, RuleId, Severity};

use crate::weights_name::named_as_weights;
use crate::zip::ends_in;
use crate::{Input, Probe, Report, Scanner, Stop};

const PROGRAM: Rule = Rule {
    id: RuleId::new("llamafile-program"),
    severity: Severity::Medium,
    summary: "The file is a program and weights in one, and runs with all rights of whoever starts it",
    taxonomy: &["CWE-829", "AML.T0010", "AML.T0011"],
};

const DISGUISED: Rule = Rule {
    id: RuleId::new("llamafile-disguised"),
    severity: Severity::High,
    summary: "The file has the name of weights or data and is a program with weights inside",
    taxonomy: &["CWE-506", "CWE-434", "AML.T0010", "AML.T0015"],
};

const COMMAND: Rule = Rule {
    id: RuleId::new("llamafile-shell-command"),
    severity: Severity::Critical,
    summary: "The script at the start of the program runs a command that such programs have no use for",
    taxonomy: &["CWE-78", "CWE-506", "AML.T0010", "AML.T0011"],
};

const RULES: &[Rule] = &[PROGRAM, DISGUISED, COMMAND];

/// How such programs begin: for Windows and Unix, for Unix only, for debugging.
const MAGICS: &[&[u8]] = &[b"MZqFpD='", b"jartsr='", b"APEDBG='"];

/// Bytes from the start in which the script stands; linkers write under 16 KiB.
const PROLOGUE: usize = 64 << 10;

/// Bytes of the header for DOS.
const HEADER: u64 = 64;

/// Bytes that are looked through for GGUF at a time.
const BLOCK: usize = 1 << 20;

/// GGUF files that are examined in one program without a zip.
const MAX_EMBEDDED: usize = 16;

/// Scanner of portable executables.
#[derive(Debug)]
pub(super) struct Llamafile;

impl Scanner for Llamafile {
    fn format(&self) -> Format {
        Format::Llamafile
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        MAGICS.iter().any(|magic| probe.head.starts_with(magic))
    }

    fn refines(&self, _probe: &Probe<'_>) -> &'static [Format] {
        &[Format::Pe, Format::Pickle]
    }

    fn carries(&self) -> &'static [Format] {
        &[Format::Zip]
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let prologue = input.window(0, PROLOGUE)?;
        let commands = shell::foreign(&prologue);
        // A text about such files is none: the quotation never ends, and there is no header for Windows.
        if commands.is_empty() && !prologue.contains(&0) && !shell::has_script(&prologue) {
            let cut = Stop::Malformed { what: "portable executable", offset: input.size() };
            return if input.size() < HEADER { Err(cut) } else { Ok(()) };
        }
        let rule = if named_as_weights(input.name()) { &DISGUISED } else { &PROGRAM };
        report.hit(rule, input.place().clone(), rule.summary, &[]);
        for command in commands {
            let message = format!("{}: {}", COMMAND.summary, command.text);
            let place = input.place().at(command.at as u64);
            report.hit(&COMMAND, place, &message, &[("command", &command.text)]);
        }
        let zip = crate::probe::probe(input, |probe| ends_in(probe.tail).any)?;
        if zip { Ok(()) } else { embedded(input, report) }
    }
}

/// Examines weights that stand in the program as they are.
fn embedded(input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
    let (mut at, mut found) = (0_u64, 0_usize);
    while at < input.size() && found < MAX_EMBEDDED {
        let block = input.window(at, BLOCK)?;
        for place in memchr::memmem::find_iter(&block, b"GGUF") {
            // The version behind the magic is small, which words in the program's own texts are not.
            let version = block.get(place.saturating_add(4)..place.saturating_add(8));
            if !matches!(version, Some([1..=9, 0, 0, 0])) || found >= MAX_EMBEDDED {
                continue;
            }
            found = found.saturating_add(1);
            let start = at.saturating_add(place as u64);
            let size = input.size().saturating_sub(start);
            crate::examine(&input.member(&format!("[gguf at {start:#x}]"), start, size)?, report)?;
        }
        // Eight bytes may stand across the end of the block.
        at = match block.len() {
            BLOCK => at.saturating_add(BLOCK as u64).saturating_sub(7),
            _ => break,
        };
    }
    Ok(())
}

//! Files of ggml from before GGUF: `ggml`, `ggmf`, `ggjt` with their numbers and vocabulary, and `ggla` of LoRA.
//!
//! There is no schema in them: what the numbers mean depends on the program. Those of LLaMA (`ggmf`, `ggjt`) are read to
//! the end of the vocabulary, and of `ggjt` 3 and `ggla`, whose types are those of today, the tensors too. Of the others
//! only the first numbers are looked at, which all of them have. Every number is checked as attacks on such readers
//! abuse it.
//!
//! Source: `llama.cpp` before August 2023; `whisper.cpp`; ggml's `examples/gpt-2`.

use assay_core::{Format, Rule, RuleId, Severity};

use super::gguf::tensor_size;
use crate::{Cursor, Input, Probe, Report, Scanner, Stop};

/// A number of layers, words or dimensions above this fits into no such file.
const IMPLAUSIBLE: u32 = 1 << 24;

/// A word or a tensor's name above this is there to overflow; real ones have under 100 bytes.
const LONG: u32 = 1 << 16;

/// Dimensions of a tensor.
const MAX_DIMENSIONS: u32 = 4;

/// Where the data of a tensor start in `ggjt` and `ggla`.
const ALIGNMENT: u64 = 32;

const MALFORMED_HEADER: Rule = Rule {
    id: RuleId::new("ggml-malformed-header"),
    severity: Severity::High,
    summary: "A number or length of the header is one that overflows the arithmetic of readers",
    taxonomy: &["CWE-190", "CWE-787"],
};
const MALFORMED_TENSOR: Rule = Rule {
    id: RuleId::new("ggml-malformed-tensor"),
    severity: Severity::High,
    summary: "A tensor's description leads readers outside its bytes",
    taxonomy: &["CWE-125", "CWE-190"],
};
const RULES: &[Rule] = &[MALFORMED_HEADER, MALFORMED_TENSOR];

/// Scanner of ggml's files from before GGUF.
#[derive(Debug)]
pub(super) struct Ggml;

impl Scanner for Ggml {
    fn format(&self) -> Format {
        Format::Ggml
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        matches!(probe.head, [b'l' | b'f', b'm', b'g', b'g', ..] | [b't', b'j', b'g', b'g', ..])
            || probe.head.starts_with(b"algg")
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let mut cursor = input.cursor(0, u64::MAX);
        let magic: [u8; 4] = cursor.array("magic")?;
        let mut scan = Scan { input, report, cursor, sound: true };
        match &magic {
            b"lmgg" => scan.numbers(7).map(|_| ()),
            b"fmgg" => scan.llama(1).map(|_| ()),
            b"tjgg" => match scan.llama(3)? {
                3 => scan.tensors(),
                _ => Ok(()),
            },
            _ => {
                if scan.version(1)? && scan.numbers(2)?.is_some() {
                    return scan.tensors();
                }
                Ok(())
            }
        }
    }
}

struct Scan<'i, 'a, 'r, 's> {
    input: &'i Input<'a>,
    report: &'r mut Report<'s>,
    cursor: Cursor<'i, 'a>,
    /// Whether what follows can still be found.
    sound: bool,
}

impl Scan<'_, '_, '_, '_> {
    fn hit(&mut self, rule: &Rule, at: u64, message: &str) {
        self.sound = false;
        self.report.hit(rule, self.input.place().at(at), message, &[]);
    }

    fn version(&mut self, newest: u32) -> Result<bool, Stop> {
        match self.cursor.u32_le("version")? {
            version if (1..=newest).contains(&version) => Ok(true),
            _ => Err(Stop::Unsupported("ggml version")),
        }
    }

    /// The numbers that describe the model, of which the first is given when all of them are plausible.
    fn numbers(&mut self, count: u32) -> Result<Option<u32>, Stop> {
        let at = self.cursor.position();
        let mut first = None;
        for number in 0..count {
            let value = self.cursor.u32_le("model's numbers")?;
            first.get_or_insert(value);
            if value > IMPLAUSIBLE {
                self.hit(&MALFORMED_HEADER, at, &format!("number {number} of the header is {value}"));
            }
        }
        Ok(first.filter(|_| self.sound))
    }

    /// Version, numbers and vocabulary of LLaMA; gives the version, or 0 when what follows cannot be found.
    fn llama(&mut self, newest: u32) -> Result<u32, Stop> {
        let start = self.cursor.position();
        self.version(newest)?;
        let version = self.input.cursor(start, 4).u32_le("version")?;
        let Some(words) = self.numbers(7)? else { return Ok(0) };
        for _ in 0..words {
            let at = self.cursor.position();
            let size = self.cursor.u32_le("length of a word")?;
            if size > LONG {
                self.hit(&MALFORMED_HEADER, at, &format!("a word has {size} bytes"));
                return Ok(0);
            }
            // Its score stands behind it.
            self.cursor.skip(u64::from(size).saturating_add(4), "word")?;
        }
        Ok(version)
    }

    /// Descriptions with their data, to the end of the file.
    fn tensors(&mut self) -> Result<(), Stop> {
        while self.cursor.left() > 0 {
            let at = self.cursor.position();
            let dimensions = self.cursor.u32_le("tensor dimensions")?;
            let size = self.cursor.u32_le("length of a tensor's name")?;
            let kind = self.cursor.u32_le("tensor type")?;
            if dimensions > MAX_DIMENSIONS || size > LONG {
                let message = format!("a tensor has {dimensions} dimensions and a name of {size} bytes");
                self.hit(&MALFORMED_TENSOR, at, &message);
                return Ok(());
            }
            let mut shape = Vec::new();
            for _ in 0..dimensions {
                shape.push(u64::from(self.cursor.u32_le("tensor shape")?));
            }
            self.cursor.skip(u64::from(size), "tensor name")?;
            let padding = self.cursor.position().next_multiple_of(ALIGNMENT);
            self.cursor.skip(padding.saturating_sub(self.cursor.position()), "padding")?;
            match tensor_size(kind, &shape) {
                Ok(bytes) => self.cursor.skip(bytes, "tensor data")?,
                Err(why) => {
                    self.hit(&MALFORMED_TENSOR, at, why);
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

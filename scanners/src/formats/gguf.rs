//! GGUF of llama.cpp and Ollama: metadata pairs, the chat template among them, and tensors.
//!
//! Source: `docs/gguf.md` of ggml, versions 1 to 3, both byte orders; the checks of `gguf.cpp`. Every number is checked
//! as the overflow attacks on its readers abuse it (CVE-2024-25664, -25665, -25666, CVE-2025-53630, CVE-2026-27940,
//! CVE-2026-7482). Templates go to [`crate::jinja`]. The tensors' values are not looked at.

mod size;

use std::collections::BTreeSet;

use assay_core::{Format, Rule, RuleId, Severity};

use self::size::scalar_size;
pub(super) use self::size::tensor_size;
use crate::command_text;
use crate::config::callback::{self, CALLBACK};
use crate::jinja::{MAX_TEMPLATE, examine_template, with_jinja_rules};
use crate::{Cursor, Input, Limit, Probe, Report, Scanner, Stop, examine};

/// Metadata pairs we follow; the largest public models have under 1,000.
const MAX_PAIRS: u64 = 65_536;

/// Tensors we follow; the largest public models have under 5,000.
const MAX_TENSORS: u64 = 262_144;

/// The longest key, by the specification.
const MAX_KEY: usize = 65_535;

/// Bytes of a tensor's name in llama.cpp, its NUL included.
const MAX_NAME: u64 = 64;

/// Dimensions of a tensor in llama.cpp.
const MAX_DIMENSIONS: u32 = 4;

/// Bytes of a note that are looked at.
const MAX_NOTE: usize = 64 << 10;

/// Arrays inside arrays; llama.cpp takes none.
const MAX_DEPTH: u32 = 4;

/// Where tensors start, unless `general.alignment` says otherwise.
const ALIGNMENT: u64 = 32;

/// A count or length above this fits into no file: it is there to overflow a multiplication or an addition.
const IMPLAUSIBLE: u64 = 1 << 40;

const MALFORMED_HEADER: Rule = Rule {
    id: RuleId::new("gguf-malformed-header"),
    severity: Severity::High,
    summary: "A count, length or alignment is one that overflows the arithmetic of readers",
    taxonomy: &[
        "CWE-190",
        "CWE-787",
        "CVE-2024-25664",
        "CVE-2024-25665",
        "CVE-2024-25666",
        "CVE-2024-21825",
        "CVE-2024-21836",
        "CVE-2024-23496",
        "CVE-2024-23605",
    ],
};

const MALFORMED_TENSOR: Rule = Rule {
    id: RuleId::new("gguf-malformed-tensor"),
    severity: Severity::High,
    summary: "A tensor's description leads readers outside its bytes",
    taxonomy: &["CWE-125", "CWE-190", "CVE-2025-53630", "CVE-2026-27940", "CVE-2024-21802", "CVE-2026-7482"],
};

const DUPLICATE_KEY: Rule = Rule {
    id: RuleId::new("gguf-duplicate-key"),
    severity: Severity::High,
    summary: "A key or tensor stands twice, so readers take different values",
    taxonomy: &["CWE-436"],
};

const TRAILING_DATA: Rule = Rule {
    id: RuleId::new("gguf-trailing-data"),
    severity: Severity::Medium,
    summary: "Bytes stand behind the last tensor, where another format can hide",
    taxonomy: &["CWE-436", "CWE-506"],
};

const RULES: &[Rule] =
    with_jinja_rules![MALFORMED_HEADER, MALFORMED_TENSOR, DUPLICATE_KEY, TRAILING_DATA, CALLBACK,];

/// Scanner of GGUF files.
pub(super) struct Gguf;

impl Scanner for Gguf {
    fn format(&self) -> Format {
        Format::Gguf
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        probe.head.starts_with(b"GGUF")
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let mut cursor = input.cursor(0, u64::MAX);
        cursor.skip(4, "magic")?;
        let layout = Layout::read(&mut cursor)?;
        let mut scan = Scan { input, report, cursor, layout, alignment: ALIGNMENT, gap: None };
        let tensors = scan.length("tensor_count")?;
        let pairs = scan.length("metadata_kv_count")?;
        if let (Some(tensors), Some(pairs)) = (tensors, pairs) {
            scan.pairs(pairs)?;
            scan.tensors(tensors)?;
        }
        // A template that could not be understood does not hide what the tensors do.
        scan.gap.map_or(Ok(()), Err)
    }
}

/// How numbers stand in the file.
#[derive(Clone, Copy)]
struct Layout {
    big_endian: bool,
    version: u32,
}

impl Layout {
    fn read(cursor: &mut Cursor<'_, '_>) -> Result<Self, Stop> {
        let version = cursor.u32_le("version")?;
        // A big-endian 3 read as little-endian has its low half empty; llama.cpp tells them apart in the same way.
        let big_endian = version & 0xffff == 0;
        let version = if big_endian { version.swap_bytes() } else { version };
        match version {
            1..=3 => Ok(Self { big_endian, version }),
            _ => Err(Stop::Unsupported("GGUF version")),
        }
    }
}

/// One tensor's description.
struct Tensor {
    name: String,
    offset: u64,
    /// Bytes it needs, or what is wrong with its description.
    size: Result<u64, &'static str>,
    at: u64,
}

struct Scan<'i, 'a, 'r, 's> {
    input: &'i Input<'a>,
    report: &'r mut Report<'s>,
    cursor: Cursor<'i, 'a>,
    layout: Layout,
    alignment: u64,
    gap: Option<Stop>,
}

impl Scan<'_, '_, '_, '_> {
    fn hit(&mut self, rule: &Rule, at: u64, message: &str, name: &str) {
        self.report.hit(rule, self.input.place().at(at), message, &[("name", name)]);
    }

    fn u32(&mut self, what: &'static str) -> Result<u32, Stop> {
        let number = self.cursor.u32_le(what)?;
        Ok(if self.layout.big_endian { number.swap_bytes() } else { number })
    }

    fn u64(&mut self, what: &'static str) -> Result<u64, Stop> {
        let number = self.cursor.u64_le(what)?;
        Ok(if self.layout.big_endian { number.swap_bytes() } else { number })
    }

    /// A number that is 32 bits wide in version 1 and 64 bits since.
    fn wide(&mut self, what: &'static str) -> Result<u64, Stop> {
        if self.layout.version == 1 { self.u32(what).map(u64::from) } else { self.u64(what) }
    }

    /// A count or length; `None` when it is one that only an attacker writes, and nothing behind it can be trusted.
    fn length(&mut self, what: &'static str) -> Result<Option<u64>, Stop> {
        let at = self.cursor.position();
        let length = self.wide(what)?;
        if length < IMPLAUSIBLE {
            return Ok(Some(length));
        }
        self.hit(&MALFORMED_HEADER, at, &format!("{what} is {length}"), what);
        Ok(None)
    }

    /// A length-prefixed text, at most `max` bytes.
    fn text(&mut self, max: usize, what: &'static str) -> Result<String, Stop> {
        let at = self.cursor.position();
        let Some(length) = self.length(what)? else { return Err(Stop::Malformed { what, offset: at }) };
        let bytes = self.cursor.bytes(length, max, what)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn pairs(&mut self, count: u64) -> Result<(), Stop> {
        if count > MAX_PAIRS {
            return Err(Stop::Limit(Limit::Count("metadata_kv_count")));
        }
        let mut keys = BTreeSet::new();
        for _ in 0..count {
            let at = self.cursor.position();
            let key = self.text(MAX_KEY, "metadata key")?;
            let kind = self.u32("metadata type")?;
            self.value(&key, kind, 0)?;
            if keys.contains(&key) {
                self.hit(&DUPLICATE_KEY, at, "the key stands twice", &key);
            }
            keys.insert(key);
        }
        Ok(())
    }

    fn value(&mut self, key: &str, kind: u32, depth: u32) -> Result<(), Stop> {
        let at = self.cursor.position();
        match kind {
            4 if key == "general.alignment" => {
                self.alignment = u64::from(self.u32("general.alignment")?);
                self.check_alignment(at);
                Ok(())
            }
            _ if key == "general.alignment" => {
                self.hit(&MALFORMED_HEADER, at, "general.alignment is no 32-bit number", key);
                self.skip_value(kind, depth)
            }
            8 if is_template(key) => self.template(),
            9 if is_template(key) => self.array(key, depth),
            8 if key.starts_with("general.") => self.note(key),
            _ => self.skip_value(kind, depth),
        }
    }

    /// Steps over a value that is not needed.
    fn skip_value(&mut self, kind: u32, depth: u32) -> Result<(), Stop> {
        match (kind, scalar_size(kind)) {
            (_, Some(size)) => self.cursor.skip(size, "metadata value"),
            (8, _) => self.skip_text(),
            (9, _) => self.array("", depth),
            _ => {
                let at = self.cursor.position();
                self.hit(
                    &MALFORMED_HEADER,
                    at,
                    &format!("there is no metadata type {kind}"),
                    "metadata type",
                );
                Err(Stop::Malformed { what: "metadata type", offset: at })
            }
        }
    }

    fn skip_text(&mut self) -> Result<(), Stop> {
        let at = self.cursor.position();
        match self.length("string length")? {
            Some(length) => self.cursor.skip(length, "string"),
            None => Err(Stop::Malformed { what: "string length", offset: at }),
        }
    }

    fn array(&mut self, key: &str, depth: u32) -> Result<(), Stop> {
        let kind = self.u32("array type")?;
        let at = self.cursor.position();
        let Some(count) = self.length("array length")? else {
            return Err(Stop::Malformed { what: "array length", offset: at });
        };
        if depth >= MAX_DEPTH {
            return Err(Stop::Limit(Limit::Recursion));
        }
        if let Some(size) = scalar_size(kind) {
            let bytes =
                count.checked_mul(size).ok_or(Stop::Malformed { what: "array length", offset: at })?;
            return self.cursor.skip(bytes, "array");
        }
        // Each text or array takes at least its length, so what the file cannot hold ends at its end.
        for _ in 0..count {
            self.input.budget().charge(8)?;
            self.value(key, kind, depth.saturating_add(1))?;
        }
        Ok(())
    }

    /// A note on the model: programs show it, none runs it.
    fn note(&mut self, key: &str) -> Result<(), Stop> {
        let at = self.cursor.position();
        let Some(length) = self.length("string length")? else {
            return Err(Stop::Malformed { what: "string length", offset: at });
        };
        if length > MAX_NOTE as u64 {
            return self.cursor.skip(length, "string");
        }
        let bytes = self.cursor.bytes(length, MAX_NOTE, "string")?;
        let (text, place) = (String::from_utf8_lossy(&bytes), self.input.place().at(at));
        command_text::judge(&text, key, place.clone(), self.report);
        callback::judge(key, &text, place, self.report);
        Ok(())
    }

    fn template(&mut self) -> Result<(), Stop> {
        let length_at = self.cursor.position();
        let text = self.text(MAX_TEMPLATE, "chat template")?;
        let start = self.cursor.position().saturating_sub(text.len() as u64).max(length_at);
        let place = self.input.place();
        let locate = |offset: u64| place.at(start.saturating_add(offset));
        if let Err(stop) = examine_template(&text, &locate, self.report) {
            self.gap.get_or_insert(match stop {
                Stop::Malformed { what, offset } => {
                    Stop::Malformed { what, offset: start.saturating_add(offset) }
                }
                stop @ (Stop::Limit(_)
                | Stop::Deadline
                | Stop::Encrypted(_)
                | Stop::Unsupported(_)
                | Stop::Io(_)) => stop,
            });
        }
        Ok(())
    }

    fn check_alignment(&mut self, at: u64) {
        if !self.alignment.is_power_of_two() {
            let message = format!("general.alignment is {}", self.alignment);
            self.hit(&MALFORMED_HEADER, at, &message, "general.alignment");
            self.alignment = ALIGNMENT;
        }
    }

    fn tensors(&mut self, count: u64) -> Result<(), Stop> {
        if count > MAX_TENSORS {
            return Err(Stop::Limit(Limit::Count("tensor_count")));
        }
        let mut tensors = Vec::new();
        let mut names = BTreeSet::new();
        for _ in 0..count {
            let Some(tensor) = self.tensor()? else { return Ok(()) };
            if !names.insert(tensor.name.clone()) {
                self.hit(&DUPLICATE_KEY, tensor.at, "the tensor stands twice", &tensor.name);
            }
            tensors.push(tensor);
        }
        self.extents(tensors)
    }

    /// One description; `None` when what follows it cannot be found.
    fn tensor(&mut self) -> Result<Option<Tensor>, Stop> {
        let at = self.cursor.position();
        let name = self.text(MAX_KEY, "tensor name")?;
        if name.len() as u64 >= MAX_NAME {
            self.hit(&MALFORMED_TENSOR, at, "the name is longer than readers' buffers", &name);
        }
        let dimensions = self.u32("tensor dimensions")?;
        if dimensions > MAX_DIMENSIONS {
            let message = format!("{dimensions} dimensions are more than readers' arrays hold");
            self.hit(&MALFORMED_TENSOR, at, &message, &name);
            return Ok(None);
        }
        let mut shape = Vec::new();
        for _ in 0..dimensions {
            shape.push(self.wide("tensor dimension")?);
        }
        let kind = self.u32("tensor type")?;
        let offset = self.u64("tensor offset")?;
        Ok(Some(Tensor { name, offset, size: tensor_size(kind, &shape), at }))
    }

    /// Every tensor lies inside the data, at its alignment, and no two share a byte.
    fn extents(&mut self, tensors: Vec<Tensor>) -> Result<(), Stop> {
        let position = self.cursor.position();
        let data = position.checked_next_multiple_of(self.alignment).unwrap_or(u64::MAX);
        let available = self.input.size().saturating_sub(data);
        let mut extents = Vec::new();
        for Tensor { name, offset, size, at } in tensors {
            match size {
                Err(wrong) => self.hit(&MALFORMED_TENSOR, at, wrong, &name),
                Ok(_) if !offset.is_multiple_of(self.alignment) => {
                    self.hit(&MALFORMED_TENSOR, at, "the offset is not aligned", &name);
                }
                Ok(size) => match offset.checked_add(size) {
                    Some(end) if end <= available => extents.push((offset, end, name, at)),
                    Some(_) | None => {
                        self.hit(&MALFORMED_TENSOR, at, "the tensor ends behind the end of the file", &name);
                    }
                },
            }
        }
        extents.sort_by_key(|(offset, end, ..)| (*offset, *end));
        let mut reached = 0;
        for (offset, end, name, at) in extents {
            if offset < reached {
                self.hit(&MALFORMED_TENSOR, at, "the tensor overlaps another", &name);
            }
            reached = reached.max(end);
        }
        self.trailing(if reached == 0 { position } else { data.saturating_add(reached) })
    }

    /// What follows is nothing to a reader of this format, and may be something to others.
    fn trailing(&mut self, end: u64) -> Result<(), Stop> {
        let aligned = end.checked_next_multiple_of(self.alignment).unwrap_or(u64::MAX);
        let padding = usize::try_from(aligned.saturating_sub(end)).unwrap_or(usize::MAX).min(MAX_KEY);
        let padding = self.input.window(end, padding)?;
        let zeros = padding.iter().take_while(|byte| **byte == 0).count() as u64;
        let end = end.saturating_add(zeros);
        let trailing = self.input.size().saturating_sub(end);
        if trailing > 0 {
            let count = trailing.to_string();
            let place = self.input.place().at(end);
            self.report.hit(&TRAILING_DATA, place, "bytes follow the last tensor", &[("bytes", &count)]);
            let rest = self.input.member(&format!("[bytes at {end:#x}]"), end, trailing)?;
            examine(&rest, self.report)?;
        }
        Ok(())
    }
}

/// Whether a loader renders the value of this key: `tokenizer.chat_template`, `tokenizer.chat_template.tool_use`.
fn is_template(key: &str) -> bool {
    key.contains("chat_template") && key != "tokenizer.chat_templates"
}

#[cfg(test)]
mod tests;

//! GGUF of llama.cpp and Ollama: metadata pairs, the chat template among them, and tensors.
//!
//! Source: `docs/gguf.md` of ggml, versions 1 to 3, both byte orders; the checks of `gguf.cpp`. Every number is checked
//! as the overflow attacks on its readers abuse it (CVE-2024-25664, -25665, -25666, CVE-2025-53630, CVE-2026-27940,
//! CVE-2026-7482). Templates go to [`crate::jinja`]. The tensors' values are not looked at.

use std::collections::BTreeSet;

use assay_core::{Format, Rule, RuleId, Severity};

use crate::command_text::{self, COMMAND_TEXT};
use crate::config::callback::{self, CALLBACK};
use crate::jinja::{self, MAX_TEMPLATE, examine_template};
use crate::{Cursor, Input, Limit, Probe, Report, Scanner, Stop};

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

const RULES: &[Rule] = &[
    MALFORMED_HEADER,
    MALFORMED_TENSOR,
    DUPLICATE_KEY,
    TRAILING_DATA,
    jinja::UNSAFE_ATTRIBUTE,
    jinja::UNSAFE_GLOBAL,
    jinja::UNSAFE_CALL,
    jinja::COMPUTED_ATTRIBUTE,
    jinja::LOADS_TEMPLATE,
    jinja::UNKNOWN_CALL,
    jinja::EXPENSIVE,
    jinja::CONDITIONAL_INSTRUCTION,
    jinja::CONDITIONAL_TEXT,
    jinja::INVISIBLE_TEXT,
    jinja::INVISIBLE_CHARACTER,
    jinja::INJECTED_INSTRUCTION,
    jinja::SENDS_CONTENT,
    jinja::ADDRESS,
    jinja::ENCODED_TEXT,
    jinja::FILLER_TEXT,
    COMMAND_TEXT,
    CALLBACK,
];

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
        self.trailing(data.saturating_add(reached));
        Ok(())
    }

    fn trailing(&mut self, end: u64) {
        let end = end.checked_next_multiple_of(self.alignment).unwrap_or(u64::MAX);
        let trailing = self.input.size().saturating_sub(end);
        if trailing > 0 {
            let count = trailing.to_string();
            self.report.hit(
                &TRAILING_DATA,
                self.input.place().at(end),
                "bytes follow the last tensor",
                &[("bytes", &count)],
            );
        }
    }
}

/// Whether a loader renders the value of this key: `tokenizer.chat_template`, `tokenizer.chat_template.tool_use`.
fn is_template(key: &str) -> bool {
    key.contains("chat_template") && key != "tokenizer.chat_templates"
}

/// Bytes of one number of a metadata type.
fn scalar_size(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

/// Bytes a tensor of this type and shape takes.
pub(super) fn tensor_size(kind: u32, shape: &[u64]) -> Result<u64, &'static str> {
    let (block, bytes) = block(kind).ok_or("there is no such tensor type")?;
    let elements = shape.iter().try_fold(1_u64, |product, size| product.checked_mul(*size));
    // Readers keep the product in a signed number.
    let elements = elements.filter(|count| i64::try_from(*count).is_ok()).ok_or("the dimensions overflow")?;
    if !shape.first().copied().unwrap_or(block).is_multiple_of(block) {
        return Err("a row is no whole number of blocks");
    }
    elements.checked_div(block).and_then(|blocks| blocks.checked_mul(bytes)).ok_or("the size overflows")
}

/// Elements and bytes of one block of a tensor type (`type_traits` of ggml.c).
fn block(kind: u32) -> Option<(u64, u64)> {
    Some(match kind {
        0 | 26 => (1, 4),
        1 | 25 | 30 => (1, 2),
        24 => (1, 1),
        27 | 28 => (1, 8),
        2 | 20 => (32, 18),
        3 => (32, 20),
        6 => (32, 22),
        7 => (32, 24),
        8 => (32, 34),
        9 => (32, 36),
        10 => (256, 84),
        11 | 21 => (256, 110),
        12 => (256, 144),
        13 => (256, 176),
        14 => (256, 210),
        15 => (256, 292),
        16 | 35 => (256, 66),
        17 => (256, 74),
        18 => (256, 98),
        19 => (256, 50),
        22 => (256, 82),
        23 => (256, 136),
        29 => (256, 56),
        34 => (256, 54),
        39 => (32, 17),
        40 => (64, 36),
        // 4, 5, 31 to 33 and 36 to 38 were removed; readers of today have no entry for them.
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    /// A file of version 3 with these pairs and tensor descriptions, and `data` zero bytes at their alignment.
    fn file(pairs: &[Vec<u8>], tensors: &[Vec<u8>], data: usize) -> Vec<u8> {
        let mut bytes = b"GGUF\x03\0\0\0".to_vec();
        bytes.extend((tensors.len() as u64).to_le_bytes());
        bytes.extend((pairs.len() as u64).to_le_bytes());
        bytes.extend(pairs.concat());
        bytes.extend(tensors.concat());
        bytes.resize(bytes.len().next_multiple_of(32) + data, 0);
        bytes
    }

    fn text(text: &str) -> Vec<u8> {
        [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat()
    }

    fn pair(key: &str, kind: u32, value: &[u8]) -> Vec<u8> {
        [&text(key), &kind.to_le_bytes()[..], value].concat()
    }

    fn tensor(name: &str, shape: &[u64], kind: u32, offset: u64) -> Vec<u8> {
        let mut bytes = text(name);
        bytes.extend((shape.len() as u32).to_le_bytes());
        bytes.extend(shape.iter().flat_map(|size| size.to_le_bytes()));
        bytes.extend(kind.to_le_bytes());
        bytes.extend(offset.to_le_bytes());
        bytes
    }

    fn rules(bytes: &[u8]) -> Vec<String> {
        scan(&Gguf, "m.gguf", bytes).rules().into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn every_type_of_value_is_stepped_over() {
        let mut pairs = vec![pair("s", 8, &text("x"))];
        for (kind, size) in
            [(0, 1), (1, 1), (7, 1), (2, 2), (3, 2), (4, 4), (5, 4), (6, 4), (10, 8), (11, 8), (12, 8)]
        {
            pairs.push(pair(&format!("k{kind}"), kind, &vec![0; size]));
            let array = [&kind.to_le_bytes()[..], &3_u64.to_le_bytes(), &vec![0; size * 3]].concat();
            pairs.push(pair(&format!("a{kind}"), 9, &array));
        }
        let texts = [&8_u32.to_le_bytes()[..], &2_u64.to_le_bytes(), &text("a"), &text("bc")].concat();
        let nested = [&9_u32.to_le_bytes()[..], &1_u64.to_le_bytes(), &texts].concat();
        pairs.push(pair("texts", 9, &texts));
        pairs.push(pair("nested", 9, &nested));
        assert!(scan(&Gguf, "m.gguf", &file(&pairs, &[tensor("t", &[32, 2], 2, 0)], 64)).is_clean());
    }

    #[test]
    fn big_endian_files_and_version_1_are_read() {
        let mut big = b"GGUF\0\0\0\x03".to_vec();
        big.extend(0_u64.to_be_bytes());
        big.extend(1_u64.to_be_bytes());
        big.extend(1_u64.to_be_bytes());
        big.extend(b"k\0\0\0\x04\0\0\0\x01");
        assert!(scan(&Gguf, "m.gguf", &big).is_clean());
        let mut first = b"GGUF\x01\0\0\0".to_vec();
        first.extend([0_u32, 1, 1].iter().flat_map(|number| number.to_le_bytes()));
        first.extend(b"k\x04\0\0\0\x01\0\0\0");
        assert!(scan(&Gguf, "m.gguf", &first).is_clean());
    }

    #[test]
    fn numbers_that_overflow_readers_are_found() {
        let huge = u64::MAX - 15;
        let mut tensors = file(&[], &[], 0);
        tensors[8..16].copy_from_slice(&huge.to_le_bytes());
        let mut pairs = file(&[], &[], 0);
        pairs[16..24].copy_from_slice(&huge.to_le_bytes());
        let mut key = pair("k", 0, &[0]);
        key[..8].copy_from_slice(&huge.to_le_bytes());
        let array = [&4_u32.to_le_bytes()[..], &(1_u64 << 62).to_le_bytes()].concat();
        for bytes in [tensors, pairs, file(&[key], &[], 0), file(&[pair("a", 9, &array)], &[], 0)] {
            assert_eq!(rules(&bytes), ["gguf-malformed-header"]);
        }
    }

    #[test]
    fn alignment_is_a_power_of_two() {
        for (alignment, bad) in [(0_u32, true), (48, true), (64, false), (1, false)] {
            let pairs = [pair("general.alignment", 4, &alignment.to_le_bytes())];
            assert_eq!(rules(&file(&pairs, &[], 0)).contains(&"gguf-malformed-header".to_owned()), bad);
        }
        assert_eq!(
            rules(&file(&[pair("general.alignment", 8, &text("32"))], &[], 0)),
            ["gguf-malformed-header"]
        );
    }

    #[test]
    fn tensors_stay_inside_their_bytes() {
        for bad in [
            tensor("t", &[16], 0, 64),
            tensor("t", &[16], 0, u64::MAX - 31),
            tensor("t", &[16], 0, 8),
            tensor("t", &[1 << 32, 1 << 32], 0, 0),
            tensor("t", &[1 << 62, 2], 24, 0),
            tensor("t", &[16, 32], 2, 0),
            tensor("t", &[16], 4, 0),
            tensor("t", &[16], 0xffff_ffff, 0),
            tensor("t", &[1, 1, 1, 1, 1], 0, 0),
            tensor(&"t".repeat(64), &[16], 0, 0),
        ] {
            let rules = rules(&file(&[], std::slice::from_ref(&bad), 64));
            assert!(rules.contains(&"gguf-malformed-tensor".to_owned()), "{bad:?}");
        }
        let overlap = [tensor("a", &[16], 0, 0), tensor("b", &[16], 0, 32)];
        assert_eq!(rules(&file(&[], &overlap, 96)), ["gguf-malformed-tensor"]);
    }

    #[test]
    fn a_template_is_judged_under_every_name_and_found_at_its_byte() {
        for key in ["tokenizer.chat_template", "tokenizer.chat_template.tool_use"] {
            let bytes = file(&[pair(key, 8, &text("a {{ x.__class__ }}"))], &[], 0);
            let facts = scan(&Gguf, "m.gguf", &bytes);
            let at = facts.findings[0].location.offset().unwrap() as usize;
            assert!(bytes[at..].starts_with(b"x.__class__"));
        }
        let array = [&8_u32.to_le_bytes()[..], &1_u64.to_le_bytes(), &text("{{ x.__class__ }}")].concat();
        let pairs = [pair("tokenizer.chat_template.all", 9, &array)];
        assert_eq!(rules(&file(&pairs, &[], 0)), ["jinja-unsafe-attribute"]);
    }

    #[test]
    fn a_broken_template_is_a_gap_and_tensors_are_still_judged() {
        let pairs = [pair("tokenizer.chat_template", 8, &text("{{ unclosed"))];
        let facts = scan(&Gguf, "m.gguf", &file(&pairs, &[tensor("t", &[16], 0, 64)], 64));
        assert_eq!(facts.rules(), ["gguf-malformed-tensor", "gguf-trailing-data"]);
        assert_eq!(facts.gaps.len(), 1);
    }

    #[test]
    fn a_file_cut_in_its_header_is_a_gap() {
        let whole = file(&[pair("k", 8, &text("value"))], &[tensor("t", &[8], 0, 0)], 32);
        for end in 4..whole.len() - 64 {
            let facts = scan(&Gguf, "m.gguf", &whole[..end]);
            assert!(!facts.is_clean(), "cut at {end}");
        }
    }
}

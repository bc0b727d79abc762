//! safetensors: a length, a JSON header, and raw tensors without gap or overlap.
//!
//! Source: the format section of the safetensors README and `SafeTensors::read_metadata`/`Metadata::validate` of the
//! reference implementation. A file that the reference refuses, but a laxer reader may take, is a finding: the two see
//! different models. A file that no reader can take to its end is a gap. Of `__metadata__` only texts that read
//! like a command are told.

use std::borrow::Cow;
use std::collections::BTreeSet;

use assay_core::{Format, Rule, RuleId, Severity};

use crate::command_text::{self, COMMAND_TEXT};
use crate::config::callback::{self, CALLBACK};
use crate::json::{Node, Token, Tokens, Value};
use crate::{Input, Probe, Report, Scanner, Stop, examine};

/// The longest header the reference implementation reads.
const MAX_HEADER: usize = 100_000_000;

/// Bytes before the header: its length.
const LENGTH: u64 = 8;

const INVALID_HEADER: Rule = Rule {
    id: RuleId::new("safetensors-invalid-header"),
    severity: Severity::High,
    summary: "The header breaks a rule of the format, so readers disagree about what the file holds",
    taxonomy: &["CWE-20", "CWE-436"],
};

const INVALID_OFFSETS: Rule = Rule {
    id: RuleId::new("safetensors-invalid-offsets"),
    severity: Severity::High,
    summary: "Tensors overlap, leave holes or do not have the size of their shape",
    taxonomy: &["CWE-125", "CWE-190"],
};

const DUPLICATE_KEY: Rule = Rule {
    id: RuleId::new("safetensors-duplicate-key"),
    severity: Severity::High,
    summary: "A name stands twice in the header, so readers load different tensors",
    taxonomy: &["CWE-436"],
};

const TRAILING_DATA: Rule = Rule {
    id: RuleId::new("safetensors-trailing-data"),
    severity: Severity::High,
    summary: "Bytes stand behind the last tensor, where another format can hide",
    taxonomy: &["CWE-436", "CWE-506"],
};

const ODD_NAME: Rule = Rule {
    id: RuleId::new("safetensors-odd-name"),
    severity: Severity::Medium,
    summary: "A name holds control characters, which readers in C cut or refuse",
    taxonomy: &["CWE-158"],
};

const RULES: &[Rule] =
    &[INVALID_HEADER, INVALID_OFFSETS, DUPLICATE_KEY, TRAILING_DATA, ODD_NAME, COMMAND_TEXT, CALLBACK];

/// Scanner of safetensors files.
pub(super) struct Safetensors;

impl Scanner for Safetensors {
    fn format(&self) -> Format {
        Format::Safetensors
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        probe.named(&[".safetensors"]) || looks_like_header(probe.head)
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let length = input.cursor(0, LENGTH).u64_le("header length")?;
        if length > MAX_HEADER as u64 {
            invalid(input, report, 0, &format!("a header of {length} bytes is over the limit of the format"));
            return Ok(());
        }
        let header = input.cursor(LENGTH, u64::MAX).bytes(length, MAX_HEADER, "header")?;
        if header.first() != Some(&b'{') {
            invalid(input, report, LENGTH, "the header does not begin with `{`");
        }
        let data = input.size().saturating_sub(LENGTH).saturating_sub(length);
        let mut scan = Scan { input, report, names: BTreeSet::new(), extents: Vec::new(), broken: false };
        scan.header(&header)?;
        scan.layout(data)
    }
}

/// Whether a plausible length is followed by the start of a JSON object.
fn looks_like_header(head: &[u8]) -> bool {
    let Some((length, header)) = head.split_first_chunk::<8>() else { return false };
    let mut text = header.iter().filter(|byte| !byte.is_ascii_whitespace());
    u64::from_le_bytes(*length) <= MAX_HEADER as u64
        && header.first() == Some(&b'{')
        && text.next() == Some(&b'{')
        && matches!(text.next(), Some(b'"' | b'}'))
}

fn invalid(input: &Input<'_>, report: &mut Report<'_>, offset: u64, message: &str) {
    report.hit(&INVALID_HEADER, input.place().at(offset), message, &[]);
}

/// Where one tensor's bytes stand in the data.
struct Extent<'h> {
    begin: u64,
    end: u64,
    name: Cow<'h, str>,
    offset: u64,
}

struct Scan<'i, 'a, 'r, 's, 'h> {
    input: &'i Input<'a>,
    report: &'r mut Report<'s>,
    names: BTreeSet<Cow<'h, str>>,
    extents: Vec<Extent<'h>>,
    /// A tensor could not be understood, so the layout cannot be judged as a whole.
    broken: bool,
}

impl<'h> Scan<'_, '_, '_, '_, 'h> {
    fn header(&mut self, header: &'h [u8]) -> Result<(), Stop> {
        let mut tokens = Tokens::new(header, LENGTH);
        match tokens.next()? {
            Some((_, Token::Object)) => {}
            Some((offset, _)) => return Err(Stop::Malformed { what: "header", offset }),
            None => return Err(Stop::Malformed { what: "header", offset: LENGTH }),
        }
        while let Some((offset, token)) = tokens.next()? {
            // The object's end is the only other token here; the loop's next step checks what follows it.
            let Token::Key(name) = token else { continue };
            self.input.budget().charge(1)?;
            let node = tokens.value()?;
            self.name(&name, offset);
            if name == "__metadata__" {
                self.metadata(&node);
            } else if let Err(message) = self.tensor(name.clone(), &node) {
                self.broken = true;
                self.hit(&INVALID_HEADER, &name, node.offset, message);
            }
            if !self.names.insert(name.clone()) {
                self.hit(&DUPLICATE_KEY, &name, offset, "the name stands twice");
            }
        }
        Ok(())
    }

    fn name(&mut self, name: &str, offset: u64) {
        if name.chars().any(char::is_control) {
            self.hit(&ODD_NAME, name, offset, "the name holds control characters");
        }
    }

    fn metadata(&mut self, node: &Node<'_>) {
        let Value::Object(members) = &node.value else {
            return invalid(self.input, self.report, node.offset, "__metadata__ is not an object");
        };
        for (key, value) in members {
            match value.text() {
                Some(text) => {
                    let place = self.input.place().at(value.offset);
                    command_text::judge(text, "a value of __metadata__", place.clone(), self.report);
                    callback::judge(key, text, place, self.report);
                }
                None => {
                    self.hit(&INVALID_HEADER, key, value.offset, "a value of __metadata__ is not text");
                }
            }
        }
    }

    /// Takes one tensor's entry, or says what is wrong with it.
    fn tensor(&mut self, name: Cow<'h, str>, node: &Node<'h>) -> Result<(), &'static str> {
        let Value::Object(members) = &node.value else { return Err("the entry is not an object") };
        for key in ["dtype", "shape", "data_offsets"] {
            if members.iter().filter(|(name, _)| name == key).count() > 1 {
                self.hit(&DUPLICATE_KEY, &name, node.offset, "a field of the entry stands twice");
            }
        }
        let dtype = node.member("dtype").and_then(Node::text).ok_or("there is no dtype")?;
        let bits = bits(dtype).ok_or("the dtype is not one of the format")?;
        let shape = node.member("shape").and_then(Node::items).ok_or("there is no shape")?;
        let offsets = node.member("data_offsets").and_then(Node::items).ok_or("there are no data_offsets")?;
        let [begin, end] = offsets else { return Err("data_offsets are not two numbers") };
        let (Some(begin), Some(end)) = (begin.unsigned(), end.unsigned()) else {
            return Err("data_offsets are not two numbers");
        };
        let sizes: Option<Vec<u64>> = shape.iter().map(Node::unsigned).collect();
        let Some(sizes) = sizes else { return Err("the shape holds something else than numbers") };
        // As the reference does: one step at a time, so a later zero does not excuse an overflow.
        let wanted = sizes.iter().try_fold(1_u64, |product, size| product.checked_mul(*size));
        let wanted = wanted.and_then(|count| count.checked_mul(bits)).filter(|bits| bits % 8 == 0);
        let fits = end.checked_sub(begin).is_some_and(|size| wanted.map(|bits| bits / 8) == Some(size));
        if !fits {
            self.hit(
                &INVALID_OFFSETS,
                &name,
                node.offset,
                "the bytes are not as many as dtype and shape need",
            );
        }
        self.extents.push(Extent { begin, end, name, offset: node.offset });
        Ok(())
    }

    /// Tensors stand one behind the other, from the first byte of the data to its last.
    fn layout(mut self, data: u64) -> Result<(), Stop> {
        let mut extents = std::mem::take(&mut self.extents);
        extents.sort_by_key(|extent| (extent.begin, extent.end));
        let mut reached = 0;
        for Extent { begin, end, name, offset } in &extents {
            if *begin != reached && !self.broken {
                let what =
                    if *begin < reached { "the tensor overlaps another" } else { "a hole stands before it" };
                self.hit(&INVALID_OFFSETS, name, *offset, what);
            }
            reached = reached.max(*end);
        }
        if reached > data {
            return Err(Stop::Malformed { what: "tensor data", offset: self.input.size() });
        }
        let trailing = data.saturating_sub(reached);
        if trailing > 0 && !self.broken {
            let at = self.input.place().at(self.input.size().saturating_sub(trailing));
            let count = trailing.to_string();
            self.report.hit(&TRAILING_DATA, at, "bytes follow the last tensor", &[("bytes", &count)]);
            // Nothing to a reader of this format, and maybe something to others.
            let end = self.input.size().saturating_sub(trailing);
            let rest = self.input.member(&format!("[bytes at {end:#x}]"), end, trailing)?;
            examine(&rest, self.report)?;
        }
        Ok(())
    }

    fn hit(&mut self, rule: &Rule, name: &str, offset: u64, message: &str) {
        self.report.hit(rule, self.input.place().at(offset), message, &[("name", name)]);
    }
}

/// Bits of one element.
fn bits(dtype: &str) -> Option<u64> {
    Some(match dtype {
        "F4" => 4,
        "F6_E2M3" | "F6_E3M2" => 6,
        "BOOL" | "U8" | "I8" | "F8_E5M2" | "F8_E4M3" | "F8_E8M0" | "F8_E4M3FNUZ" | "F8_E5M2FNUZ" => 8,
        "I16" | "U16" | "F16" | "BF16" => 16,
        "I32" | "U32" | "F32" => 32,
        "I64" | "U64" | "F64" | "C64" => 64,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Collected;
    use crate::testing::scan;

    /// A file with this header and as many data bytes.
    fn file(header: &str, data: usize) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.extend(std::iter::repeat_n(0, data));
        bytes
    }

    fn facts(header: &str, data: usize) -> Collected {
        scan(&Safetensors, "m.safetensors", &file(header, data))
    }

    fn tensor(dtype: &str, shape: &str, begin: u64, end: u64) -> String {
        format!(r#"{{"dtype":"{dtype}","shape":{shape},"data_offsets":[{begin},{end}]}}"#)
    }

    #[test]
    fn every_dtype_has_its_size() {
        for (dtype, shape, size) in [
            ("F4", "[2]", 1),
            ("F6_E2M3", "[4]", 3),
            ("BOOL", "[1]", 1),
            ("BF16", "[3]", 6),
            ("C64", "[]", 8),
        ] {
            let header = format!(r#"{{"a":{}}}"#, tensor(dtype, shape, 0, size));
            assert!(facts(&header, size as usize).is_clean(), "{dtype}");
        }
    }

    #[test]
    fn padding_empty_tensors_and_an_empty_file_are_fine() {
        assert!(facts("{}", 0).is_clean());
        assert!(facts("{}      ", 0).is_clean());
        let two = format!(r#"{{"a":{},"b":{}}}"#, tensor("F32", "[0,5]", 4, 4), tensor("F32", "[1]", 0, 4));
        assert!(facts(&two, 4).is_clean());
    }

    #[test]
    fn a_shape_that_overflows_is_found_even_with_a_zero_in_it() {
        let shape = "[4294967296,4294967296,4294967296,0]";
        let header = format!(r#"{{"a":{}}}"#, tensor("F32", shape, 0, 0));
        assert_eq!(facts(&header, 0).rules(), ["safetensors-invalid-offsets"]);
    }

    #[test]
    fn half_a_byte_is_not_a_tensor() {
        let header = format!(r#"{{"a":{}}}"#, tensor("F4", "[3]", 0, 1));
        assert_eq!(facts(&header, 1).rules(), ["safetensors-invalid-offsets"]);
    }

    #[test]
    fn entries_of_the_wrong_kind_are_found() {
        for entry in [
            "1",
            "{}",
            r#"{"dtype":"F33","shape":[],"data_offsets":[0,4]}"#,
            r#"{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}"#,
            r#"{"dtype":"F32","shape":[1],"data_offsets":[0]}"#,
            r#"{"dtype":"F32","shape":[1],"data_offsets":[0.0,4]}"#,
        ] {
            let header = format!(r#"{{"a":{entry}}}"#);
            assert_eq!(facts(&header, 4).rules(), ["safetensors-invalid-header"], "{entry}");
        }
    }

    #[test]
    fn a_file_cut_in_its_data_or_header_is_a_gap() {
        let whole = file(&format!(r#"{{"a":{}}}"#, tensor("F32", "[1]", 0, 4)), 4);
        for end in 0..whole.len() {
            let facts = scan(&Safetensors, "m.safetensors", &whole[..end]);
            assert!(facts.findings.is_empty() && facts.gaps.len() == 1, "cut at {end}");
        }
    }

    #[test]
    fn a_deep_header_is_a_limit() {
        let facts = facts(&format!(r#"{{"a":{}"#, "[".repeat(5000)), 0);
        assert_eq!(facts.gaps[0].kind, assay_core::GapKind::Limit);
    }

    #[test]
    fn content_is_recognised_under_any_name() {
        let bytes = file("{ \"a\"", 0);
        assert!(looks_like_header(&bytes));
        assert!(!looks_like_header(b"\x80\x04\x95\0\0\0\0\0{..."));
        assert!(!looks_like_header(&file("[]", 0)));
        assert!(!looks_like_header(b"PK"));
    }
}

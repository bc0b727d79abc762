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
    assert_eq!(rules(&file(&[pair("general.alignment", 8, &text("32"))], &[], 0)), ["gguf-malformed-header"]);
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

//! Files made to exhaust whoever reads them are answered with partial coverage or a finding that denies, never with
//! silence. What they cost is measured by `tests/bench/bombs`.

#![cfg(test)]

use std::io::Write;
use std::time::{Duration, Instant};

use assay_core::{Limits, Severity};
use assay_scanners::{Budget, Collected, Input, MemorySpool, Report, examine};
use flate2::Compression;
use flate2::write::GzEncoder;

fn answered(name: &str, bytes: &[u8]) -> bool {
    let budget = Budget::new(Limits::default(), Instant::now() + Duration::from_secs(600));
    let spool = MemorySpool::default();
    let mut facts = Collected::default();
    let mut report = Report::new(&mut facts, 100);
    // The deadline's gap is already in the report.
    let _deadline = examine(&Input::file(name, &bytes, &budget, &spool), &mut report).is_err();
    !facts.gaps.is_empty() || facts.findings.iter().any(|finding| finding.severity >= Severity::High)
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(content).unwrap();
    encoder.finish().unwrap()
}

/// Stored members of one byte each; `every` entry leads to its own, or all to the first.
fn zip(count: u32, every: bool) -> Vec<u8> {
    let (mut local, mut central) = (Vec::new(), Vec::new());
    for number in 0..count {
        let name = format!("{number:07}");
        let at = if every { local.len() as u32 } else { 0 };
        let sizes = [0xefb5_af2e_u32, 1, 1].map(u32::to_le_bytes).concat();
        let lengths = (name.len() as u32).to_le_bytes();
        if every || number == 0 {
            local.extend(
                [b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0", &sizes[..], &lengths, name.as_bytes(), b"!"].concat(),
            );
        }
        central.extend([b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0", &sizes[..], &lengths].concat());
        central.extend([&[0; 10][..], &at.to_le_bytes(), name.as_bytes()].concat());
    }
    let places = [central.len() as u32, local.len() as u32].map(u32::to_le_bytes).concat();
    let counts = (count as u16).to_le_bytes().repeat(2);
    [local, central, b"PK\x05\x06\0\0\0\0".to_vec(), counts, places, vec![0; 2]].concat()
}

/// A tar of one member.
fn tar(content: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_ustar();
    header.set_path("inner.tar").unwrap();
    header.set_size(content.len() as u64);
    header.set_cksum();
    let padding = content.len().next_multiple_of(512) - content.len();
    [header.as_bytes().as_slice(), content, &vec![0; padding + 1024]].concat()
}

fn nested(levels: usize, wrap: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    (0..levels).fold(b"\x80\x02K\x01.".to_vec(), |inner, _| wrap(&inner))
}

#[test]
fn content_that_inflates_without_an_end_is_partial() {
    let zeros = gzip(&vec![0; 257 << 20]);
    assert!(answered("x.gz", &zeros));
    assert!(answered("x.gz", &gzip(&zeros)));
    assert!(answered("x.gz", &gzip(b"").repeat(20_000)), "nothing, again and again");
    assert!(!answered("x.gz", &gzip(b"text").repeat(20_000)));
}

#[test]
fn zeros_that_are_honest_are_looked_at_to_their_end() {
    assert!(!answered("x.gz", &gzip(&vec![0; 200 << 20])));
}

#[test]
fn members_and_levels_without_an_end_are_partial() {
    assert!(answered("x.zip", &zip(200_001, true)));
    assert!(answered("x.zip", &zip(60_000, false)), "all entries lead to one member");
    for wrap in [tar as fn(&[u8]) -> Vec<u8>, gzip] {
        assert!(answered("x", &nested(20, wrap)));
    }
}

#[test]
fn declared_numbers_that_no_file_holds_are_partial_or_denied() {
    let many = (1_u64 << 60).to_le_bytes();
    let big = (1_u64 << 60).to_be_bytes();
    let gguf = |tensors: [u8; 8], pairs: [u8; 8]| [b"GGUF\x03\0\0\0".as_slice(), &tensors, &pairs].concat();
    for (name, bytes) in [
        ("bytes.pkl", [b"\x80\x05\x96".as_slice(), &many, b"x."].concat()),
        ("text.pkl", [b"\x80\x04\x8d".as_slice(), &many, b"x."].concat()),
        ("4 GiB.pkl", b"\x80\x04X\xff\xff\xff\xffx.".to_vec()),
        ("long.pkl", b"\x80\x02\x8b\xff\xff\xff\x7fx.".to_vec()),
        ("frame.pkl", [b"\x80\x04\x95".as_slice(), &many, b"N."].concat()),
        ("x.safetensors", [many.as_slice(), b"{}"].concat()),
        ("tensors.gguf", gguf(many, [0; 8])),
        ("pairs.gguf", gguf([0; 8], many)),
        ("x.ubj", [b"{U\x07learner[$d#L".as_slice(), &big].concat()),
        ("x.7z", [b"7z\xbc\xaf\x27\x1c\0\x04\0\0\0\0\0\0\0\0\0\0\0\0".as_slice(), &many, &[0; 4]].concat()),
    ] {
        assert!(answered(name, &bytes), "{name}");
    }
}

#[test]
fn brackets_and_entities_without_an_end_are_partial_or_denied() {
    let open = |text: &str| text.repeat(100_000);
    let levels: Vec<String> = (1..40)
        .map(|level| format!("<!ENTITY l{level} '{}'>", format!("&l{};", level - 1).repeat(10)))
        .collect();
    let laughs = format!("<!DOCTYPE net [<!ENTITY l0 'ha'>{}]><net name='&l39;'/>", levels.concat());
    for (name, text) in [
        ("laughs.xml", laughs),
        ("depth.xml", format!("<net>{}", open("<layer>"))),
        ("attributes.xml", format!("<net {}/>", open("a='' "))),
        ("depth.json", format!(r#"{{"learner":{{"gradient_booster":{}"#, open("["))),
        ("config.json", open(r#"{"class_name":"Functional","config":"#)),
        ("depth.jinja", format!("{{{{{}", open("("))),
        ("marks.pkl", format!("(i{}", open("("))),
    ] {
        assert!(answered(name, text.as_bytes()), "{name}");
    }
}

/// Each level of references lies farther from the next than containers are remembered.
#[test]
fn references_of_pickles_are_weighed_over_any_distance() {
    let refer = |level: u32| [b"j".as_slice(), &(level * 40_001).to_le_bytes()].concat().repeat(64);
    let apart = b"]\x940".repeat(40_000);
    let levels = |open: &[u8], close: &[u8]| {
        let levels = (0..6).map(|level| [b"0".as_slice(), &apart, open, &refer(level), close].concat());
        [b"\x80\x04K\x01\x85\x94".as_slice(), &levels.collect::<Vec<_>>().concat(), b"."].concat()
    };
    assert!(answered("tuples.pkl", &levels(b"(", b"t\x94")));
    assert!(answered("lists.pkl", &levels(b"]\x94(", b"e")));
    // A container that was forgotten before it is filled is told.
    let late = |item: &[u8]| [b"\x80\x04]\x940".as_slice(), &apart, b"h\0(", item, b"e."].concat();
    assert!(!answered("late.pkl", &late(b"K\x01")));
    assert!(answered("late.pkl", &late(b"]")));
}

use std::io::{Cursor, Write};
use std::time::{Duration, Instant};

use ::zip::ZipWriter;
use ::zip::write::SimpleFileOptions;
use assay_core::{GapKind, Limits};

use super::*;
use crate::Collected;
use crate::{Budget, MemorySpool, Spool};

/// An archive as the `zip` crate writes it: deflated members.
fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn examined(bytes: &[u8], limits: Limits) -> (Collected, Vec<Format>) {
    let budget = Budget::new(limits, Instant::now() + Duration::from_secs(60));
    let spool = MemorySpool::default();
    let mut facts = Collected::default();
    let mut report = Report::new(&mut facts, 100);
    crate::examine(&Input::file("x", &bytes, &budget, &spool), &mut report).unwrap();
    let formats = report.formats().to_vec();
    assert_eq!(crate::Bytes::size(&spool as &dyn Spool), 0, "the spool is released");
    (facts, formats)
}

fn limit_gaps(bytes: &[u8], limits: Limits) -> usize {
    let (facts, _) = examined(bytes, limits);
    facts.gaps.iter().filter(|gap| gap.kind == GapKind::Limit).count()
}

#[test]
fn a_bomb_ends_as_a_gap_and_not_in_memory() {
    let bomb = archive(&[("a", &vec![0; 4 << 20])]);
    let limits = |max_scan_size| Limits { max_scan_size, ..Limits::default() };
    assert_eq!(limit_gaps(&bomb, limits(4 << 20)), 0);
    assert_eq!(limit_gaps(&bomb, limits((4 << 20) - 1)), 1);
}

#[test]
fn members_and_levels_have_an_end() {
    let three = archive(&[("a", b"1"), ("b", b"2"), ("c", b"3")]);
    let files = |max_files| Limits { max_files, ..Limits::default() };
    assert_eq!(limit_gaps(&three, files(3)), 0);
    assert_eq!(limit_gaps(&three, files(2)), 1);
    let nested = archive(&[("a", &archive(&[("b", &archive(&[("c", b"deep")]))]))]);
    let levels = |max_recursion| Limits { max_recursion, ..Limits::default() };
    assert_eq!(limit_gaps(&nested, levels(3)), 0);
    assert_eq!(limit_gaps(&nested, levels(2)), 1);
}

#[test]
fn formats_are_told_by_the_members() {
    let formats = |names: &[&str]| {
        let members: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, b"x".as_slice())).collect();
        examined(&archive(&members), Limits::default()).1
    };
    assert_eq!(formats(&["m/data.pkl", "m/version"])[0], Format::PytorchZip);
    assert_eq!(formats(&["M\\DATA.PKL"])[0], Format::PytorchZip);
    assert_eq!(formats(&["a.npy", "b.npy"])[0], Format::Npz);
    assert_eq!(formats(&["config.json", "metadata.json", "model.weights.h5"])[0], Format::Keras);
    assert_eq!(formats(&["data.pkl", "a.npy"])[0], Format::Zip);
}

#[test]
fn a_member_that_cannot_be_inflated_is_never_clean() {
    let mut broken = archive(&[("a", &b"some text, some text, some text".repeat(9))]);
    let data = 30 + 1;
    broken[data] = 0xff;
    let (facts, _) = examined(&broken, Limits::default());
    assert!(facts.gaps.iter().any(|gap| gap.kind == GapKind::Malformed), "{:?}", facts.gaps);
}

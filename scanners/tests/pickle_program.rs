//! A pickle is told as the Python program it is, line by line, with offsets.

use std::time::{Duration, Instant};

use assay_core::Limits;
use assay_scanners::{Budget, Collected, Input, MemorySpool, Report, examine};

fn program(bytes: &[u8]) -> String {
    let budget = Budget::new(Limits::default(), Instant::now() + Duration::from_secs(60));
    let spool = MemorySpool::default();
    let mut said = Collected::default();
    let mut report = Report::new(&mut said, 10);
    assert!(examine(&Input::file("m.pkl", &bytes, &budget, &spool), &mut report).is_ok());
    said.lines.join("\n")
}

#[test]
fn a_call_is_shown_with_its_constant_arguments() {
    let call = program(b"\x80\x02cposix\nsystem\nX\x02\0\0\0id\x85R.");
    insta::assert_snapshot!(call, @r"
    m.pkl@0x2: from posix import system
    m.pkl@0x18: posix.system('id')
    m.pkl@0x19: return posix.system(…)
    ");
}

#[test]
fn names_of_python_2_are_shown_as_both_readers_see_them() {
    let call = program(b"c__builtin__\neval\n(S'1+1'\nlp0\n(g0\ntR.");
    assert!(call.contains("from builtins import eval  # written __builtin__.eval"), "{call}");
}

#[test]
fn a_state_is_shown_where_it_is_set() {
    let build = program(b"\x80\x04\x8c\x0bcollections\x8c\x0bOrderedDict\x93)R}\x8c\x01aK\x01sb.");
    assert!(build.contains("collections.OrderedDict(…).__setstate__({'a': 1})"), "{build}");
}

//! `assay demo` from outside.

use super::program::run;

#[test]
fn the_stage_is_not_entered_from_outside() {
    let ran = run(&["demo", "--stage", "/mnt"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
}

#[test]
fn the_demo_has_no_other_format() {
    let ran = run(&["demo", "--format", "json"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (3, ""));
}

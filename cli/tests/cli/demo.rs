//! `assay demo` from outside.

use super::program::{has_worker, run};

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

#[test]
fn without_root_it_says_what_it_cannot_show_and_shows_the_rest() {
    if rustix::process::geteuid().is_root() {
        eprintln!("skipped: this is root, which has the whole demo");
        return;
    }
    if !has_worker() {
        return;
    }
    let ran = run(&["demo"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("What it cannot show here") && ran.stdout.contains("posix.system('true')"));
}

#[test]
#[ignore = "needs root: namespaces and fanotify"]
fn as_root_the_malicious_model_is_blocked_and_nothing_is_left() {
    let mounts = || std::io::read_to_string(std::fs::File::open("/proc/self/mounts").unwrap()).unwrap();
    let before = mounts();
    let ran = run(&["demo"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("Operation not permitted"), "{}", ran.stdout);
    assert!(ran.stdout.contains("read 88 bytes"), "{}", ran.stdout);
    assert_eq!(mounts(), before);
}

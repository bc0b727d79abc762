//! An unknown file is held, judged, answered; or denied in time.

use assay_core::{Answer, wire::guard::Ruling};

use crate::harness::{assert_denied, assert_reads, cat, cat_later, on_each_filesystem, shell};

#[test]
#[ignore = "needs root: fanotify"]
fn an_unknown_file_waits_for_its_verdict() {
    on_each_filesystem("holding::an_unknown_file_waits_for_its_verdict", |scene| {
        std::fs::write(scene.model("new"), "new").unwrap();
        let daemon = scene.enforcing(10_000);
        let first = cat_later(&scene.model("new"));
        let (id, key, _, file) = daemon.asked();
        let second = cat_later(&scene.model("new"));
        let mut read = [0; 3];
        std::os::unix::fs::FileExt::read_exact_at(&std::fs::File::from(file), &mut read, 0).unwrap();
        assert_eq!(&read, b"new");
        daemon.rule(id, key, Ruling::Allow);
        assert_reads(&first.wait_with_output().unwrap(), "new");
        assert_reads(&second.wait_with_output().unwrap(), "new");
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn silence_is_a_denial_that_is_not_remembered() {
    on_each_filesystem("holding::silence_is_a_denial_that_is_not_remembered", |scene| {
        std::fs::write(scene.model("new"), "new").unwrap();
        let daemon = scene.enforcing(200);
        let reader = cat_later(&scene.model("new"));
        let (id, key, _, _file) = daemon.asked();
        assert_denied(&reader.wait_with_output().unwrap());
        daemon.load(Answer::DenyUnknown);
        // The verdict that came too late counts for the next open.
        daemon.rule(id, key, Ruling::Allow);
        daemon.settle();
        assert_reads(&cat(&scene.model("new")), "new");
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_writer_voids_the_judgement() {
    on_each_filesystem("holding::a_writer_voids_the_judgement", |scene| {
        std::fs::write(scene.model("new"), "new").unwrap();
        let daemon = scene.enforcing(10_000);
        let key = daemon.consider(&scene.model("new"), 5).unwrap();
        // Appending is write-only, so an unverified file may be continued; the lease makes the writer wait for us.
        assert!(shell(&format!("echo evil >> {}", scene.model("new").display())).status.success());
        daemon.rule(5, key, Ruling::Allow);
        let reader = cat_later(&scene.model("new"));
        let (id, now, _, _file) = daemon.asked();
        assert_ne!(key, now);
        daemon.rule(id, now, Ruling::Deny);
        assert_denied(&reader.wait_with_output().unwrap());
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_download_can_be_written_but_not_read() {
    on_each_filesystem("holding::a_download_can_be_written_but_not_read", |scene| {
        let _daemon = scene.enforcing(10_000);
        let path = scene.model("download");
        let script = format!("exec 3> {0}; echo part >&3; cat {0}", path.display());
        assert_denied(&shell(&script));
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_wrong_key_is_no_verdict() {
    on_each_filesystem("holding::a_wrong_key_is_no_verdict", |scene| {
        std::fs::write(scene.model("new"), "new").unwrap();
        let daemon = scene.enforcing(10_000);
        let reader = cat_later(&scene.model("new"));
        let (id, mut key, _, _file) = daemon.asked();
        key.size += 1;
        daemon.rule(id, key, Ruling::Allow);
        assert_denied(&reader.wait_with_output().unwrap());
    });
}

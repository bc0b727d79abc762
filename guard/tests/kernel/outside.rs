//! Files outside the roots stay free and cost nothing, until they come inside.

use assay_core::{
    Mode,
    wire::guard::{FromGuard, Ruling},
};

use crate::harness::{assert_denied, assert_reads, cat, cat_later, on_each_filesystem, shell};

fn outside(daemon: &crate::harness::Daemon) -> u64 {
    daemon.until(
        |message, _| if let FromGuard::Counters(counters) = message { Some(counters.outside) } else { None },
    )
}

#[test]
#[ignore = "needs root: fanotify"]
fn an_outside_file_is_seen_once() {
    on_each_filesystem("outside::an_outside_file_is_seen_once", |scene| {
        std::fs::write(scene.other("free"), "free").unwrap();
        let daemon = scene.enforcing(3_000);
        for _ in 0..20 {
            assert_reads(&cat(&scene.other("free")), "free");
        }
        assert_eq!(outside(&daemon), 1);
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_file_moved_in_is_asked_about() {
    on_each_filesystem("outside::a_file_moved_in_is_asked_about", |scene| {
        std::fs::write(scene.other("free"), "free").unwrap();
        let daemon = scene.enforcing(3_000);
        assert_reads(&cat(&scene.other("free")), "free");
        std::fs::rename(scene.other("free"), scene.model("in")).unwrap();
        // The change is reported after the ignore mark is gone.
        daemon.until(|message, _| matches!(message, FromGuard::Changed { .. }).then_some(()));
        let reader = cat_later(&scene.model("in"));
        let (id, key, _, _file) = daemon.asked();
        daemon.rule(id, key, Ruling::Deny);
        assert_denied(&reader.wait_with_output().unwrap());
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_directory_moved_in_brings_its_files_in() {
    on_each_filesystem("outside::a_directory_moved_in_brings_its_files_in", |scene| {
        std::fs::create_dir(scene.other("set")).unwrap();
        std::fs::write(scene.other("set/f"), "free").unwrap();
        let daemon = scene.enforcing(3_000);
        assert_reads(&cat(&scene.other("set/f")), "free");
        std::fs::rename(scene.other("set"), scene.model("set")).unwrap();
        daemon.until(|message, _| matches!(message, FromGuard::Changed { .. }).then_some(()));
        let reader = cat_later(&scene.model("set/f"));
        let (id, key, _, _file) = daemon.asked();
        daemon.rule(id, key, Ruling::Deny);
        assert_denied(&reader.wait_with_output().unwrap());
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_name_linked_before_is_the_daemons_to_tell() {
    on_each_filesystem("outside::a_name_linked_before_is_the_daemons_to_tell", |scene| {
        std::fs::write(scene.other("a"), "free").unwrap();
        std::fs::hard_link(scene.other("a"), scene.other("b")).unwrap();
        let daemon = scene.enforcing(3_000);
        let reader = cat_later(&scene.other("b"));
        let (id, key, _, _file) = daemon.asked();
        daemon.rule(id, key, Ruling::Outside);
        assert_reads(&reader.wait_with_output().unwrap(), "free");
        assert_reads(&cat(&scene.other("a")), "free");
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_container_like_mount_stays_free_without_a_daemon() {
    on_each_filesystem("outside::a_container_like_mount_stays_free_without_a_daemon", |scene| {
        std::fs::write(scene.other("free"), "free").unwrap();
        drop(scene.enforcing(60_000));
        let script = format!("unshare -m cat {}", scene.other("free").display());
        assert_reads(&shell(&script), "free");
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn roots_that_are_gone_are_free() {
    on_each_filesystem("outside::roots_that_are_gone_are_free", |scene| {
        std::fs::write(scene.model("f"), "f").unwrap();
        let daemon = scene.enforcing(100);
        assert_denied(&cat(&scene.model("f")));
        daemon.set_roots(&[], 100);
        assert_reads(&cat(&scene.model("f")), "f");
        daemon.set_roots(&[(&scene.disk().join("models"), Mode::Enforce)], 100);
        assert_denied(&cat(&scene.model("f")));
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn changes_under_a_root_name_their_directory() {
    on_each_filesystem("outside::changes_under_a_root_name_their_directory", |scene| {
        use std::os::unix::fs::MetadataExt as _;
        let daemon = scene.enforcing(3_000);
        // Elsewhere on the file system nothing is reported.
        std::fs::write(scene.other("quiet"), "x").unwrap();
        std::fs::create_dir(scene.model("deep")).unwrap();
        let inode =
            |path: &std::path::Path| std::fs::metadata(path).map(|found| (found.dev(), found.ino())).unwrap();
        let (top, deep) = (inode(&scene.disk().join("models")), inode(&scene.model("deep")));
        let changed =
            || {
                daemon.until(|message, _| {
                    if let FromGuard::Changed { directory } = message { Some(directory) } else { None }
                })
            };
        assert_eq!(changed(), top);
        assert!(shell(&format!("echo x > {}", scene.model("deep/f").display())).status.success());
        assert_eq!(changed(), deep);
        daemon.settle();
        std::fs::rename(scene.model("deep/f"), scene.other("gone")).unwrap();
        assert_eq!(changed(), deep);
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_storm_of_new_directories_is_seen_whole() {
    on_each_filesystem("outside::a_storm_of_new_directories_is_seen_whole", |scene| {
        use std::os::unix::fs::MetadataExt as _;
        let daemon = scene.enforcing(3_000);
        let mut wanted = std::collections::BTreeSet::new();
        for number in 0..500 {
            let directory = scene.model(&format!("m{number}/blobs"));
            std::fs::create_dir_all(&directory).unwrap();
            std::fs::write(directory.join("w.incomplete"), "x").unwrap();
            std::fs::rename(directory.join("w.incomplete"), directory.join("w.bin")).unwrap();
            wanted.insert(std::fs::metadata(&directory).map(|found| (found.dev(), found.ino())).unwrap());
        }
        daemon.until(|message, _| {
            if let FromGuard::Changed { directory } = message {
                wanted.remove(&directory);
            }
            (message == FromGuard::Overflow || wanted.is_empty()).then_some(())
        });
        assert!(wanted.is_empty(), "{} of 500 not reported", wanted.len());
    });
}

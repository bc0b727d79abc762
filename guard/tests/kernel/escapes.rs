//! Every way to the bytes of a denied file that needs no privilege over the guard.

use assay_core::wire::guard::Ruling;

use crate::harness::{Daemon, Scene, assert_denied, cat, on_each_filesystem, shell};

fn denied(scene: &Scene) -> Daemon {
    std::fs::write(scene.model("bad"), "bad").unwrap();
    let daemon = scene.enforcing(3_000);
    daemon.judge(&scene.model("bad"), Ruling::Deny);
    daemon
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_denied_file_does_not_open() {
    on_each_filesystem("escapes::a_denied_file_does_not_open", |scene| {
        let _daemon = denied(scene);
        assert_denied(&cat(&scene.model("bad")));
        std::os::unix::fs::symlink(scene.model("bad"), scene.disk().join("link")).unwrap();
        assert_denied(&cat(&scene.disk().join("link")));
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn another_name_does_not_open_it() {
    on_each_filesystem("escapes::another_name_does_not_open_it", |scene| {
        // The change of ctime makes it unverified; the daemon judges it again, here as before.
        let daemon = denied(scene);
        std::fs::hard_link(scene.model("bad"), scene.other("hard")).unwrap();
        let reader = crate::harness::cat_later(&scene.other("hard"));
        let (id, key, _, _file) = daemon.asked();
        daemon.rule(id, key, Ruling::Deny);
        assert_denied(&reader.wait_with_output().unwrap());
        assert_denied(&cat(&scene.other("hard")));
        std::fs::rename(scene.model("bad"), scene.other("moved")).unwrap();
        let reader = crate::harness::cat_later(&scene.other("moved"));
        let (id, key, _, _file) = daemon.asked();
        daemon.rule(id, key, Ruling::Deny);
        assert_denied(&reader.wait_with_output().unwrap());
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn another_mount_does_not_open_it() {
    on_each_filesystem("escapes::another_mount_does_not_open_it", |scene| {
        let _daemon = denied(scene);
        let at = scene.elsewhere("bind");
        let script = format!(
            "mount --bind {} {1} && cat {1}/bad",
            scene.disk().join("models").display(),
            at.display()
        );
        assert_denied(&shell(&script));
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_user_namespace_does_not_open_it() {
    on_each_filesystem("escapes::a_user_namespace_does_not_open_it", |scene| {
        let _daemon = denied(scene);
        shell(&format!("chmod -R a+rX {}", scene.disk().parent().unwrap().display()));
        let inside = format!("cat {}", scene.model("bad").display());
        let script =
            format!("setpriv --reuid 65534 --regid 65534 --clear-groups unshare -Urm sh -c '{inside}'");
        assert_denied(&shell(&script));
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_path_descriptor_does_not_open_it() {
    on_each_filesystem("escapes::a_path_descriptor_does_not_open_it", |scene| {
        let _daemon = denied(scene);
        let program = format!(
            "import os\nfd = os.open('{}', os.O_PATH)\nos.open(f'/proc/self/fd/{{fd}}', os.O_RDONLY)\n",
            scene.model("bad").display()
        );
        assert_denied(&std::process::Command::new("python3").args(["-c", &program]).output().unwrap());
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn executing_it_is_denied() {
    on_each_filesystem("escapes::executing_it_is_denied", |scene| {
        std::fs::copy("/bin/true", scene.model("program")).unwrap();
        let daemon = scene.enforcing(3_000);
        daemon.judge(&scene.model("program"), Ruling::Deny);
        assert_denied(&shell(&format!("exec {}", scene.model("program").display())));
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn an_overlay_over_it_does_not_open_it() {
    on_each_filesystem("escapes::an_overlay_over_it_does_not_open_it", |scene| {
        let _daemon = denied(scene);
        let [upper, merged] = ["upper", "merged"].map(|name| scene.elsewhere(name));
        let script = format!(
            "mount -t tmpfs u {0} && mkdir {0}/u {0}/w && \
             mount -t overlay o -o lowerdir={1},upperdir={0}/u,workdir={0}/w {2} && cat {2}/bad",
            upper.display(),
            scene.disk().join("models").display(),
            merged.display()
        );
        assert_denied(&shell(&script));
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_file_handle_does_not_open_it() {
    on_each_filesystem("escapes::a_file_handle_does_not_open_it", |scene| {
        let _daemon = denied(scene);
        let program = format!(
            "import ctypes, os\nc = ctypes.CDLL(None, use_errno=True)\nh = (ctypes.c_byte * 136)(128)\n\
             m = ctypes.c_int()\nassert c.name_to_handle_at(-100, b'{0}', h, ctypes.byref(m), 0) == 0\n\
             d = os.open('{1}', os.O_RDONLY)\nfd = c.open_by_handle_at(d, h, os.O_RDONLY)\n\
             assert fd < 0, 'opened'\nraise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))\n",
            scene.model("bad").display(),
            scene.disk().display()
        );
        assert_denied(&std::process::Command::new("python3").args(["-c", &program]).output().unwrap());
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn an_unknown_file_is_gated_through_any_mount() {
    on_each_filesystem("escapes::an_unknown_file_is_gated_through_any_mount", |scene| {
        std::fs::write(scene.model("new"), "new").unwrap();
        let daemon = scene.enforcing(10_000);
        let [bind, upper, merged] = ["bind", "upper", "merged"].map(|name| scene.elsewhere(name));
        let script = format!(
            "mount --bind {0} {1} && mount -t tmpfs u {2} && mkdir {2}/u {2}/w && \
             mount -t overlay o -o lowerdir={0},upperdir={2}/u,workdir={2}/w {3}",
            scene.disk().join("models").display(),
            bind.display(),
            upper.display(),
            merged.display()
        );
        let mounted = shell(&script);
        assert!(mounted.status.success(), "{}", String::from_utf8_lossy(&mounted.stderr));
        for view in [bind, merged] {
            let reader = crate::harness::cat_later(&view.join("new"));
            let (id, mut key, _, _file) = daemon.asked();
            // No verdict about this content: the next view is asked about anew.
            key.size += 1;
            daemon.rule(id, key, Ruling::Allow);
            assert_denied(&reader.wait_with_output().unwrap());
        }
    });
}

/// A limit, not a promise (docs/enforcement.md): what was open before the root was set stays readable.
#[test]
#[ignore = "needs root: fanotify"]
fn a_descriptor_from_before_stays_open() {
    on_each_filesystem("escapes::a_descriptor_from_before_stays_open", |scene| {
        std::fs::write(scene.model("bad"), "bad").unwrap();
        let before = std::fs::File::open(scene.model("bad")).unwrap();
        let daemon = scene.enforcing(3_000);
        daemon.judge(&scene.model("bad"), Ruling::Deny);
        let output = std::process::Command::new("cat").stdin(before).output().unwrap();
        crate::harness::assert_reads(&output, "bad");
    });
}

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

//! Accepted content stays what it was, or is unverified again.

use assay_core::{Answer, wire::guard::Ruling};

use crate::harness::{Daemon, Scene, assert_denied, assert_reads, cat, cat_later, on_each_filesystem, shell};

fn allowed(scene: &Scene) -> Daemon {
    std::fs::write(scene.model("good"), "good").unwrap();
    let daemon = scene.enforcing(3_000);
    daemon.judge(&scene.model("good"), Ruling::Allow);
    daemon
}

#[test]
#[ignore = "needs root: fanotify"]
fn an_accepted_file_opens_and_is_recorded() {
    on_each_filesystem("freeze::an_accepted_file_opens_and_is_recorded", |scene| {
        let daemon = allowed(scene);
        assert_reads(&cat(&scene.model("good")), "good");
        let load = daemon.load(Answer::Allow);
        assert_eq!(load.path, scene.model("good").display().to_string());
        // The process may have ended before it was looked at; its id is always known.
        assert!(load.process.pid > 0);
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_living_opener_is_named() {
    on_each_filesystem("freeze::a_living_opener_is_named", |scene| {
        let daemon = allowed(scene);
        let script = format!("exec 3< {}; read line", scene.model("good").display());
        let mut opener = std::process::Command::new("setpriv")
            .args(["--reuid", "65534", "bash", "-c", &script])
            .stdin(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let load = daemon.load(Answer::Allow);
        assert_eq!(load.process.pid.unsigned_abs(), opener.id());
        assert_eq!(load.process.uid, Some(65534));
        assert!(load.process.exe.unwrap().ends_with("/bash"));
        assert!(load.process.cgroup.unwrap().starts_with('/'));
        drop(opener.stdin.take());
        opener.wait().unwrap();
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn an_accepted_file_cannot_be_written_in_place() {
    on_each_filesystem("freeze::an_accepted_file_cannot_be_written_in_place", |scene| {
        let daemon = allowed(scene);
        let path = scene.model("good");
        for script in ["echo x >", "echo x >>", "true 1<>"] {
            assert_denied_by_shell(&shell(&format!("{script} {}", path.display())));
        }
        daemon.load(Answer::DenyWriter);
        assert_reads(&cat(&path), "good");
    });
}

fn assert_denied_by_shell(output: &std::process::Output) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && said.contains("not permitted"), "{said}");
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_writable_mapping_refuses_readers() {
    on_each_filesystem("freeze::a_writable_mapping_refuses_readers", |scene| {
        // The mapping is older than the guard's root: it cannot be prevented, but it is noticed.
        std::fs::write(scene.model("mapped"), "good").unwrap();
        let program = format!(
            "import mmap, os, sys\nfd = os.open('{}', os.O_RDWR)\nm = mmap.mmap(fd, 4)\nos.close(fd)\n\
             print('mapped', flush=True)\nsys.stdin.read()\n",
            scene.model("mapped").display()
        );
        let mut writer = std::process::Command::new("python3")
            .args(["-c", &program])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = [0; 7];
        std::io::Read::read_exact(writer.stdout.as_mut().unwrap(), &mut line).unwrap();
        let daemon = scene.enforcing(3_000);
        assert_eq!(daemon.consider(&scene.model("mapped"), 3), None);
        assert_denied(&cat(&scene.model("mapped")));
        drop(writer.stdin.take());
        writer.wait().unwrap();
        daemon.judge(&scene.model("mapped"), Ruling::Allow);
        assert_reads(&cat(&scene.model("mapped")), "good");
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_replaced_file_is_unverified() {
    on_each_filesystem("freeze::a_replaced_file_is_unverified", |scene| {
        let daemon = allowed(scene);
        std::fs::write(scene.other("new"), "evil").unwrap();
        assert!(
            shell(&format!("mv {} {}", scene.other("new").display(), scene.model("good").display()))
                .status
                .success()
        );
        let reader = cat_later(&scene.model("good"));
        let (id, key, path, _file) = daemon.asked();
        assert_eq!(path, scene.model("good").display().to_string());
        daemon.rule(id, key, Ruling::Deny);
        assert_denied(&reader.wait_with_output().unwrap());
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn truncation_makes_it_unverified() {
    on_each_filesystem("freeze::truncation_makes_it_unverified", |scene| {
        let daemon = allowed(scene);
        // truncate(2) by path opens nothing.
        let program = format!("import os\nos.truncate('{}', 2)\n", scene.model("good").display());
        assert!(std::process::Command::new("python3").args(["-c", &program]).status().unwrap().success());
        let reader = cat_later(&scene.model("good"));
        let (id, key, _, _file) = daemon.asked();
        assert_eq!(key.size, 2);
        daemon.rule(id, key, Ruling::Allow);
        assert_reads(&reader.wait_with_output().unwrap(), "go");
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_revision_reaches_the_next_open() {
    on_each_filesystem("freeze::a_revision_reaches_the_next_open", |scene| {
        let daemon = allowed(scene);
        let key = daemon.judge(&scene.model("good"), Ruling::Allow);
        daemon.send(&assay_core::wire::guard::ToGuard::Revise { key, ruling: Ruling::Deny }, &[]);
        daemon.settle();
        assert_denied(&cat(&scene.model("good")));
    });
}

//! Each failure has a documented answer (docs/enforcement.md).

use assay_core::wire::guard::{Ruling, ToGuard};

use crate::harness::{
    assert_denied, assert_reads, cat, cat_later, ended, on_each_filesystem, on_each_filesystem_with, shell,
    signal, wait_until,
};

#[test]
#[ignore = "needs root: fanotify"]
fn a_killed_server_lets_nothing_through() {
    on_each_filesystem("failures::a_killed_server_lets_nothing_through", |scene| {
        std::fs::write(scene.model("bad"), "bad").unwrap();
        std::fs::write(scene.model("held"), "held").unwrap();
        let daemon = scene.enforcing(2_000);
        daemon.judge(&scene.model("bad"), Ruling::Deny);
        let held = cat_later(&scene.model("held"));
        let _question = daemon.asked();
        scene.kill_server();
        // What the dead server had read is denied by its successor; what it knew is unknown again.
        assert_denied(&held.wait_with_output().unwrap());
        assert_denied(&cat(&scene.model("bad")));
        drop(daemon);
        let daemon = scene.enforcing(2_000);
        daemon.judge(&scene.model("bad"), Ruling::Deny);
        assert_denied(&cat(&scene.model("bad")));
        daemon.judge(&scene.model("held"), Ruling::Allow);
        assert_reads(&cat(&scene.model("held")), "held");
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn many_killed_servers_let_nothing_through() {
    on_each_filesystem("failures::many_killed_servers_let_nothing_through", |scene| {
        std::fs::write(scene.model("bad"), "bad").unwrap();
        drop(scene.enforcing(200));
        for _ in 0..10 {
            let readers: Vec<_> = (0..4).map(|_| cat_later(&scene.model("bad"))).collect();
            signal(scene.server(), "KILL");
            for reader in readers {
                assert_denied(&reader.wait_with_output().unwrap());
            }
            wait_until(|| scene.living_server().is_some());
        }
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_server_goes_on_without_its_keeper() {
    on_each_filesystem("failures::a_server_goes_on_without_its_keeper", |scene| {
        std::fs::write(scene.model("bad"), "bad").unwrap();
        let daemon = scene.enforcing(2_000);
        daemon.judge(&scene.model("bad"), Ruling::Deny);
        let server = scene.server();
        signal(scene.keeper(), "KILL");
        assert_denied(&cat(&scene.model("bad")));
        signal(server, "KILL");
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_daemon_that_is_away_changes_no_ruling() {
    on_each_filesystem("failures::a_daemon_that_is_away_changes_no_ruling", |scene| {
        for name in ["good", "bad", "new"] {
            std::fs::write(scene.model(name), name).unwrap();
        }
        let daemon = scene.enforcing(2_000);
        daemon.judge(&scene.model("good"), Ruling::Allow);
        daemon.judge(&scene.model("bad"), Ruling::Deny);
        drop(daemon);
        assert_reads(&cat(&scene.model("good")), "good");
        assert_denied(&cat(&scene.model("bad")));
        assert_denied(&cat(&scene.model("new")));
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn an_open_held_for_a_dead_daemon_is_asked_of_the_next() {
    on_each_filesystem("failures::an_open_held_for_a_dead_daemon_is_asked_of_the_next", |scene| {
        std::fs::write(scene.model("new"), "new").unwrap();
        let daemon = scene.enforcing(15_000);
        let reader = cat_later(&scene.model("new"));
        let _question = daemon.asked();
        drop(daemon);
        let daemon = scene.enforcing(15_000);
        let (id, key, _, _file) = daemon.asked();
        daemon.rule(id, key, Ruling::Allow);
        assert_reads(&reader.wait_with_output().unwrap(), "new");
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn nonsense_from_the_daemon_ends_the_connection_only() {
    on_each_filesystem("failures::nonsense_from_the_daemon_ends_the_connection_only", |scene| {
        std::fs::write(scene.model("bad"), "bad").unwrap();
        let daemon = scene.enforcing(2_000);
        daemon.judge(&scene.model("bad"), Ruling::Deny);
        let server = scene.server();
        daemon.send_raw(&[0xff; 40]);
        drop(daemon);
        let _next = scene.daemon();
        assert_eq!(scene.server(), server);
        assert_denied(&cat(&scene.model("bad")));
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn forgetting_makes_everything_unverified() {
    on_each_filesystem("failures::forgetting_makes_everything_unverified", |scene| {
        std::fs::write(scene.model("good"), "good").unwrap();
        let daemon = scene.enforcing(200);
        daemon.judge(&scene.model("good"), Ruling::Allow);
        daemon.send(&ToGuard::Forget, &[]);
        daemon.settle();
        assert_denied(&cat(&scene.model("good")));
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn shutdown_denies_what_is_held_and_frees_the_rest() {
    on_each_filesystem("failures::shutdown_denies_what_is_held_and_frees_the_rest", |scene| {
        std::fs::write(scene.model("new"), "new").unwrap();
        let daemon = scene.enforcing(15_000);
        let reader = cat_later(&scene.model("new"));
        let _question = daemon.asked();
        daemon.send(&ToGuard::Shutdown, &[]);
        assert_denied(&reader.wait_with_output().unwrap());
        wait_until(|| scene.living_server().is_none());
        assert_reads(&cat(&scene.model("new")), "new");
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_server_that_hangs_is_replaced() {
    on_each_filesystem("failures::a_server_that_hangs_is_replaced", |scene| {
        std::fs::write(scene.model("bad"), "bad").unwrap();
        drop(scene.enforcing(200));
        let old = scene.server();
        signal(old, "STOP");
        assert_denied(&cat(&scene.model("bad")));
        assert_ne!(scene.server(), old);
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn running_out_of_descriptors_denies() {
    let starter = ["prlimit", "--nofile=64:64", "--"];
    on_each_filesystem_with("failures::running_out_of_descriptors_denies", &starter, &[], |scene| {
        std::fs::write(scene.model("good"), "good").unwrap();
        std::fs::write(scene.model("new"), "new").unwrap();
        let daemon = scene.enforcing(1_000);
        daemon.judge(&scene.model("good"), Ruling::Allow);
        let readers: Vec<_> = (0..100).map(|_| cat_later(&scene.model("new"))).collect();
        for reader in readers {
            assert_denied(&reader.wait_with_output().unwrap());
        }
        assert_reads(&cat(&scene.model("good")), "good");
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn stopping_denies_what_was_read_and_ends() {
    on_each_filesystem("failures::stopping_denies_what_was_read_and_ends", |scene| {
        std::fs::write(scene.model("new"), "new").unwrap();
        let daemon = scene.enforcing(15_000);
        let reader = cat_later(&scene.model("new"));
        let _question = daemon.asked();
        signal(scene.keeper(), "TERM");
        assert_denied(&reader.wait_with_output().unwrap());
        wait_until(|| ended(scene.keeper()));
        assert_reads(&cat(&scene.model("new")), "new");
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn another_user_with_five_capabilities_is_enough() {
    let args = ["--user", "65534"];
    on_each_filesystem_with("failures::another_user_with_five_capabilities_is_enough", &[], &args, |scene| {
        std::fs::write(scene.model("bad"), "bad").unwrap();
        let daemon = scene.enforcing(2_000);
        daemon.judge(&scene.model("bad"), Ruling::Deny);
        assert_denied(&cat(&scene.model("bad")));
        scene.kill_server();
        assert_denied(&cat(&scene.model("bad")));
        let status = shell(&format!(
            "grep -E '^(Uid|Gid|Groups|CapEff|CapBnd|NoNewPrivs)' /proc/{}/status",
            scene.server()
        ));
        // SYS_ADMIN 21, DAC_READ_SEARCH 2, LEASE 28, FOWNER 3, SYS_PTRACE 19.
        let expected = "Uid:\t65534\t65534\t65534\t65534\nGid:\t65534\t65534\t65534\t65534\nGroups:\t \n\
                        CapEff:\t000000001028000c\nCapBnd:\t000000001028000c\nNoNewPrivs:\t1\n";
        assert_reads(&status, expected);
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn a_second_guard_does_not_replace_the_first() {
    on_each_filesystem("failures::a_second_guard_does_not_replace_the_first", |scene| {
        let daemon = scene.enforcing(2_000);
        let socket = scene.disk().parent().unwrap().join("socket");
        let script = format!("{} --socket {}", env!("CARGO_BIN_EXE_assay-guard"), socket.display());
        let output = shell(&script);
        assert_eq!(output.status.code(), Some(3));
        assert!(String::from_utf8_lossy(&output.stderr).contains("another guard listens"));
        daemon.settle();
    });
}

/// `ASSAY_GUARD_KILLS` kills, 20 by default, while four shells read without a pause.
#[test]
#[ignore = "needs root: fanotify"]
fn kills_under_load_leak_nothing() {
    on_each_filesystem("failures::kills_under_load_leak_nothing", |scene| {
        let kills: u64 = std::env::var("ASSAY_GUARD_KILLS").map_or(20, |kills| kills.parse().unwrap());
        std::fs::write(scene.model("bad"), "bad").unwrap();
        std::fs::write(scene.model("good"), "good").unwrap();
        let stop = scene.elsewhere("stop");
        let seen = scene.elsewhere("seen");
        let script = format!(
            "while [ -d {} ]; do cat {} 2>/dev/null; cat {} >/dev/null 2>&1 && : > {}/$$; done",
            stop.display(),
            scene.model("bad").display(),
            scene.model("good").display(),
            seen.display(),
        );
        drop(scene.enforcing(100));
        let readers: Vec<_> = (0..4)
            .map(|_| {
                std::process::Command::new("sh")
                    .args(["-c", &script])
                    .stdout(std::process::Stdio::piped())
                    .spawn()
                    .unwrap()
            })
            .collect();
        for kill in 0..kills {
            // Every other server dies before a daemon has come, the others at some moment of its work.
            let daemon = kill.is_multiple_of(2).then(|| {
                let daemon = scene.enforcing(100);
                daemon.try_judge(&scene.model("bad"), Ruling::Deny);
                daemon.try_judge(&scene.model("good"), Ruling::Allow);
                daemon
            });
            std::thread::sleep(std::time::Duration::from_millis(kill * 7 % 40));
            scene.kill_server();
            drop(daemon);
        }
        // Afterwards nothing is stuck, and what is accepted opens.
        let daemon = scene.enforcing(100);
        daemon.try_judge(&scene.model("bad"), Ruling::Deny);
        daemon.judge(&scene.model("good"), Ruling::Allow);
        drop(shell(&format!("rm -f {}/*", seen.display())));
        wait_until(|| std::fs::read_dir(&seen).unwrap().count() == 4);
        std::fs::remove_dir(&stop).unwrap();
        for reader in readers {
            let output = reader.wait_with_output().unwrap();
            assert_eq!(String::from_utf8_lossy(&output.stdout), "", "a denied file was read");
        }
    });
}

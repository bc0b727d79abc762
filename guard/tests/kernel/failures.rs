//! Each failure has a documented answer (docs/enforcement.md).

use assay_core::wire::guard::{Ruling, ToGuard};

use crate::harness::{assert_denied, assert_reads, cat, cat_later, on_each_filesystem, signal, wait_until};

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

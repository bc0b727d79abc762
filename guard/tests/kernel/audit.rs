//! Audit says what it would have done, and nothing ever waits for it.

use std::collections::BTreeSet;

use assay_core::{Answer, Mode, wire::guard::Ruling};

use crate::harness::{assert_denied, assert_reads, cat, on_each_filesystem, signal};

#[test]
#[ignore = "needs root: fanotify"]
fn audit_records_what_it_would_have_denied() {
    on_each_filesystem("audit::audit_records_what_it_would_have_denied", |scene| {
        std::fs::write(scene.model("bad"), "bad").unwrap();
        let daemon = scene.daemon();
        daemon.set_roots(&[(&scene.disk().join("models"), Mode::Audit)], 300);
        assert_reads(&cat(&scene.model("bad")), "bad");
        let (id, key, _, _file) = daemon.asked();
        daemon.rule(id, key, Ruling::Deny);
        assert_eq!(daemon.load(Answer::Deny).mode, Mode::Audit);
        assert_reads(&cat(&scene.model("bad")), "bad");
        assert_eq!(daemon.load(Answer::Deny).key, key);
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn audit_waits_for_nobody() {
    on_each_filesystem("audit::audit_waits_for_nobody", |scene| {
        std::fs::write(scene.model("bad"), "bad").unwrap();
        let daemon = scene.daemon();
        daemon.set_roots(&[(&scene.disk().join("models"), Mode::Audit)], 60_000);
        let server = scene.server();
        signal(server, "STOP");
        assert_reads(&cat(&scene.model("bad")), "bad");
        signal(server, "CONT");
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn an_audit_root_beside_an_enforced_one_does_not_block() {
    on_each_filesystem("audit::an_audit_root_beside_an_enforced_one_does_not_block", |scene| {
        std::fs::write(scene.model("f"), "f").unwrap();
        std::fs::write(scene.other("f"), "f").unwrap();
        let daemon = scene.daemon();
        let roots = [(scene.disk().join("models"), Mode::Enforce), (scene.disk().join("other"), Mode::Audit)];
        daemon.set_roots(&[(&roots[0].0, roots[0].1), (&roots[1].0, roots[1].1)], 300);
        assert_reads(&cat(&scene.other("f")), "f");
        assert_denied(&cat(&scene.model("f")));
        // Both may be overdue at once: in which order they are told does not matter.
        let told = BTreeSet::from([(); 2].map(|()| daemon.load(Answer::DenyUnknown).mode));
        assert_eq!(told, BTreeSet::from([Mode::Audit, Mode::Enforce]));
    });
}

#[test]
#[ignore = "needs root: fanotify"]
fn turning_enforcement_on_and_off_takes_effect_at_once() {
    on_each_filesystem("audit::turning_enforcement_on_and_off_takes_effect_at_once", |scene| {
        std::fs::write(scene.model("bad"), "bad").unwrap();
        let daemon = scene.enforcing(3_000);
        daemon.judge(&scene.model("bad"), Ruling::Deny);
        assert_denied(&cat(&scene.model("bad")));
        daemon.set_roots(&[(&scene.disk().join("models"), Mode::Audit)], 3_000);
        assert_reads(&cat(&scene.model("bad")), "bad");
        daemon.set_roots(&[(&scene.disk().join("models"), Mode::Enforce)], 3_000);
        assert_denied(&cat(&scene.model("bad")));
    });
}

//! The decision with a kernel that only remembers; leases and files are real.

use std::{fs::File, path::PathBuf};

use super::*;
use crate::{
    opening::{Channel, fake::FakeKernel},
    recorder::{self, Records},
    scope::GatedRoot,
};

const LONG: Duration = Duration::from_secs(600);

/// A gate over a folder, on a kernel that only remembers. Leases are real.
struct Scene {
    folder: tempfile::TempDir,
    kernel: Arc<FakeKernel>,
    outbox: Arc<Outbox>,
    records: Records,
    gate: Gate<FakeKernel>,
}

impl Scene {
    fn new(mode: Mode, hold: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let models = folder.path().join("models");
        std::fs::create_dir(&models).unwrap();
        let (kernel, outbox) = (Arc::new(FakeKernel::default()), Arc::new(Outbox::default()));
        let (recorder, records) = recorder::channel();
        let gate = Gate::new(Arc::clone(&kernel), Arc::clone(&outbox), recorder);
        let directory: OwnedFd = File::open(&models).unwrap().into();
        let identity = Identity::of(&directory).unwrap();
        let root = GatedRoot {
            shown: "models".into(),
            path: path_of(&directory).unwrap(),
            mode,
            dev: identity.key.dev,
            mount: identity.mount(),
            fsid: 0,
            directory: Some(Arc::new(directory)),
        };
        gate.set_scope(Scope { roots: vec![root], hold, generation: 1 });
        Self { folder, kernel, outbox, records, gate }
    }

    fn model(&self, content: &str) -> PathBuf {
        let path = self.folder.path().join("models/f");
        std::fs::write(&path, content).unwrap();
        path
    }

    fn open(&self, path: &std::path::Path) {
        let file = File::open(path).unwrap().into();
        // A process id that cannot be: no process of the test is looked at.
        let opener = Opener { pid: i32::MAX, pidfd: None };
        self.gate.opened(Opening::held(&self.kernel, file, opener));
    }

    /// The next question that assayd would get.
    fn asked(&self) -> (u64, FileKey) {
        let connection = self.outbox.connected();
        self.gate.daemon_left();
        self.gate.daemon_listens();
        let (message, _file) = self.outbox.next(connection).unwrap();
        let FromGuard::Ask { id, key, .. } = message else { panic!("{message:?}") };
        (id, key)
    }
}

#[test]
fn an_unknown_file_is_held_until_it_is_ruled() {
    let scene = Scene::new(Mode::Enforce, LONG);
    let path = scene.model("x");
    scene.open(&path);
    scene.open(&path);
    assert_eq!(scene.kernel.told(), []);
    let (id, key) = scene.asked();
    scene.gate.rule(id, key, Ruling::Allow);
    assert_eq!(scene.kernel.told(), [Reply::Allow, Reply::Allow]);
    scene.open(&path);
    assert_eq!(scene.records.answers(), [Answer::Allow; 3]);
}

#[test]
fn a_ruling_is_about_one_content() {
    let scene = Scene::new(Mode::Enforce, LONG);
    let path = scene.model("x");
    scene.open(&path);
    let (id, key) = scene.asked();
    scene.gate.rule(id, key, Ruling::Allow);
    scene.model("other");
    scene.open(&path);
    assert_eq!(scene.kernel.told(), [Reply::Allow]);
    scene.gate.deny_all();
    assert_eq!(scene.kernel.told(), [Reply::Allow, Reply::Deny]);
}

#[test]
fn a_late_verdict_is_for_the_next_open() {
    let scene = Scene::new(Mode::Enforce, Duration::ZERO);
    let path = scene.model("x");
    scene.open(&path);
    scene.gate.expire(Duration::ZERO);
    assert_eq!(scene.kernel.told(), [Reply::Deny]);
    assert_eq!(scene.records.answers(), [Answer::DenyUnknown]);
}

#[test]
fn a_writer_refuses_an_accepted_file() {
    let scene = Scene::new(Mode::Enforce, LONG);
    let path = scene.model("x");
    scene.open(&path);
    let (id, key) = scene.asked();
    scene.gate.rule(id, key, Ruling::Allow);
    let _writer = File::options().append(true).open(&path).unwrap();
    scene.open(&path);
    assert_eq!(scene.records.answers(), [Answer::Allow, Answer::DenyWriter]);
}

#[test]
fn an_unverified_file_with_a_writer_is_not_readable() {
    let scene = Scene::new(Mode::Enforce, LONG);
    let path = scene.model("x");
    let _writer = File::options().append(true).open(&path).unwrap();
    scene.open(&path);
    assert_eq!(scene.kernel.told(), [Reply::Deny]);
    assert_eq!(scene.records.answers(), [Answer::DenyWriter]);
}

#[test]
fn an_empty_file_may_be_begun() {
    let scene = Scene::new(Mode::Enforce, LONG);
    let path = scene.model("");
    let _writer = File::options().append(true).open(&path).unwrap();
    scene.open(&path);
    assert_eq!(scene.kernel.told(), [Reply::Allow]);
}

#[test]
fn audit_answers_before_it_judges() {
    let scene = Scene::new(Mode::Audit, LONG);
    let path = scene.model("x");
    scene.open(&path);
    assert_eq!(scene.kernel.told(), [Reply::Allow]);
    let (id, key) = scene.asked();
    scene.gate.rule(id, key, Ruling::Deny);
    assert_eq!(scene.kernel.told(), [Reply::Allow]);
    assert_eq!(scene.records.answers(), [Answer::Deny]);
}

#[test]
fn a_file_outside_is_ignored_and_not_recorded() {
    let scene = Scene::new(Mode::Enforce, LONG);
    let path = scene.folder.path().join("free");
    std::fs::write(&path, "x").unwrap();
    scene.open(&path);
    assert_eq!(scene.kernel.told(), [Reply::Allow]);
    assert_eq!(*scene.kernel.ignored.lock().unwrap(), [Channel::Permission]);
    assert_eq!(scene.records.answers(), []);
}

#[test]
fn a_protected_inode_is_gated_whatever_its_path() {
    let scene = Scene::new(Mode::Enforce, LONG);
    let path = scene.folder.path().join("free");
    std::fs::write(&path, "x").unwrap();
    scene.gate.protect(Identity::of(File::open(&path).unwrap()).unwrap().inode());
    scene.open(&path);
    assert_eq!(scene.kernel.told(), []);
    scene.gate.deny_all();
    assert_eq!(scene.kernel.told(), [Reply::Deny]);
}

#[test]
fn a_consideration_is_joined_by_opens() {
    let scene = Scene::new(Mode::Enforce, LONG);
    let path = scene.model("x");
    let key = scene.gate.consider(1, File::open(&path).unwrap().into()).unwrap();
    scene.open(&path);
    assert_eq!(scene.kernel.told(), []);
    scene.gate.rule(1, key, Ruling::Deny);
    assert_eq!(scene.kernel.told(), [Reply::Deny]);
    assert_eq!(scene.gate.rulings(), 1);
}

#[test]
fn a_consideration_needs_a_regular_file_without_writers() {
    let scene = Scene::new(Mode::Enforce, LONG);
    let path = scene.model("x");
    assert!(scene.gate.consider(1, File::open(scene.folder.path()).unwrap().into()).is_none());
    let _writer = File::options().append(true).open(&path).unwrap();
    assert!(scene.gate.consider(1, File::open(&path).unwrap().into()).is_none());
}

#[test]
fn a_dead_daemons_considerations_end_and_open_files_wait_on() {
    let scene = Scene::new(Mode::Enforce, LONG);
    let path = scene.model("x");
    let key = scene.gate.consider(1, File::open(&path).unwrap().into()).unwrap();
    scene.gate.daemon_left();
    scene.gate.rule(1, key, Ruling::Allow);
    assert_eq!(scene.gate.rulings(), 0);
    scene.open(&path);
    let (first, _) = scene.asked();
    let (again, key) = scene.asked();
    assert_eq!(first, again);
    scene.gate.rule(again, key, Ruling::Allow);
    assert_eq!(scene.kernel.told(), [Reply::Allow]);
}

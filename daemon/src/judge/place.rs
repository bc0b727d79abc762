//! Finding where the file of a question belongs.
//!
//! The path in a question is a hint: it says where to look first, never what the answer is. A file counts as held by an
//! artifact, or as being under a root, only by its inode. This runs on a thread of its own that scans nothing, so that a
//! file outside is let go even while every judge waits; a worker's own program may be such a file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use assay_registries::caches::inventory_below;

use crate::catalogue::{Located, locate};
use crate::files;
use crate::queue::{Place, Question};
use crate::rescan;
use crate::roots::Root;
use crate::state::Shared;

/// Device and inode.
type Inode = (u64, u64);

/// Works until the queue is closed.
pub(crate) fn run(shared: &Shared) {
    while let Some(questions) = shared.queue.take_questions() {
        place_all(shared, questions);
    }
}

/// Finds the place of each question's file, and passes it on; answers for files outside.
pub(super) fn place_all(shared: &Shared, questions: Vec<Question>) {
    let mut unplaced = Vec::new();
    for question in questions {
        match at_once(shared, &question) {
            Some(place) => shared.queue.placed(question, place),
            None => unplaced.push(question),
        }
    }
    if unplaced.is_empty() {
        return;
    }
    let roots = shared.roots();
    let mut wanted: BTreeSet<Inode> = unplaced.iter().map(|question| question.key.inode()).collect();
    let mut places: BTreeMap<Inode, (&Root, PathBuf)> = BTreeMap::new();
    let mut unlisted = None;
    for root in &roots {
        let Located { found, everything } = locate(Path::new(&root.path), &wanted);
        for (inode, path) in found {
            wanted.remove(&inode);
            places.insert(inode, (root, path));
        }
        if !everything {
            unlisted = Some(root.path.clone());
        }
    }
    for question in unplaced {
        match (places.get(&question.key.inode()), &unlisted) {
            (Some((root, path)), _) => {
                let place = held(shared, root, path, question.key.inode());
                shared.queue.placed(question, place);
            }
            // Where not everything can be listed, "not seen" is no proof: the file is judged as if it were there.
            (None, Some(root)) => {
                let place = Place::Loose { root: root.clone(), path: PathBuf::from(&question.hint) };
                shared.queue.placed(question, place);
            }
            (None, None) => shared.guard.rule_outside(question.id, question.key),
        }
    }
}

/// The place as far as it is known without walking.
fn at_once(shared: &Shared, question: &Question) -> Option<Place> {
    let inode = question.key.inode();
    let holders = shared.catalogue().holders(inode);
    if !holders.is_empty() {
        return Some(Place::Held(holders));
    }
    let hint = Path::new(&question.hint);
    let roots = shared.roots();
    let root = roots.iter().find(|root| hint.starts_with(&root.path))?;
    let there = files::key_at(hint).is_ok_and(|key| key.inode() == inode);
    there.then(|| held(shared, root, hint, inode))
}

/// The file is at `path` under `root`: looks which artifacts hold it.
fn held(shared: &Shared, root: &Root, path: &Path, inode: Inode) -> Place {
    match inventory_below(&root.cache, path) {
        Ok(inventory) => {
            let changes = shared.catalogue().merge(&root.path, inventory);
            rescan::follow(shared, changes);
        }
        Err(error) => tracing::warn!(%error, root = %root.path, "inventory"),
    }
    let holders = shared.catalogue().holders(inode);
    if holders.is_empty() {
        Place::Loose { root: root.path.clone(), path: path.to_owned() }
    } else {
        Place::Held(holders)
    }
}

//! Local model caches: where they are, which artifacts they hold, and what their layout claims about the content.
//!
//! Each layout is one file: its artifact boundaries, its claims, its names of downloads in flight. Nothing here opens a
//! model file: the caller opens [`FoundFile::path`], hashes that descriptor and compares it with the claims.
//! Symbolic links are followed step by step and only inside the same root; one that leaves it is a problem that is
//! listed, and its target is never touched. A file that two artifacts share appears in both.

mod discover;
mod hf;
mod hf_trees;
mod kagglehub;
mod keras;
mod links;
mod llama_cpp;
mod lm_studio;
mod mlflow;
mod modelscope;
mod nltk;
mod ollama;
mod plain;
mod read;
mod torch;
mod units;
mod walk;
mod whisper;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use assay_core::{Claim, Source};

pub use discover::discover;

use units::Units;
use walk::Walk;

/// Where to look for caches; an argument, so that neither the environment nor the user database is read here.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// Home directories.
    pub homes: Vec<PathBuf>,
    /// Environment variables that move caches.
    pub vars: BTreeMap<String, String>,
}

/// One cache: a directory and how it is laid out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CacheRoot {
    /// The layout.
    pub source: Source,
    /// The directory.
    pub path: PathBuf,
}

/// One file of an artifact on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundFile {
    /// Its name in the artifact, `/`-separated. A component that is not UTF-8 is shown as far as it is, then `//` and
    /// its bytes in hexadecimal, so two names never become one.
    pub name: String,
    /// The regular file to open, after all links.
    pub path: PathBuf,
    /// What its place claims about its content, and where the claim stands.
    pub claims: Vec<(Claim, String)>,
}

/// One artifact on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundArtifact {
    /// Its source.
    pub source: Source,
    /// Its reference, unique in its root. What belongs to no model, or to none yet, has a `!` after the part that
    /// names what it belongs to: `hf://org/name!blobs/<etag>`, `ollama://!blobs/sha256-<hex>`.
    pub reference: String,
    /// Its files, ordered by name.
    pub files: Vec<FoundFile>,
}

/// What a root holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// Artifacts, ordered by reference.
    pub artifacts: Vec<FoundArtifact>,
    /// Files and directories whose names say that a download has not finished.
    pub in_flight: Vec<PathBuf>,
    /// Every directory that was listed; a watcher needs them all.
    pub directories: Vec<PathBuf>,
    /// What could not be looked at or was refused, each one sentence that is safe to show.
    pub problems: Vec<String>,
}

/// Lists every artifact of a root.
///
/// # Errors
/// The root itself is not a directory that can be listed. Anything below it that fails is a problem in the result.
pub fn inventory(root: &CacheRoot) -> io::Result<Inventory> {
    let path = root.path.canonicalize()?;
    let mut walk = Walk::new(&path)?;
    whole(root.source, &mut walk);
    Ok(walk.finish())
}

/// Lists the artifacts that a change at or below `changed` can have touched; maybe more, never fewer.
///
/// An artifact that is gone is not in the result: compare references with those known for the same place.
///
/// # Errors
/// As [`inventory`].
pub fn inventory_below(root: &CacheRoot, changed: &Path) -> io::Result<Inventory> {
    let path = root.path.canonicalize()?;
    let mut walk = Walk::new(&path)?;
    let below = changed.strip_prefix(&root.path).or_else(|_| changed.strip_prefix(&path));
    match below.ok().filter(|below| !below.as_os_str().is_empty()) {
        Some(below) => part(root.source, &mut walk, below),
        None => whole(root.source, &mut walk),
    }
    Ok(walk.finish())
}

/// How a source's places are laid out.
enum Layout {
    Hf,
    Ollama,
    Plain,
    Units(&'static Units),
}

fn layout(source: Source) -> Layout {
    match source {
        // What is pulled from a registry and put into a folder is a folder.
        Source::Dir | Source::Oci => Layout::Plain,
        Source::Hf => Layout::Hf,
        Source::Kagglehub => Layout::Units(&kagglehub::LAYOUT),
        Source::Keras => Layout::Units(&keras::LAYOUT),
        Source::LlamaCpp => Layout::Units(&llama_cpp::LAYOUT),
        Source::LmStudio => Layout::Units(&lm_studio::LAYOUT),
        Source::Mlflow => Layout::Units(&mlflow::LAYOUT),
        Source::Modelscope => Layout::Units(&modelscope::LAYOUT),
        Source::Nltk => Layout::Units(&nltk::LAYOUT),
        Source::Ollama => Layout::Ollama,
        Source::Torch => Layout::Units(&torch::LAYOUT),
        Source::Whisper => Layout::Units(&whisper::LAYOUT),
    }
}

fn whole(source: Source, walk: &mut Walk) {
    match layout(source) {
        Layout::Hf => hf::whole(walk),
        Layout::Ollama => ollama::whole(walk),
        Layout::Plain => plain::whole(walk),
        Layout::Units(units) => units.whole(walk),
    }
}

fn part(source: Source, walk: &mut Walk, below: &Path) {
    match layout(source) {
        Layout::Hf => hf::part(walk, below),
        // A few small manifests say which blobs belong to which model: all of them are read again.
        Layout::Ollama => ollama::whole(walk),
        Layout::Plain => plain::part(walk, below),
        Layout::Units(units) => units.part(walk, below),
    }
}

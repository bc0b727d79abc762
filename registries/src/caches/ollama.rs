//! The Ollama store: `manifests/<host>/<namespace>/<model>/<tag>` and `blobs/sha256-<hex>`.
//!
//! Source: Ollama `manifest/` and `server/`. A manifest is an OCI image manifest whose layers and config are blobs; each
//! manifest is one artifact `ollama://<host>/<namespace>/<model>:<tag>` with the manifest and its blobs, named by the last
//! part of their media type. Blobs that no manifest names are `ollama://!blobs/<name>`, other files `ollama://!<path>`.
//! Claims: a blob's name is its SHA-256; the manifest gives sizes. Downloads in flight are `…-partial`, `…-partial-<n>`.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use assay_core::{Claim, Sha256, Source};
use serde::Deserialize;

use super::FoundFile;
use super::links::Resolved;
use super::units::{files_below, is_unfinished, unit};
use super::walk::{Entry, Kind, Walk, relative, text, unclaimed};

/// Layers of one model; models in safetensors have one per tensor, a few thousand.
const MAX_LAYERS: usize = 50_000;

/// The largest manifest; what registries accept at most.
const MAX_MANIFEST_BYTES: usize = 4 << 20;

/// Every artifact.
pub(super) fn whole(walk: &mut Walk) {
    let mut manifests = None;
    let mut blobs = Blobs::default();
    for entry in walk.list_root() {
        match (entry.name.to_str(), entry.kind) {
            (Some("manifests"), Kind::Directory) => manifests = Some(entry.path),
            (Some("blobs"), Kind::Directory) => blobs.list(walk, &entry.path),
            _ => unit(walk, Source::Ollama, format!("ollama://!{}", text(&entry.name)), &entry),
        }
    }
    if let Some(manifests) = manifests {
        for entry in walk.below(&manifests, |_, _| false) {
            blobs.model(walk, &manifests, &entry);
        }
    }
    blobs.unnamed(walk);
}

/// The blobs of a store.
#[derive(Default)]
struct Blobs {
    by_digest: BTreeMap<Sha256, FoundFile>,
    named: BTreeSet<Sha256>,
    others: Vec<FoundFile>,
}

impl Blobs {
    fn list(&mut self, walk: &mut Walk, directory: &Path) {
        for entry in walk.list(directory) {
            if entry.kind == Kind::Directory {
                self.others.extend(files_below(walk, &entry.path, directory));
                continue;
            }
            if entry.kind == Kind::File && is_partial(&entry) {
                walk.in_flight(entry.path);
                continue;
            }
            let Some(path) = regular(walk, &entry) else { continue };
            self.add(text(&entry.name), path);
        }
    }

    fn add(&mut self, name: String, path: PathBuf) {
        let Some(digest) = digest(&name) else {
            self.others.push(unclaimed(name, path));
            return;
        };
        // One digest can be spelled in several ways, and each is a file; Ollama opens the first of these.
        let usual = name == format!("sha256-{digest}");
        let file = claimed(name, path, digest);
        if usual || !self.by_digest.contains_key(&digest) {
            self.others.extend(self.by_digest.insert(digest, file));
        } else {
            self.others.push(file);
        }
    }

    /// One manifest and its blobs.
    fn model(&mut self, walk: &mut Walk, manifests: &Path, entry: &Entry) {
        let Some(path) = regular(walk, entry) else { return };
        let place = relative(&entry.path, manifests);
        let Some(reference) = reference(&place) else {
            let file = unclaimed(place.clone(), path);
            walk.artifact(Source::Ollama, format!("ollama://!manifests/{place}"), vec![file]);
            return;
        };
        let mut files = vec![unclaimed("manifest.json".to_owned(), path.clone())];
        let mut names = BTreeMap::new();
        let manifest = Manifest::read(walk, &path).unwrap_or_else(|error| {
            walk.problem(&entry.path, &format!("is no manifest that counts: {error}"));
            Manifest::default()
        });
        for layer in manifest.config.iter().chain(&manifest.layers) {
            if !walk.charge() {
                walk.problem(&entry.path, "names more layers than the limit; the rest is listed as blobs");
                break;
            }
            let Some(digest) = digest(&layer.digest) else {
                walk.problem(&entry.path, "names a layer without a SHA-256 digest");
                continue;
            };
            let Some(blob) = self.by_digest.get(&digest) else {
                walk.problem(&entry.path, &format!("names the blob sha256:{digest}, which is not there"));
                continue;
            };
            self.named.insert(digest);
            let mut file = claimed(layer_name(&layer.media_type, &mut names), blob.path.clone(), digest);
            file.claims.push((Claim::Size(layer.size), "manifest".to_owned()));
            files.push(file);
        }
        walk.artifact(Source::Ollama, reference, files);
    }

    fn unnamed(self, walk: &mut Walk) {
        let unnamed = self.by_digest.into_iter().filter(|(digest, _)| !self.named.contains(digest));
        for file in unnamed.map(|(_, file)| file).chain(self.others) {
            walk.artifact(Source::Ollama, format!("ollama://!blobs/{}", file.name), vec![file]);
        }
    }
}

/// The regular file of an entry, through links inside the store.
fn regular(walk: &mut Walk, entry: &Entry) -> Option<PathBuf> {
    match entry.kind {
        Kind::File => return Some(entry.path.clone()),
        Kind::Directory => {}
        Kind::Special => walk.problem(&entry.path, "is no regular file"),
        Kind::Link => match walk.resolve(&entry.path, |_| true) {
            Resolved::File(mut hops) => return hops.pop(),
            Resolved::Directory => {}
            Resolved::Refused(why) => walk.problem(&entry.path, why),
        },
    }
    None
}

fn claimed(name: String, path: PathBuf, digest: Sha256) -> FoundFile {
    FoundFile { name, path, claims: vec![(Claim::Sha256(digest), "blob name".to_owned())] }
}

/// Whether a blob's download has not finished.
fn is_partial(entry: &Entry) -> bool {
    let name = entry.name.to_string_lossy();
    is_unfinished(entry) || name.contains("-partial") || name.ends_with(".tmp")
}

/// `sha256-<hex>` on disk, `sha256:<hex>` in manifests and in stores of old versions.
fn digest(text: &str) -> Option<Sha256> {
    text.strip_prefix("sha256")
        .and_then(|rest| rest.strip_prefix(['-', ':']))
        .and_then(|hex| hex.parse().ok())
}

/// The reference of a manifest by its place, if the place is one where Ollama puts manifests.
fn reference(place: &str) -> Option<String> {
    let mut parts = place.split('/');
    let (host, namespace) = (parts.next()?, parts.next()?);
    let (model, tag) = (parts.next()?, parts.next()?);
    let plain = |part: &str| {
        !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    let host_is_plain = host.split(':').count() <= 2 && host.split(':').all(plain);
    let rest_is_plain = plain(namespace) && plain(model) && plain(tag);
    (parts.next().is_none() && host_is_plain && rest_is_plain)
        .then(|| format!("ollama://{host}/{namespace}/{model}:{tag}"))
}

/// A layer's name: the last part of its media type, numbered from the second on.
fn layer_name(media_type: &str, names: &mut BTreeMap<String, u32>) -> String {
    let kind = media_type.rsplit(['.', '/']).next().unwrap_or_default();
    let plain =
        !kind.is_empty() && kind.len() <= 64 && kind.chars().all(|c| c.is_ascii_alphanumeric() || c == '+');
    let kind = if plain { kind } else { "layer" };
    let count = names.entry(kind.to_owned()).or_default();
    *count = count.saturating_add(1);
    if *count == 1 { kind.to_owned() } else { format!("{kind}.{count}") }
}

/// What is read of a manifest.
#[derive(Default, Deserialize)]
struct Manifest {
    config: Option<Layer>,
    #[serde(default)]
    layers: Vec<Layer>,
}

#[derive(Deserialize)]
struct Layer {
    #[serde(rename = "mediaType", default)]
    media_type: String,
    digest: String,
    size: u64,
}

impl Manifest {
    fn read(walk: &mut Walk, path: &Path) -> io::Result<Self> {
        let bytes = walk.small(path)?;
        if bytes.len() > MAX_MANIFEST_BYTES {
            return Err(io::Error::other("larger than 4 MiB"));
        }
        let manifest: Self = serde_json::from_slice(&bytes)?;
        if manifest.layers.len() > MAX_LAYERS {
            return Err(io::Error::other("too many layers"));
        }
        Ok(manifest)
    }
}

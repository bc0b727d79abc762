//! `GET /v1/explain`: digest, evidence, rule, verdict.

use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use assay_core::wire::api::{Explanation, Holding};
use assay_core::wire::guard::Ruling;
use assay_core::wire::worker::{Lines, Scan};
use assay_core::{FileFact, Sha256};
use axum::Json;
use axum::extract::{Query, State};
use serde::Deserialize;

use super::{Api, Problem};
use crate::files;
use crate::judge::ruling_of;
use crate::state::Shared;
use crate::store::StoreError;

/// The most paths and artifacts named in one explanation.
const MAX_NAMED: u32 = 100;

/// The query.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Asked {
    path: Option<PathBuf>,
    digest: Option<Sha256>,
    #[serde(default)]
    lines: bool,
}

/// What is asked about.
enum Subject {
    Path(PathBuf),
    Digest(Sha256),
}

/// Why a file or an artifact has the verdict it has.
pub(crate) async fn explain(
    State(api): State<Api>,
    Query(asked): Query<Asked>,
) -> Result<Json<Explanation>, Problem> {
    let subject = match (asked.path, asked.digest) {
        (Some(path), None) if path.is_absolute() => Subject::Path(path),
        (None, Some(digest)) => Subject::Digest(digest),
        (Some(_), None) => return Err(Problem::refused("the path is not absolute")),
        (Some(_), Some(_)) | (None, None) => return Err(Problem::refused("pass either path or digest")),
    };
    let explained = api.blocking(move |shared| explanation(shared, &subject)).await?;
    let mut explained = explained.ok_or_else(|| Problem::missing("nothing is known about it"))?;
    if asked.lines {
        let _permit = Arc::clone(&api.rescans)
            .try_acquire_owned()
            .map_err(|_| Problem::busy("another explanation is being prepared"))?;
        let (paths, fact) = (explained.paths.clone(), explained.file.clone());
        explained.lines = api.blocking(move |shared| lines(shared, &paths, fact.as_ref())).await?;
    }
    Ok(Json(explained))
}

fn explanation(shared: &Shared, subject: &Subject) -> Result<Option<Explanation>, StoreError> {
    let (text, sha256) = match subject {
        Subject::Path(path) => (path.display().to_string(), content_at(shared, path)?),
        Subject::Digest(digest) => (format!("sha256:{digest}"), Some(*digest)),
    };
    let Some(sha256) = sha256 else { return Ok(None) };
    let holdings = shared.store.holdings(&sha256, MAX_NAMED)?;
    let content = shared.store.content(&sha256, &shared.scanner)?;
    let mut ruling = None;
    if let Some(content) = &content {
        for (_, root, _) in &holdings {
            let here = ruling_of(shared, content, root)?;
            ruling = if ruling == Some(Ruling::Allow) { ruling } else { Some(here) };
        }
    }
    let mut file = None;
    let mut held_by = Vec::new();
    for (holding, _, fact) in holdings {
        file = worse(file, fact);
        held_by.push(holding);
    }
    file = file.or_else(|| content.as_ref().map(|content| content.to_fact(&content.name)));
    let manifests: Vec<Holding> = shared.store.by_manifest(&sha256)?;
    held_by.extend(manifests);
    if file.is_none() && held_by.is_empty() {
        return Ok(None);
    }
    let paths = shared.store.paths_of(&sha256, MAX_NAMED)?;
    Ok(Some(Explanation { subject: text, file, paths, held_by, ruling, lines: Vec::new() }))
}

/// Of two facts about the same content, the one with a claim that does not hold: it explains more.
fn worse(one: Option<FileFact>, other: Option<FileFact>) -> Option<FileFact> {
    let broken = |fact: &FileFact| fact.claims.iter().any(|claim| !claim.matches);
    match (one, other) {
        (Some(one), Some(other)) => Some(if broken(&other) && !broken(&one) { other } else { one }),
        (one, other) => one.or(other),
    }
}

/// The content of the file at a path, known under exactly the key it has now; of a file that is gone, what was last
/// judged there.
pub(super) fn content_at(shared: &Shared, path: &Path) -> Result<Option<Sha256>, StoreError> {
    let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    match files::key_at(&real) {
        Ok(key) => {
            let known = shared.store.known_file(key.inode())?;
            Ok(known.filter(|known| known.key == key).map(|known| known.sha256))
        }
        Err(_) => shared.store.content_at(&real.to_string_lossy()),
    }
}

/// What a program in the file would do: the file is scanned again, if it is still there as it was judged.
fn lines(shared: &Shared, paths: &[String], fact: Option<&FileFact>) -> Result<Vec<String>, StoreError> {
    let Some((fact, sha256)) = fact.and_then(|fact| Some((fact, fact.sha256?))) else {
        return Ok(Vec::new());
    };
    for path in paths {
        let Ok((file, key)) = files::open(Path::new(path)) else { continue };
        let known = shared.store.known_file(key.inode())?;
        if known.is_none_or(|known| known.key != key || known.sha256 != sha256) {
            continue;
        }
        let request = Scan {
            name: fact.name.clone(),
            limits: shared.limits.clone(),
            lines: Lines::Send,
            digests: Vec::new(),
        };
        let outcome = shared.scanning.scan(file.as_fd(), &request);
        if outcome.sha256 == Some(sha256) {
            return Ok(outcome.lines);
        }
    }
    Ok(Vec::new())
}

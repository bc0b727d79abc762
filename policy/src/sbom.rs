//! The demand for an SBOM that holds to a level.

use std::collections::{BTreeMap, BTreeSet};

use assay_core::{Decision, Evidence, FileFact, FileState, SbomLevel, shown};

use crate::built_in;
use crate::reasons::{Reasons, names};
use crate::signature;

const REMEDY: &str = "describe every file and its SHA-256 in a CycloneDX SBOM, such as model.cdx.json";

/// Some SBOM of the artifact holds to `level`, and accounts for every file of it.
pub(crate) fn check(evidence: &Evidence, level: SbomLevel, reasons: &mut Reasons<'_>) {
    let Some(best) = evidence.sboms.iter().max_by_key(|fact| fact.level) else {
        return reasons.artifact(Decision::Deny, "no SBOM".to_owned(), Some(REMEDY.to_owned()));
    };
    if best.level < level {
        let why = match best.problems.as_slice() {
            [] => String::new(),
            problems => format!(": {}", names(problems.iter().map(String::as_str))),
        };
        let message = format!("the SBOM holds to {} only, not to {}{why}", name(best.level), name(level));
        return reasons.file(Decision::Deny, &best.file, message, Some(REMEDY.to_owned()));
    }
    let accounted: BTreeMap<&str, FileState> =
        best.files.iter().map(|entry| (entry.name.as_str(), entry.state)).collect();
    let companions = companions(evidence);
    let content = evidence.files.iter().filter(|file| !speaks_of_others(file, &companions));
    for file in content.filter(|file| !holds(file, accounted.get(file.name.as_str()), level)) {
        let message = format!("is not accounted for by the SBOM {}", shown(&best.file));
        reasons.file(Decision::Deny, &file.name, message, Some(REMEDY.to_owned()));
    }
    if reasons.good() {
        let message = format!("{} {} holds to {}", best.format, shown(&best.file), name(best.level));
        reasons.artifact(Decision::Allow, message, None);
    }
}

/// Whether a file's standing is enough for the level. What SBOMs never list (git's own, download caches) may be left
/// out as long as nothing can load it.
fn holds(file: &FileFact, state: Option<&FileState>, level: SbomLevel) -> bool {
    let left_out = state == Some(&FileState::Ignored) && !built_in::is_loadable(file);
    match level {
        SbomLevel::Invalid | SbomLevel::Document => true,
        SbomLevel::Inventory => left_out || matches!(state, Some(FileState::Verified | FileState::Unhashed)),
        SbomLevel::Integrity | SbomLevel::Bound => left_out || state == Some(&FileState::Verified),
    }
}

/// The names of SBOMs and signatures that are well formed.
fn companions(evidence: &Evidence) -> BTreeSet<&str> {
    let sboms = evidence.sboms.iter().filter(|fact| fact.level > SbomLevel::Invalid);
    let mut names = signature::well_formed(evidence);
    names.extend(sboms.map(|fact| fact.file.as_str()));
    names
}

/// Whether a file is an SBOM or a signature: an SBOM need not list them. A file in which a format is recognised is
/// content, whatever its name.
fn speaks_of_others(file: &FileFact, companions: &BTreeSet<&str>) -> bool {
    file.formats.is_empty() && companions.contains(file.name.as_str())
}

const fn name(level: SbomLevel) -> &'static str {
    match level {
        SbomLevel::Invalid => "invalid",
        SbomLevel::Document => "document",
        SbomLevel::Inventory => "inventory",
        SbomLevel::Integrity => "integrity",
        SbomLevel::Bound => "bound",
    }
}

//! An MLflow artifact store on disk, `mlruns/`.
//!
//! Source: MLflow 3 `store/artifact/local_artifact_repo.py`. Logged models are `<experiment>/models/m-<id>/`, artifacts of
//! runs are `<experiment>/<run>/artifacts/<name>`; each is one artifact, as is each other small folder of a run. MLflow
//! keeps no digests and files can change, so the layout claims nothing.

use assay_core::Source;

use super::units::Units;

/// The layout.
pub(super) static LAYOUT: Units = Units { source: Source::Mlflow, shelves: &["*", "*/*", "*/*/artifacts"] };

//! The `ModelScope` cache, `$MODELSCOPE_CACHE` or `~/.cache/modelscope`.
//!
//! Source: `modelscope/hub/utils/caching.py`. `models/<owner>--<name>/snapshots/<revision>/…` and the older
//! `hub/<owner>/<name>/…`, `hub/models/<owner>/<name>/…`; each is one artifact. Downloads in flight are `<file>.incomplete`,
//! or lie in `._____temp/`, which is listed like any folder. The layout claims nothing.

use assay_core::Source;

use super::units::Units;

/// The layout.
pub(super) static LAYOUT: Units = Units {
    source: Source::Modelscope,
    shelves: &[
        "models",
        "models/*",
        "models/*/snapshots",
        "datasets",
        "datasets/*",
        "datasets/*/snapshots",
        "hub",
        "hub/*",
        "hub/models/*",
        "hub/datasets/*",
    ],
};

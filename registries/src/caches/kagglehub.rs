//! The Kaggle cache, `$KAGGLEHUB_CACHE` or `~/.cache/kagglehub`, which `keras_hub` uses too.
//!
//! Source: `kagglehub/cache.py` 1.0. `models/<owner>/<model>/<framework>/<variation>/<version>/…`,
//! `datasets/<owner>/<dataset>/versions/<version>/…`; each version is one artifact, and the `<version>.complete` marker and
//! the `<version>.archive` it was unpacked from are artifacts of one file. The layout claims nothing.

use assay_core::Source;

use super::units::Units;

/// The layout.
pub(super) static LAYOUT: Units = Units {
    source: Source::Kagglehub,
    shelves: &[
        "models",
        "models/*",
        "models/*/*",
        "models/*/*/*",
        "models/*/*/*/*",
        "datasets",
        "datasets/*",
        "datasets/*/*",
        "datasets/*/*/versions",
    ],
};

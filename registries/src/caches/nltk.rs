//! The NLTK data folder, `$NLTK_DATA` or `~/nltk_data`: `corpora/`, `taggers/`, `tokenizers/` and others.
//!
//! Source: `nltk/downloader.py`, `nltk/data.py`. Each package is an archive and the folder it was unpacked to, each one
//! artifact `nltk://<kind>/<package>`. Older packages are pickles. The layout claims nothing.

use assay_core::Source;

use super::units::Units;

/// The layout.
pub(super) static LAYOUT: Units = Units { source: Source::Nltk, shelves: &["*"] };

//! The Keras cache, `$KERAS_HOME` or `~/.keras`: `models/` and `datasets/`, one file or extracted directory per entry.
//!
//! Source: `keras/src/utils/file_utils.py`. References: `keras://models/<name>`. Keras downloads straight to the final
//! name, so a file is ready when its writer is gone, not when it appears. The layout claims nothing.

use assay_core::Source;

use super::units::Units;

/// The layout.
pub(super) static LAYOUT: Units = Units { source: Source::Keras, shelves: &["datasets", "models"] };

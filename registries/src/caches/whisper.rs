//! The Whisper cache, `~/.cache/whisper`: one checkpoint `<name>.pt` per entry.
//!
//! Source: `whisper/__init__.py`. Whisper downloads straight to the final name, so a file is ready when its writer is
//! gone. The expected digests are in the package and not in the cache, so the layout claims nothing.

use assay_core::Source;

use super::units::Units;

/// The layout.
pub(super) static LAYOUT: Units = Units { source: Source::Whisper, shelves: &[] };

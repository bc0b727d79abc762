//! The LM Studio model folder, `~/.lmstudio/models` (before: `~/.cache/lm-studio/models`).
//!
//! Source: LM Studio documentation. `<publisher>/<model>/*.gguf`; each model folder is one artifact
//! `lm-studio://<publisher>/<model>`. The layout claims nothing.

use assay_core::Source;

use super::units::Units;

/// The layout.
pub(super) static LAYOUT: Units = Units { source: Source::LmStudio, shelves: &["*"] };

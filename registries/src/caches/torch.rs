//! The torch hub cache, `$TORCH_HOME/hub`: `checkpoints/<file>.pth`, and one directory of Python code per repository.
//!
//! Source: `torch/hub.py`. References: `torch://checkpoints/<file>`, `torch://<owner>_<repo>_<ref>`. Downloads in flight
//! are `<file>.<uuid>.partial`. The eight hex digits that torch puts into checkpoint names are a prefix of a digest and
//! are not taken for a claim.

use assay_core::Source;

use super::units::Units;

/// The layout.
pub(super) static LAYOUT: Units = Units { source: Source::Torch, shelves: &["checkpoints"] };

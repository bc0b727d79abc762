//! The llama.cpp cache, `$LLAMA_CACHE` or `~/.cache/llama.cpp`: one GGUF file per entry.
//!
//! Source: llama.cpp `common/common.cpp`. Newer versions keep models in the Hugging Face cache instead. Each file is an
//! artifact; the `<file>.json` beside it is the ETag it came with, which is no digest, so the layout claims nothing.

use assay_core::Source;

use super::units::Units;

/// The layout.
pub(super) static LAYOUT: Units = Units { source: Source::LlamaCpp, shelves: &[] };

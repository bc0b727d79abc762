//! Which operators OpenVINO brings along.

mod operators;

pub(crate) use operators::{OWN, TOKENIZERS};

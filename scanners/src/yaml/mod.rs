//! Reads YAML as a bounded tree with offsets, and keeps every tag.
//!
//! The grammar is that of `saphyr-parser` (YAML 1.2). Loaders of models use YAML 1.1, where three more characters end a
//! line, so that a comment of one reader is a key of another: such a text is read both ways. Aliases of scalars are
//! replaced by what they stand for; aliases of collections are not followed, because what they stand for is in the tree
//! already, where its anchor is.
//! Source: YAML 1.2.2 and 1.1; `PyYAML` `reader.py`, `scanner.py`.

mod offsets;
mod relaxed;
mod tags;
mod text;
mod tree;

pub(crate) use self::tags::{Request, request};
pub(crate) use self::text::decode;
pub(crate) use self::tree::{Stream, Tag, read};

//! Compiled Python: what a marshalled code object names, without running or disassembling it.
//!
//! Source: CPython `Python/marshal.c`, `Lib/importlib/_bootstrap_external.py` (header of `.pyc` files and magic numbers).
//! Code objects have other fields in each generation of Python; a stream is read by the layout that fits it to its end.

mod marshal;
mod words;

pub(crate) use self::marshal::{Code, Layout, read};
pub(crate) use self::words::dangerous;

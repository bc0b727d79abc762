//! Which globals are harmless, and which are known to be dangerous. Tables only.
//!
//! A harmless entry is exact: module, name and how picklers use it. It was put here because the thing it names, used so,
//! computes a value from its arguments and touches nothing else.

mod compat;
mod dangerous;
mod frameworks;
mod numpy;
mod pandas;
mod sklearn;
mod stdlib;
mod torch;

pub(super) use self::compat::{MODULES as RENAMED_MODULES, NAMES as RENAMED_NAMES};
pub(super) use self::dangerous::{GLOBALS, MODULES, STEPS};
use super::judge::Harmless;

/// Every harmless global.
pub(super) const HARMLESS: &[&[Harmless]] =
    &[stdlib::TABLE, numpy::TABLE, torch::TABLE, sklearn::TABLE, pandas::TABLE, frameworks::TABLE];

//! torch (0.3 to 2.15) and torchvision.
//!
//! Source: the functions torch's own `__reduce_ex__` methods name, the default list of `torch.load(weights_only=True)`,
//! and the classes of its packages whose making and `__setstate__` run nothing but their own arithmetic.

mod distributions;
mod modules;
mod storages;
mod tensors;
mod training;
mod vision;

use super::super::judge::Harmless;

pub(super) const TABLES: &[&[Harmless]] =
    &[FILES, tensors::TABLE, modules::TABLE, METHODS, training::TABLE, distributions::TABLE, vision::TABLE];

/// What only files of torch name.
pub(super) const FILES: &[Harmless] = storages::TABLE;

pub(super) const METHODS: &[Harmless] = modules::METHODS;

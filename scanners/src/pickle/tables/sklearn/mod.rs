//! scikit-learn: estimators and what they hold, as the library's own modules define them (0.18 to 1.9).
//!
//! An estimator's constructor and `__setstate__` only take attributes. Left out on purpose: classes that run things
//! (`utils.parallel`), test helpers, callbacks, and data set downloads.

mod choosing;
mod predicting;
mod transforming;

use super::super::judge::Harmless;

pub(super) const TABLES: &[&[Harmless]] = &[choosing::TABLE, predicting::TABLE, transforming::TABLE];

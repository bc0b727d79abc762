//! Verification of model signatures.

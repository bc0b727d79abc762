//! What assay says and others can check: its signing key, DSSE envelopes, signed verdicts, the hash-chained
//! audit log.
//!
//! Nothing here reads a clock, a file or the network: the daemon keeps the bytes, the command line shows them.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss
    )
)]

pub mod dsse;
mod key;
pub mod log;
pub mod vsa;

pub use key::{KeyError, SigningKey, VerifyingKey};

//! Verification of model signatures: `OpenSSF` Model Signing (OMS) by public key.
//!
//! [`verify_oms`] is a pure function over a signature's bytes and files that were already hashed. It says what the
//! signature proves and each file's standing under it; whether that is enough is policy's to say.
//!
//! What it does not do yet: certificates, Sigstore keyless, shard serialization, BLAKE digests, and the v0.2
//! predecessor of the format. Each is refused as unsupported, never taken for valid.
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

mod bundle;
mod coverage;
mod key;
mod manifest;
mod oms;
mod refusal;

pub use assay_core::is_signature_name;
pub use key::{KeyError, signer_of};
pub use oms::verify_oms;

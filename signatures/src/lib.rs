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

mod attestation;
mod bundle;
pub mod cosign;
mod coverage;
pub mod dsse;
mod fault;
pub mod git;
pub mod intoto;
mod json;
mod key;
mod manifest;
pub mod minisign;
pub mod notation;
mod oms;
pub mod openpgp;
mod proof;
mod refusal;
pub mod ssh;
pub mod x509;

pub use assay_core::is_signature_name;
pub use attestation::Attestation;
pub use fault::Fault;
pub use key::{KeyError, signer_of};
pub use oms::verify_oms;
pub use proof::{Method, Outcome, Proof, SignedBy};

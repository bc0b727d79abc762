//! Verification of model signatures: `OpenSSF` Model Signing (OMS) by key, by certificate and keyless by Sigstore.
//!
//! [`verify_oms`] is a pure function over a signature's bytes and files that were already hashed. It says what the
//! signature proves and each file's standing under it; whether that is enough is policy's to say. [`verify_artifact`]
//! does the same for a Sigstore bundle over any one artifact.
//!
//! What it does not do: read files, ask a network, know the time, or decide whom to trust; all that is in the request.
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

mod attached;
mod attestation;
mod bundle;
mod certificate;
pub mod cosign;
mod coverage;
mod digests;
pub mod dsse;
mod fault;
pub mod git;
pub mod intoto;
mod json;
mod key;
mod legacy;
mod manifest;
pub mod minisign;
mod names;
pub mod notation;
mod oms;
pub mod openpgp;
mod pem;
mod proof;
mod refusal;
mod shards;
mod sigstore;
pub mod ssh;
pub mod x509;

pub use assay_core::is_signature_name;
pub use attached::verify_attached;
pub use attestation::Attestation;
pub use digests::Digests;
pub use fault::Fault;
pub use key::{KeyError, signer_of};
pub use oms::{verify_oms, wanted_digests};
pub use proof::{Method, Outcome, Proof, SignedBy};
pub use sigstore::{ArtifactCheck, ArtifactKey, RootAge, Subject, embedded_roots, verify_artifact};

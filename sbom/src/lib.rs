//! SBOM documents checked against the bytes they describe: CycloneDX 1.4 to 1.7, JSON.
//!
//! [`check`] is a pure function over a document and files that were already hashed. It says how far the document holds
//! (`invalid`, `document`, `inventory`, `integrity`) and each file's standing; whether that is enough is policy's to
//! say. A missing, malformed or weak hash is a missing hash, never a match: most AI SBOMs have no other.
//!
//! What it does not do: signatures over SBOMs (so it never says `bound`), SPDX, XML, CycloneDX 2.0 drafts (refused by
//! name), licences, vulnerabilities. It never fetches anything a document names.
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

mod check;
mod claims;
mod document;
mod matching;
mod references;
mod schema;

pub use assay_core::is_sbom_name;
pub use check::check;
pub use schema::prepare_for_sandbox;

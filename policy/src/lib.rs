//! From evidence and policy to a verdict, as a pure function: no input, no output, no clock.
//!
//! The built-in demands ([`scan_verdict`] for one file) always apply. A policy file adds rules; every rule that
//! matches the artifact's reference applies, and all of them must pass. A verdict's decision is the worst of its
//! reasons, and an accepted artifact's verdict says what was demanded and met.
//!
//! What it does not do: read files (programs read those that [`Policy::trust_files`] names and hand their text to
//! [`Policy::with_files`]), except anything from a demand, or know modes.
#![forbid(unsafe_code)]

mod approval;
mod authority;
mod built_in;
mod demand;
mod document;
mod error;
mod files;
mod patterns;
mod policy;
mod reasons;
mod revocation;
mod rule;
mod sbom;
mod signature;

pub use built_in::scan_verdict;
pub use error::{PolicyError, Problem};
pub use files::{FileKind, TrustFile};
pub use policy::Policy;

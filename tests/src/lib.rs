//! Samples built by code, and what the tests that run programs from outside have in common.
//!
//! Every byte of a sample has a reason; payloads are inert (`true`).
#![forbid(unsafe_code)]

mod text;

pub mod namespace;
pub mod programs;
pub mod running;
pub mod samples;
pub mod servers;

pub use text::text;

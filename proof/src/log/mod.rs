//! The audit log: rows of JSON, each naming the SHA-256 of the row before, signed at checkpoints.
//!
//! A row is one line of JSON in exactly one spelling; its hash is that of the line's bytes without the newline. So
//! a log is checked with nothing but a JSON parser and SHA-256, and any edited, dropped, added or reordered row is
//! found: up to the last checkpoint by whoever holds the public key, after it by whoever kept a [`Head`].
//!
//! The scheme is that of Schneier and Kelsey, "Secure Audit Logs to Support Computer Forensics" (1999), with
//! public-key checkpoints instead of forward-secure keys: who holds assay's private key can write another history.

mod cef;
mod checkpoint;
mod entry;
mod event;
mod ocsf;
mod verifier;

pub use cef::cef;
pub use checkpoint::{Checkpoint, PAYLOAD_TYPE, checkpoint};
pub use entry::{Entry, Head, LogId, MAX_LINE_BYTES, Unreadable};
pub use event::{By, Event};
pub use ocsf::ocsf;
pub use verifier::{Fault, Problem, Summary, Verifier};

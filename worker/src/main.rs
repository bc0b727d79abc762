//! assay-worker: the one program that parses artifacts, in a sandbox.
#![forbid(unsafe_code)]

fn main() {}

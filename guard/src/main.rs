//! assay-guard: answers the kernel's permission events; parses nothing.
#![forbid(unsafe_code)]

fn main() {}

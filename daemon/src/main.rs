//! assayd: watches, judges, remembers and serves.
#![forbid(unsafe_code)]

fn main() {}

//! Samples built by code, and the tests that run programs from outside.

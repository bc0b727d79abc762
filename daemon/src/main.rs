//! assayd: watches, judges, remembers and serves.
#![forbid(unsafe_code)]

mod accounts;
mod args;
mod config;
mod paths;
mod privileges;
mod rename;
mod store;

fn main() {}

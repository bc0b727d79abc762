//! Real programs, run from outside.
#![cfg(test)]

mod attached;
mod conformance;
mod hub;
mod kills;
mod registry;
mod scan;
mod signing;

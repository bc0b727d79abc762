//! Real programs, run from outside.
#![cfg(test)]

mod scan;

//! The program from outside: what it prints, and what it ends with.
#![cfg(test)]

mod daemon;
mod demo;
mod explain;
mod help;
mod log;
mod oci;
mod policy;
mod program;
mod rules;
mod sarif;
mod scan;
mod signatures;
mod verify;

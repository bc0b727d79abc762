//! The real guard against the real kernel, with a daemon played by the test.
//!
//! Each test runs again in a private mount namespace, on file systems made for it (tmpfs and ext4 on a loop device), under
//! a watchdog: nothing the machine needs is ever marked, and nothing can stay held.
#![cfg(test)]

mod audit;
mod escapes;
mod failures;
mod freeze;
mod harness;
mod holding;
mod latency;
mod outside;
mod store;

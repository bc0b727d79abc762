//! What ARCHITECTURE.md promises about the shape of the project.
#![cfg(test)]

mod dependencies;
mod documents;
mod units;

//! Cache layouts, laid out by code in scratch folders.
#![cfg(test)]

mod discover;
mod hf;
mod ollama;
mod plain;
mod properties;
mod scratch;
mod shelves;

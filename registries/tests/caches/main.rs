//! Cache layouts, laid out by code in scratch folders.

#[cfg(test)]
mod discover;
#[cfg(test)]
mod hf;
#[cfg(test)]
mod ollama;
#[cfg(test)]
mod plain;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod scratch;
#[cfg(test)]
mod shelves;

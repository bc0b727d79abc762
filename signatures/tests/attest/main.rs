//! Signatures and attestations by other tools, of every method but model signing.

#[cfg(test)]
mod vectors;

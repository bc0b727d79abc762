//! Digests besides SHA-256 of the whole, taken from the same bytes as they pass by whoever reads a file.

use assay_core::wire::worker::{MAX_DIGESTS, MAX_SHARDS};
use assay_core::{ContentDigest, DigestKind, Hash};
use sha2::Digest as _;

/// Digests on their way through a file.
#[derive(Default)]
pub struct Digests {
    all: Vec<Running>,
}

impl Digests {
    /// Starts each kind once; what is beyond the limits is not taken, and SHA-256 of the whole neither.
    #[must_use]
    pub fn new(kinds: &[DigestKind]) -> Self {
        let mut kinds = kinds.to_vec();
        kinds.sort_unstable();
        kinds.dedup();
        kinds.retain(|kind| *kind != DigestKind::SHA256 && kind.shard != Some(0));
        kinds.truncate(MAX_DIGESTS);
        Self { all: kinds.into_iter().map(Running::new).collect() }
    }

    /// Takes the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        for running in &mut self.all {
            running.update(bytes);
        }
    }

    /// The digests of all that was taken.
    #[must_use]
    pub fn finish(self) -> Vec<ContentDigest> {
        self.all.into_iter().filter_map(Running::finish).collect()
    }
}

/// One kind of digest on its way through a file.
struct Running {
    kind: DigestKind,
    state: State,
    /// Bytes of the current shard that passed.
    filled: u64,
    /// Digests of the shards that are whole.
    done: Vec<u8>,
    shards: u64,
}

enum State {
    Blake2b(Box<blake2::Blake2b512>),
    Blake3(Box<blake3::Hasher>),
    Sha256(sha2::Sha256),
}

impl State {
    fn new(hash: Hash) -> Self {
        match hash {
            Hash::Blake2b => Self::Blake2b(Box::default()),
            Hash::Blake3 => Self::Blake3(Box::default()),
            Hash::Sha256 => Self::Sha256(sha2::Sha256::new()),
        }
    }

    fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Blake2b(state) => state.update(bytes),
            Self::Blake3(state) => {
                state.update(bytes);
            }
            Self::Sha256(state) => state.update(bytes),
        }
    }

    fn finish(self) -> Vec<u8> {
        match self {
            Self::Blake2b(state) => state.finalize().to_vec(),
            Self::Blake3(state) => state.finalize().as_bytes().to_vec(),
            Self::Sha256(state) => state.finalize().to_vec(),
        }
    }
}

impl Running {
    fn new(kind: DigestKind) -> Self {
        Self { kind, state: State::new(kind.hash), filled: 0, done: Vec::new(), shards: 0 }
    }

    fn update(&mut self, mut bytes: &[u8]) {
        let Some(size) = self.kind.shard else { return self.state.update(bytes) };
        while !bytes.is_empty() && self.shards <= MAX_SHARDS {
            let room = usize::try_from(size.saturating_sub(self.filled)).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.state.update(now);
            self.filled = self.filled.saturating_add(now.len() as u64);
            if self.filled >= size {
                self.close();
            }
            bytes = later;
        }
    }

    /// Ends the current shard.
    fn close(&mut self) {
        let state = std::mem::replace(&mut self.state, State::new(self.kind.hash));
        self.done.extend(state.finish());
        self.filled = 0;
        self.shards = self.shards.saturating_add(1);
    }

    /// `None` when there were more shards than anybody signs.
    fn finish(mut self) -> Option<ContentDigest> {
        if self.kind.shard.is_none() || self.filled > 0 {
            self.close();
        }
        (self.shards <= MAX_SHARDS).then(|| ContentDigest { kind: self.kind, hex: hex::encode(&self.done) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digests(kind: DigestKind, parts: &[&[u8]]) -> Vec<ContentDigest> {
        let mut extra = Digests::new(&[kind]);
        for part in parts {
            extra.update(part);
        }
        extra.finish()
    }

    #[test]
    fn shards_are_digested_alike_however_the_bytes_come() {
        let kind = DigestKind { hash: Hash::Sha256, shard: Some(4) };
        let whole = digests(kind, &[b"0123456789"]);
        assert_eq!(whole, digests(kind, &[b"0", b"12345", b"", b"6789"]));
        let each = [&b"0123"[..], b"4567", b"89"].map(|shard| hex::encode(sha2::Sha256::digest(shard)));
        assert_eq!(whole[0].hex, each.concat());
    }

    #[test]
    fn an_empty_file_has_a_digest_and_no_shards() {
        let shards = DigestKind { hash: Hash::Blake3, shard: Some(4) };
        assert_eq!(digests(shards, &[])[0].hex, "");
        let whole = DigestKind { hash: Hash::Blake2b, shard: None };
        assert_eq!(digests(whole, &[])[0].hex.len(), 128);
    }

    #[test]
    fn sha256_of_the_whole_and_shards_of_nothing_are_not_taken_again() {
        let nothing = DigestKind { hash: Hash::Sha256, shard: Some(0) };
        assert!(Digests::new(&[DigestKind::SHA256, nothing]).finish().is_empty());
    }

    #[test]
    fn more_shards_than_anybody_signs_give_nothing() {
        let kind = DigestKind { hash: Hash::Sha256, shard: Some(1) };
        let bytes = vec![0; usize::try_from(MAX_SHARDS).unwrap() + 1];
        assert!(digests(kind, &[&bytes]).is_empty());
        assert_eq!(digests(kind, &[&bytes[1..]]).len(), 1);
    }
}

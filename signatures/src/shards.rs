//! Shard serialization: each file in pieces of one size, each piece with a digest.
//!
//! Source: `OpenSSF` Model Signing v1.0 §6.2. A shard is named `path:start:end`; only the last two colons count, because
//! paths may hold colons. Empty files have no shards, so such a manifest cannot list them.

use std::collections::BTreeMap;

use assay_core::Hash;
use assay_core::wire::worker::MAX_SHARDS;

use crate::manifest::Listed;
use crate::refusal::Refusal;

/// The largest number that a JSON float holds exactly.
const MAX_EXACT: f64 = 9_007_199_254_740_992.0;

/// One piece as the manifest lists it.
pub(crate) struct Shard {
    /// `path:start:end`.
    pub(crate) name: String,
    /// Its digest, checked already.
    pub(crate) hex: String,
}

/// The size of every piece but the last.
pub(crate) fn size(written: Option<&serde_json::Number>) -> Result<u64, Refusal> {
    let number = written.ok_or_else(|| fault("it is missing"))?;
    let float = || number.as_f64().filter(|float| float.fract() == 0.0 && (1.0..MAX_EXACT).contains(float));
    let size = number.as_u64().or_else(|| float().and_then(|float| format!("{float:.0}").parse().ok()));
    size.filter(|size| *size > 0).ok_or_else(|| fault("it is not a positive whole number"))
}

fn fault(fault: &str) -> Refusal {
    Refusal::Malformed { part: "shard size", fault: fault.to_owned() }
}

/// Puts each file's pieces together: from its first byte, without gap or overlap, each but the last of the full size.
pub(crate) fn assemble(
    hash: Hash,
    size: u64,
    shards: impl Iterator<Item = Shard>,
) -> Result<BTreeMap<String, Listed>, Refusal> {
    let mut files: BTreeMap<String, BTreeMap<u64, (u64, String)>> = BTreeMap::new();
    for Shard { name, hex } in shards {
        let Some((path, start, end)) = parts(&name) else {
            return Err(Refusal::Resource { name, fault: "is not path:start:end" });
        };
        let pieces = files.entry(path.to_owned()).or_default();
        if pieces.insert(start, (end, hex)).is_some() {
            return Err(Refusal::Resource { name, fault: "is listed twice" });
        }
    }
    let file = |(path, pieces)| whole(hash, size, path, &pieces);
    files.into_iter().map(file).collect()
}

fn whole(
    hash: Hash,
    size: u64,
    path: String,
    pieces: &BTreeMap<u64, (u64, String)>,
) -> Result<(String, Listed), Refusal> {
    let mut at = 0_u64;
    let mut hex = String::with_capacity(pieces.len().saturating_mul(hash.bytes()).saturating_mul(2));
    for (start, (end, digest)) in pieces {
        let full = at.checked_rem(size) == Some(0);
        let length = end.checked_sub(*start).filter(|length| (1..=size).contains(length));
        if *start != at || !full || length.is_none() {
            return Err(Refusal::Resource {
                name: path,
                fault: "has shards with a gap, an overlap or a wrong size",
            });
        }
        at = *end;
        hex.push_str(digest);
    }
    if pieces.len() as u64 > MAX_SHARDS {
        return Err(Refusal::Resource { name: path, fault: "has more shards than can be checked" });
    }
    Ok((path, Listed { hex, size: Some(at) }))
}

fn parts(name: &str) -> Option<(&str, u64, u64)> {
    let mut parts = name.rsplitn(3, ':');
    let (end, start, path) = (parts.next()?, parts.next()?, parts.next()?);
    Some((path, number(start)?, number(end)?))
}

/// A number in its one spelling.
fn number(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assembled(size: u64, names: &[&str]) -> Result<Vec<(String, Option<u64>)>, String> {
        let shards = names.iter().map(|name| Shard { name: (*name).to_owned(), hex: "00".repeat(32) });
        let listed = assemble(Hash::Sha256, size, shards).map_err(|refusal| refusal.to_string())?;
        Ok(listed.into_iter().map(|(name, listed)| (name, listed.size)).collect())
    }

    #[test]
    fn pieces_in_any_order_make_a_file() {
        let files = assembled(4, &["b:0:1", "a:4:6", "a:0:4", "odd:name:0:4"]).unwrap();
        let expected = [("a", 6), ("b", 1), ("odd:name", 4)];
        assert_eq!(files, expected.map(|(name, size)| (name.to_owned(), Some(size))));
    }

    #[test]
    fn a_gap_an_overlap_a_repetition_or_a_wrong_size_is_refused() {
        for names in [
            &["a:4:8"][..],
            &["a:0:4", "a:8:9"],
            &["a:0:4", "a:3:6"],
            &["a:0:4", "a:0:4"],
            &["a:0:2", "a:2:4"],
            &["a:0:5"],
            &["a:0:0"],
            &["a:0:4", "a:4:4"],
            &["a:4:0"],
            &["a:00:4"],
            &["a:+0:4"],
            &["a:0"],
            &["a"],
        ] {
            assert!(assembled(4, names).is_err(), "{names:?}");
        }
    }

    #[test]
    fn a_shard_size_is_a_positive_whole_number_in_either_spelling() {
        let read = |json: &str| size(serde_json::from_str(json).ok().as_ref()).ok();
        assert_eq!(read("1000"), Some(1000));
        assert_eq!(read("1000.0"), Some(1000));
        assert_eq!(read("1e9"), Some(1_000_000_000));
        for bad in ["0", "-1", "0.5", "1e300", "1000.5"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert!(size(None).is_err());
    }
}

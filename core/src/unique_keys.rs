//! JSON (or any serde format) in which no object says the same key twice.

use std::collections::BTreeSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};

/// The most keys of one object. Real manifests have tens; the set of keys seen must stay small.
const MAX_KEYS: usize = 10_000;

/// Any value in which every object's keys are unique; reading it fails otherwise. Nothing of it is kept.
///
/// Parsers disagree on which of two equal keys counts, so a signed document with one reads differently to its signer
/// and to its verifier. Read a document as this first, then as what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UniqueKeys;

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> Visitor<'de> for AnyValue {
    type Value = UniqueKeys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value without repeated keys")
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_unit<E: Error>(self) -> Result<UniqueKeys, E> {
        Ok(UniqueKeys)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<UniqueKeys, A::Error> {
        while items.next_element::<UniqueKeys>()?.is_some() {}
        Ok(UniqueKeys)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<UniqueKeys, A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            entries.next_value::<UniqueKeys>()?;
            if seen.len() >= MAX_KEYS {
                return Err(A::Error::custom("too many keys in one object"));
            }
            if !seen.insert(key) {
                return Err(A::Error::custom("a key is there twice"));
            }
        }
        Ok(UniqueKeys)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<UniqueKeys, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }

    #[test]
    fn every_shape_of_json_is_read() {
        assert_eq!(read(r#"{"a":[1,-1,1.5,true,null,"x",{"a":{"a":1}}],"b":{}}"#), Ok(UniqueKeys));
    }

    #[test]
    fn a_repeated_key_is_found_at_any_depth_and_however_it_is_escaped() {
        for json in [r#"{"a":1,"a":1}"#, r#"[{"x":{"a":1,"b":2,"a":3}}]"#, r#"{"a":1,"\u0061":2}"#] {
            assert!(read(json).unwrap_err().contains("twice"), "{json}");
        }
    }

    #[test]
    fn one_object_has_a_bounded_number_of_keys() {
        let keys = |count: usize| {
            let all: Vec<String> = (0..count).map(|n| format!("\"{n}\":0")).collect();
            format!("{{{}}}", all.join(","))
        };
        assert_eq!(read(&keys(MAX_KEYS)), Ok(UniqueKeys));
        assert!(read(&keys(MAX_KEYS + 1)).unwrap_err().contains("too many"));
    }

    #[test]
    fn nesting_is_bounded_by_the_parser() {
        assert!(read(&"[".repeat(100_000)).unwrap_err().contains("recursion limit"));
    }
}

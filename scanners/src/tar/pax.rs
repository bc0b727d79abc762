//! Records of pax extended headers: `length key=value\n`.

/// What extended headers state about the next member.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pax {
    /// `path`.
    pub(super) path: Option<Vec<u8>>,
    /// `linkpath`.
    pub(super) link: Option<Vec<u8>>,
    /// `size`.
    pub(super) size: Option<u64>,
    /// Offsets and lengths of the parts of a sparse member, one after the other.
    pub(super) sparse_map: Vec<u64>,
    /// The size of the content of a sparse member.
    pub(super) sparse_size: Option<u64>,
    /// The map of a sparse member stands before its content.
    pub(super) sparse_in_content: bool,
}

impl Pax {
    /// Takes the records of one extended header up to a zero byte; later ones win. `None` when a record is broken.
    pub(super) fn take(&mut self, mut records: &[u8]) -> Option<()> {
        while !matches!(records.first(), None | Some(0)) {
            let space = records.iter().take(20).position(|byte| *byte == b' ')?;
            let length: usize = std::str::from_utf8(records.get(..space)?).ok()?.parse().ok()?;
            let (record, rest) = records.split_at_checked(length)?;
            let record = record.get(space.checked_add(1)?..)?.strip_suffix(b"\n")?;
            let equals = record.iter().position(|byte| *byte == b'=')?;
            let value = record.get(equals.checked_add(1)?..)?;
            self.set(record.get(..equals)?, value)?;
            records = rest;
        }
        Some(())
    }

    fn set(&mut self, key: &[u8], value: &[u8]) -> Option<()> {
        match key {
            b"path" => self.path = Some(value.to_vec()),
            b"linkpath" => self.link = Some(value.to_vec()),
            b"size" => self.size = Some(number(value)?),
            b"GNU.sparse.name" => self.path = Some(value.to_vec()),
            b"GNU.sparse.map" => {
                self.sparse_map = value.split(|byte| *byte == b',').map(number).collect::<Option<_>>()?;
            }
            // They alternate, the offset first.
            b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => self.sparse_map.push(number(value)?),
            b"GNU.sparse.size" | b"GNU.sparse.realsize" => self.sparse_size = Some(number(value)?),
            b"GNU.sparse.major" => self.sparse_in_content = value == b"1",
            _ => {}
        }
        Some(())
    }
}

fn number(value: &[u8]) -> Option<u64> {
    std::str::from_utf8(value).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_are_taken_in_order() {
        let mut pax = Pax::default();
        assert!(pax.take(b"9 path=a\n9 path=b\n11 size=12\n").is_some());
        assert_eq!((pax.path.as_deref(), pax.size), (Some(b"b".as_slice()), Some(12)));
        assert!(pax.take(b"22 GNU.sparse.major=1\n").is_some() && pax.sparse_in_content);
        assert!(pax.take(b"26 GNU.sparse.map=0,5,9,1\n\0 not a record").is_some());
        assert_eq!(pax.sparse_map, [0, 5, 9, 1]);
    }

    #[test]
    fn a_broken_record_is_told() {
        for bad in ["x", "5 a=b\n", "99 a=b\n", "6 a=b", "4 ab\n", "0 a=b\n", "12 size=-1xx\n"] {
            assert!(Pax::default().take(bad.as_bytes()).is_none(), "{bad:?}");
        }
        assert!(Pax::default().take(b"6 a=b\n").is_some());
    }
}

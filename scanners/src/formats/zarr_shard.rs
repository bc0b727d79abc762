//! Shards of Zarr 3: chunks one after the other, and an index of them at the end.
//!
//! Without the index a shard looks like one compressed chunk with something behind it. Every chunk is examined by
//! itself, and so is what no chunk covers.
//!
//! Source: Zarr specification 3, codec `sharding_indexed` with its default index codecs, `bytes` and `crc32c`.

use assay_core::{Format, Rule, RuleId, Severity};

use crate::{Input, Probe, Report, Scanner, Stop, crc32c, examine};

/// Bytes of an entry: where a chunk starts and how long it is. A chunk that is not there has both at their highest.
const ENTRY: usize = 16;

/// Chunks of one shard, as far as an index is recognised.
const MAX_CHUNKS: usize = 4096;

const UNLISTED: Rule = Rule {
    id: RuleId::new("zarr-unlisted-bytes"),
    severity: Severity::Medium,
    summary: "Bytes of a shard belong to no chunk, so that no reader of the array sees them",
    taxonomy: &["CWE-506"],
};
const RULES: &[Rule] = &[UNLISTED];

/// Scanner of shards.
#[derive(Debug)]
pub(super) struct ZarrShard;

impl Scanner for ZarrShard {
    fn format(&self) -> Format {
        Format::Zarr
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        index(probe.tail, probe.size).is_some()
    }

    fn refines(&self, _probe: &Probe<'_>) -> &'static [Format] {
        // What the first chunk is compressed with.
        &[Format::Gzip, Format::Zstd, Format::Lz4, Format::Zlib, Format::Bzip2]
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let longest = MAX_CHUNKS.saturating_mul(ENTRY).saturating_add(4);
        let tail = input.window(input.size().saturating_sub(longest as u64), longest)?;
        let Some(mut chunks) = index(&tail, input.size()) else {
            return Err(Stop::Malformed { what: "index of a shard", offset: input.size() });
        };
        let bytes = chunks.len().saturating_mul(ENTRY).saturating_add(4) as u64;
        let end = input.size().saturating_sub(bytes);
        chunks.retain(|(start, size)| (*start, *size) != EMPTY);
        chunks.sort_unstable();
        let mut covered = 0;
        for (start, size) in chunks.into_iter().chain([(end, 0)]) {
            if let Some(gap) = start.checked_sub(covered).filter(|gap| *gap > 0) {
                let message = format!("{gap} bytes belong to no chunk");
                report.hit(&UNLISTED, input.place().at(covered), &message, &[("bytes", &gap.to_string())]);
                examine(&input.member(&format!("[bytes at {covered:#x}]"), covered, gap)?, report)?;
            }
            if size > 0 {
                examine(&input.member(&format!("[chunk at {start:#x}]"), start, size)?, report)?;
            }
            covered = covered.max(start.saturating_add(size));
        }
        Ok(())
    }
}

/// A chunk that is not there.
const EMPTY: (u64, u64) = (u64::MAX, u64::MAX);

/// The entries of the index that ends here, if its checksum is right: as many as lead into the file, from the end on.
fn index(tail: &[u8], size: u64) -> Option<Vec<(u64, u64)>> {
    let (entries, sum) = tail.split_last_chunk::<4>()?;
    let mut chunks = Vec::new();
    let mut rest = entries;
    while let Some((before, entry)) = rest.split_last_chunk::<ENTRY>() {
        let chunk = entry_of(entry)?;
        let inside = chunk.0.checked_add(chunk.1).is_some_and(|end| chunk.1 > 0 && end < size);
        if !(inside || chunk == EMPTY) || chunks.len() >= MAX_CHUNKS {
            break;
        }
        chunks.push(chunk);
        rest = before;
    }
    let own = entries.get(rest.len()..).filter(|own| !own.is_empty())?;
    let some = chunks.iter().any(|chunk| *chunk != EMPTY);
    (some && crc32c::checksum(own) == u32::from_le_bytes(*sum)).then_some(chunks)
}

fn entry_of(entry: &[u8; ENTRY]) -> Option<(u64, u64)> {
    let (start, size) = entry.split_at_checked(8)?;
    Some((u64::from_le_bytes(*start.first_chunk()?), u64::from_le_bytes(*size.first_chunk()?)))
}

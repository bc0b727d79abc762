//! What one scan may cost.

use serde::{Deserialize, Serialize};

/// What one scan may cost. Reaching any of them is a gap in coverage, never "clean".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Limits {
    /// The largest file that is scanned, bytes; larger ones are still hashed.
    pub max_file_size: u64,
    /// Bytes that all members of one file may inflate to.
    pub max_scan_size: u64,
    /// Inflated bytes per compressed byte: of a member that has inflated past 256 MiB, and of all members of a
    /// file together once they have past 512 MiB.
    pub max_ratio: u64,
    /// Members of all containers in one file; those more than four levels deep count for each level more.
    pub max_files: u64,
    /// Containers inside containers.
    pub max_recursion: u32,
    /// Findings of each severity in one report; more are counted, not kept.
    pub max_findings: u32,
    /// Wall time for one file, milliseconds.
    pub max_scan_time_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            // The largest single files on public hubs are just under 500 GB (sharded above that).
            max_file_size: 1 << 40,
            // Models are stored, not compressed; 64 GiB inflated covers the largest compressed checkpoints seen.
            max_scan_size: 64 << 30,
            // Zeros deflate to 1,030; sparse float tensors reach a hundred or two.
            max_ratio: 400,
            // A 1,000-layer torch checkpoint has about 10,000 members.
            max_files: 200_000,
            // OCI layer → tar.gz → zip → pickle → nested pickle, with room.
            max_recursion: 12,
            max_findings: 1_000,
            max_scan_time_ms: 600_000,
        }
    }
}

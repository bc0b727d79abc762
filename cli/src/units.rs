//! Sizes and times as people type them.

use std::time::Duration;

/// Why a text is no size or time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnitError(&'static str);

impl std::fmt::Display for UnitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for UnitError {}

/// Parses `4096`, `500M`, `4GiB`: bytes, with powers of 1,024.
pub(crate) fn size(text: &str) -> Result<u64, UnitError> {
    let (number, unit) = split(text);
    let shift = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return Err(UnitError("expected a size such as 4096, 500M or 4GiB")),
    };
    let number: u64 = number.parse().map_err(|_| UnitError("expected a size such as 4096, 500M or 4GiB"))?;
    number.checked_mul(1 << shift).ok_or(UnitError("larger than 16 EiB"))
}

/// Parses `30`, `30s`, `500ms`, `10m`, `1h`: a time, in seconds when no unit is given.
pub(crate) fn time(text: &str) -> Result<Duration, UnitError> {
    const EXPECTED: UnitError = UnitError("expected a time such as 500ms, 30s, 10m or 1h");
    let (number, unit) = split(text);
    let number: u64 = number.parse().map_err(|_| EXPECTED)?;
    let millis = match unit.trim() {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" | "min" => 60_000,
        "h" => 3_600_000,
        _ => return Err(EXPECTED),
    };
    match number.checked_mul(millis) {
        Some(0) => Err(UnitError("a time of zero lets nothing be looked at")),
        Some(total) => Ok(Duration::from_millis(total)),
        None => Err(EXPECTED),
    }
}

/// Shows bytes as people read them: `1.2 GiB`.
pub(crate) fn bytes(count: u64) -> String {
    indicatif::BinaryBytes(count).to_string()
}

fn split(text: &str) -> (&str, &str) {
    let end = text.find(|character: char| !character.is_ascii_digit()).unwrap_or(text.len());
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_powers_of_1024() {
        assert_eq!(size("4096"), Ok(4096));
        assert_eq!(size("2k"), Ok(2048));
        assert_eq!(size("4GiB"), Ok(4 << 30));
        for bad in ["", "x", "-1", "1.5G", "9999999999T", "4 Q"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_are_seconds_unless_said_otherwise() {
        assert_eq!(time("30"), Ok(Duration::from_secs(30)));
        assert_eq!(time("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(time("10m"), Ok(Duration::from_secs(600)));
        for bad in ["", "0", "s", "1d", "99999999999999999999"] {
            assert!(time(bad).is_err(), "{bad}");
        }
    }
}

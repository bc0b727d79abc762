//! Pictures and documents: no framework loads them as a model, and archives hide behind them.
//!
//! Source: PNG specification §5; ITU-T T.81 (JPEG) annex B; RIFF (WebP, WAV). What stands behind the end of a picture is
//! examined when some loader would take it. The picture itself is not decoded. Of GIF, BMP, PDF and HTML only the first
//! bytes are looked at.

use assay_core::{Format, Rule, RuleId, Severity};

use crate::probe::probe;
use crate::weights_name::named_as_weights;
use crate::{Input, Limit, Probe, Report, SCANNERS, Scanner, Stop};

const DISGUISED: Rule = Rule {
    id: RuleId::new("media-disguised"),
    severity: Severity::Medium,
    summary: "The file has the name of weights or data and starts as a picture or document",
    taxonomy: &["CWE-434", "CWE-436", "AML.T0015"],
};

const APPENDED: Rule = Rule {
    id: RuleId::new("media-appended-content"),
    severity: Severity::Medium,
    summary: "Something that a loader takes stands behind the end of a picture",
    taxonomy: &["CWE-506", "CWE-436", "AML.T0015"],
};

const RULES: &[Rule] = &[DISGUISED, APPENDED];

/// Chunks or segments that are followed; pictures have at most some thousand.
const MAX_PARTS: u32 = 1 << 20;

/// How much of the compressed part of a JPEG is looked through at a time.
const BLOCK: usize = 64 << 10;

/// What the first bytes say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Png,
    Jpeg,
    Riff,
    Gif,
    Bmp,
    Pdf,
    Html,
}

impl Kind {
    fn of(head: &[u8], name: &str) -> Option<Self> {
        let text = || head.get(..64).unwrap_or(head).trim_ascii_start().to_ascii_lowercase();
        match head {
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', ..] => Some(Self::Riff),
            [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some(Self::Gif),
            [b'%', b'P', b'D', b'F', b'-', ..] => Some(Self::Pdf),
            [b'B', b'M', _, _, _, _, 0, 0, 0, 0, ..] => Some(Self::Bmp),
            [b'<' | b' ' | b'\n' | b'\r' | b'\t', ..] if named_as_weights(name) => {
                let html = [b"<!doctype html".as_slice(), b"<html"];
                html.iter().any(|start| text().starts_with(start)).then_some(Self::Html)
            }
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Png => "PNG picture",
            Self::Jpeg => "JPEG picture",
            Self::Riff => "WebP picture or WAV sound",
            Self::Gif => "GIF picture",
            Self::Bmp => "BMP picture",
            Self::Pdf => "PDF document",
            Self::Html => "page of HTML",
        }
    }
}

/// Scanner of pictures and documents.
#[derive(Debug)]
pub(super) struct Media;

impl Scanner for Media {
    fn format(&self) -> Format {
        Format::Media
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        Kind::of(probe.head, probe.name).is_some()
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let Some(kind) = Kind::of(&input.window(0, 64)?, input.name()) else { return Ok(()) };
        if named_as_weights(input.name()) {
            let message = format!("{}: a {}", DISGUISED.summary, kind.name());
            report.hit(&DISGUISED, input.place().clone(), &message, &[("kind", kind.name())]);
        }
        let end = match kind {
            Kind::Png => png_end(input),
            Kind::Jpeg => jpeg_end(input),
            Kind::Riff => riff_end(input),
            Kind::Gif | Kind::Bmp | Kind::Pdf | Kind::Html => Ok(input.size()),
        };
        match end {
            Ok(end) => appended(input, end, report),
            // Where it is no picture any more, something else may begin. Nothing loads the picture, so its own damage is
            // no gap; data sets are full of it.
            Err(Stop::Malformed { offset, .. }) => appended(input, offset, report),
            Err(stop) => Err(stop),
        }
    }
}

/// Examines what stands from `end` on, if it is anything.
fn appended(input: &Input<'_>, end: u64, report: &mut Report<'_>) -> Result<(), Stop> {
    if end >= input.size() {
        return Ok(());
    }
    let rest = input.member(&format!("[bytes at {end:#x}]"), end, input.size().saturating_sub(end))?;
    // Cameras put a second picture behind the first.
    let any = |probe: &Probe<'_>| {
        SCANNERS.iter().any(|scanner| scanner.format() != Format::Media && scanner.fills(probe))
    };
    if probe(&rest, any)? {
        let length = rest.size();
        let message = format!("{}: {length} bytes", APPENDED.summary);
        report.hit(&APPENDED, input.place().at(end), &message, &[("bytes", &length.to_string())]);
        crate::examine(&rest, report)?;
    }
    Ok(())
}

/// Where the chunk `IEND` ends.
fn png_end(input: &Input<'_>) -> Result<u64, Stop> {
    let mut at = 8_u64;
    for _ in 0..MAX_PARTS {
        let broken = Stop::Malformed { what: "PNG chunk", offset: at };
        let head = input.window(at, 8)?;
        let [a, b, c, d, kind @ ..] = head.as_slice() else { return Err(broken) };
        // Length, kind and checksum are twelve bytes.
        let next = at.saturating_add(12).saturating_add(u64::from(u32::from_be_bytes([*a, *b, *c, *d])));
        if kind.len() < 4 || !kind.iter().all(u8::is_ascii_alphabetic) || next > input.size() {
            return Err(broken);
        }
        if kind == b"IEND" {
            return Ok(next);
        }
        at = next;
    }
    Err(Stop::Limit(Limit::Count("PNG chunks")))
}

/// Where the marker "end of image" ends: segments state their length, compressed data end at the next marker.
fn jpeg_end(input: &Input<'_>) -> Result<u64, Stop> {
    let mut at = 2_u64;
    for _ in 0..MAX_PARTS {
        let broken = Stop::Malformed { what: "JPEG marker", offset: at };
        let head = input.window(at, 4)?;
        let (0xff, Some(marker)) = (head.first().copied().unwrap_or_default(), head.get(1)) else {
            return Err(broken);
        };
        at = match (*marker, head.get(2..4)) {
            (0xd9, _) => return Ok(at.saturating_add(2)),
            (0xff, _) => at.saturating_add(1),
            (0x01 | 0xd0..=0xd8, _) => at.saturating_add(2),
            (marker, Some([a, b])) => {
                let next = at.saturating_add(2).saturating_add(u64::from(u16::from_be_bytes([*a, *b])));
                if marker == 0xda { after_compressed(input, next)? } else { next }
            }
            _ => return Err(broken),
        };
    }
    Err(Stop::Limit(Limit::Count("JPEG markers")))
}

/// The next marker that ends compressed data: neither an escaped byte nor a restart.
fn after_compressed(input: &Input<'_>, from: u64) -> Result<u64, Stop> {
    let mut at = from;
    loop {
        let block = input.window(at, BLOCK)?;
        let marker = |pair: &[u8]| matches!(pair, [0xff, 0x01..=0xcf | 0xd8..=0xfe]);
        if let Some(found) = block.windows(2).position(marker) {
            return Ok(at.saturating_add(found as u64));
        }
        if block.len() < BLOCK {
            return Err(Stop::Malformed { what: "JPEG data", offset: input.size() });
        }
        // A marker may stand across the end of the block.
        at = at.saturating_add(BLOCK as u64).saturating_sub(1);
    }
}

/// The size that the header states.
fn riff_end(input: &Input<'_>) -> Result<u64, Stop> {
    let size = input.cursor(4, 4).u32_le("RIFF size")?;
    // Parts stand at even places.
    let end = u64::from(size).saturating_add(8).saturating_add(u64::from(size & 1));
    if end > input.size() {
        Err(Stop::Malformed { what: "RIFF size", offset: input.size() })
    } else {
        Ok(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{scan, with_input};

    /// `SOI`, a quantization table of no use, a scan with an escape and a restart, `EOI`.
    const JPEG: &[u8] = b"\xff\xd8\xff\xdb\0\x04ab\xff\xda\0\x02x\xff\0y\xff\xd0z\xff\xd9";

    #[test]
    fn the_end_of_a_jpeg_is_behind_its_compressed_data() {
        let bytes = [JPEG, b"behind"].concat();
        assert_eq!(with_input("a.jpg", &bytes, |input| jpeg_end(input).unwrap()), JPEG.len() as u64);
        let cut = &JPEG[..JPEG.len() - 1];
        assert!(with_input("a.jpg", cut, jpeg_end).is_err());
    }

    #[test]
    fn what_nobody_loads_may_stand_behind_a_picture() {
        let bytes = [JPEG, b"a trailer of the camera", JPEG].concat();
        assert!(scan(&Media, "a.jpg", &bytes).is_clean());
        let pickle = [JPEG, b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R."].concat();
        assert_eq!(
            scan(&Media, "a.jpg", &pickle).rules(),
            ["media-appended-content", "pickle-unsafe-global"]
        );
    }

    #[test]
    fn html_is_a_document_only_where_weights_are_promised() {
        let page = b"<!DOCTYPE html><title>404</title>";
        assert!(Kind::of(page, "model.bin").is_some() && Kind::of(page, "index.html").is_none());
    }
}

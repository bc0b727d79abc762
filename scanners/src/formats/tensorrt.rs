//! TensorRT engines (`.engine`, `.plan`): a network compiled for one kind of GPU.
//!
//! Source: TensorRT Developer Guide, "Version Compatibility" (an engine may carry a runtime, which loading starts when
//! `engineHostCodeAllowed` is set), "Plugins" (`setPluginsToSerialize` puts libraries inside). The format is not
//! published: an engine is recognised by its first bytes and searched for native code for the host; code for the GPU is
//! what it is made of.

use assay_core::{Format, Rule, RuleId, Severity};

use crate::{Input, Probe, Report, Scanner, Stop};

const OPAQUE: Rule = Rule {
    id: RuleId::new("tensorrt-opaque-engine"),
    severity: Severity::Medium,
    summary: "The engine is a compiled program that nobody can look into, and its runtime trusts it",
    taxonomy: &["CWE-829", "CWE-502", "AML.T0010"],
};

const HOST_CODE: Rule = Rule {
    id: RuleId::new("tensorrt-host-code"),
    severity: Severity::High,
    summary: "The engine carries native code for the host, which its runtime can be told to load",
    taxonomy: &["CWE-829", "CWE-114", "AML.T0010", "AML.T0011"],
};

const RULES: &[Rule] = &[OPAQUE, HOST_CODE];

/// What engines start with, in the order of versions.
const MAGICS: &[&[u8]] = &[b"ptrt", b"ftrt"];

/// The header: magic, version and sizes.
const HEADER: u64 = 24;

/// Bytes that are searched at a time.
const BLOCK: usize = 1 << 20;

/// Bytes of a native header that tell what it is for.
const NATIVE: usize = 20;

/// Pieces of host code that are reported.
const MAX_FOUND: usize = 8;

/// ELF machines that are GPUs.
const CUDA: [u8; 2] = [190, 0];

/// Scanner of TensorRT engines.
#[derive(Debug)]
pub(super) struct Tensorrt;

impl Scanner for Tensorrt {
    fn format(&self) -> Format {
        Format::Tensorrt
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let named = || probe.named(&[".engine", ".plan", ".trt"]) && probe.head.contains(&0);
        MAGICS.iter().any(|magic| probe.head.starts_with(magic)) || named()
    }

    fn fills(&self, probe: &Probe<'_>) -> bool {
        MAGICS.iter().any(|magic| probe.head.starts_with(magic))
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let header = input.window(4, usize::try_from(HEADER).unwrap_or_default())?;
        if input.size() < HEADER {
            return Err(Stop::Malformed { what: "TensorRT header", offset: input.size() });
        }
        // A header alone, whose sizes say that there is nothing else, holds no program.
        if input.size() == HEADER && header.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        report.hit(&OPAQUE, input.place().clone(), OPAQUE.summary, &[]);
        let (mut at, mut found) = (0_u64, 0_usize);
        while at < input.size() && found < MAX_FOUND {
            let block = input.window(at, BLOCK)?;
            for place in memchr::memmem::find_iter(&block, b"\x7fELF") {
                let header = block.get(place..place.saturating_add(NATIVE)).unwrap_or_default();
                if found < MAX_FOUND && for_host(header) {
                    found = found.saturating_add(1);
                    let start = at.saturating_add(place as u64);
                    report.hit(&HOST_CODE, input.place().at(start), HOST_CODE.summary, &[("kind", "ELF")]);
                }
            }
            at = match block.len() {
                BLOCK => at.saturating_add(BLOCK as u64).saturating_sub(NATIVE as u64),
                _ => break,
            };
        }
        Ok(())
    }
}

/// Whether an ELF header is that of a program or library for a processor.
fn for_host(header: &[u8]) -> bool {
    let [_, _, _, _, 1 | 2, 1 | 2, 1, .., kind, _, a, b] = header else { return false };
    matches!(kind, 2 | 3) && [*a, *b] != CUDA
}

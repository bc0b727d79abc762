//! ExecuTorch programs (`.pte`): a flatbuffer of plans for small devices, and data segments behind it.
//!
//! Source: `schema/program.fbs` (identifier `ET12`) and `schema/extended_header.cpp` of ExecuTorch 1.5. Operators are
//! kernels by name, delegates hand parts of the graph to a backend by name, with data that only the backend reads.
//! Tensors and the meaning of the plan are not looked at.

use std::cell::Cell;

use assay_core::{Format, Rule, RuleId, Severity};

use crate::flatbuffer::{Buffer, Table};
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

const LIBRARY_BACKEND: Rule = Rule {
    id: RuleId::new("executorch-library-backend"),
    severity: Severity::High,
    summary: "A part of the program is a native library, which loading the program opens",
    taxonomy: &["CWE-829", "CWE-114", "AML.T0010", "AML.T0011"],
};

const UNKNOWN_BACKEND: Rule = Rule {
    id: RuleId::new("executorch-unknown-backend"),
    severity: Severity::Medium,
    summary: "A part of the program is for a backend that ExecuTorch does not bring along",
    taxonomy: &["CWE-829", "AML.T0010"],
};

const CUSTOM_OPERATOR: Rule = Rule {
    id: RuleId::new("executorch-custom-operator"),
    severity: Severity::Medium,
    summary: "An operator is not ExecuTorch's, so the program needs native code",
    taxonomy: &["CWE-829", "AML.T0010"],
};

const TRAILING_DATA: Rule = Rule {
    id: RuleId::new("executorch-trailing-data"),
    severity: Severity::Medium,
    summary: "Behind the program and its segments stands something else",
    taxonomy: &["CWE-506", "AML.T0015"],
};

const RULES: &[Rule] = &[LIBRARY_BACKEND, UNKNOWN_BACKEND, CUSTOM_OPERATOR, TRAILING_DATA];

/// Tables that are followed; the largest programs have some ten thousand.
const MAX_TABLES: u32 = 1 << 20;

/// Segments that are followed.
const MAX_SEGMENTS: u32 = 65_536;

/// Bytes of a name.
const MAX_NAME: usize = 1024;

/// Backends whose data is a library of AOTInductor.
const LIBRARY_BACKENDS: &[&str] = &["AotiBackend", "CudaBackend", "MetalBackend"];

/// Backends of ExecuTorch and of those who make the devices.
const BACKENDS: &[&str] = &[
    "ArmBackend",
    "CoreMLBackend",
    "EnnBackend",
    "EthosUBackend",
    "MLXBackend",
    "MPSBackend",
    "MaliBackend",
    "NeuropilotBackend",
    "NeutronBackend",
    "NXPBackend",
    "OpenvinoBackend",
    "QnnBackend",
    "TOSABackend",
    "VGFBackend",
    "VgfBackend",
    "VulkanBackend",
    "WebGPUBackend",
    "XnnpackBackend",
];

/// Name spaces of operators that ExecuTorch's own kernels have.
const OPERATORS: &[&str] = &[
    "aten",
    "cadence",
    "cortex_m",
    "dim_order_ops",
    "et_vk",
    "executorch_prim",
    "llama",
    "quantized_decomposed",
    "torchao",
];

/// Where the extended header stands, and the size that states the segments too.
const HEADER: u64 = 8;
const HEADER_WITH_SIZE: u32 = 32;

/// Scanner of ExecuTorch programs.
#[derive(Debug)]
pub(super) struct Executorch;

impl Scanner for Executorch {
    fn format(&self) -> Format {
        Format::Executorch
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        matches!(probe.head.get(4..8), Some([b'E', b'T', b'0'..=b'9', b'0'..=b'9']))
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let header = Header::read(input)?;
        let steps = Cell::new(MAX_TABLES);
        let end = header.as_ref().map_or(input.size(), |header| header.program);
        let buffer = Buffer::new(input, end, &steps);
        let program = buffer.table(buffer.follow(0)?)?;
        for plan in buffer.tables(&program, 1)? {
            judge(input, &buffer, &plan?, report)?;
        }
        match header {
            Some(header) => trailing(input, header.end(&buffer, &program)?, report),
            None => Ok(()),
        }
    }
}

/// The extended header: how long the program is, and where its segments are.
struct Header {
    program: u64,
    segments: u64,
    size: u64,
}

impl Header {
    fn read(input: &Input<'_>) -> Result<Option<Self>, Stop> {
        let mut cursor = input.cursor(HEADER, u64::MAX);
        if input.window(HEADER, 4)? != b"eh00" {
            return Ok(None);
        }
        cursor.skip(4, "extended header")?;
        let length = cursor.u32_le("extended header")?;
        let (program, segments) = (cursor.u64_le("program size")?, cursor.u64_le("segment base")?);
        let size = if length >= HEADER_WITH_SIZE { cursor.u64_le("segment size")? } else { 0 };
        if program > input.size() || segments > input.size() {
            return Err(Stop::Malformed { what: "extended header", offset: HEADER });
        }
        Ok(Some(Self { program, segments, size }))
    }

    /// Where the last byte ends that the header or a segment accounts for.
    fn end(&self, buffer: &Buffer<'_, '_>, program: &Table) -> Result<u64, Stop> {
        let mut end = self.program.max(self.segments.saturating_add(self.size));
        let mut left = MAX_SEGMENTS;
        for segment in buffer.tables(program, 4)? {
            left = left.checked_sub(1).ok_or(Stop::Limit(Limit::Count("segments")))?;
            let segment = segment?;
            let number = |field| segment.field(field).map(|at| buffer.u64(at)).transpose();
            let start = self.segments.saturating_add(number(0)?.unwrap_or_default());
            end = end.max(start.saturating_add(number(1)?.unwrap_or_default()));
        }
        Ok(end)
    }
}

fn judge(
    input: &Input<'_>,
    buffer: &Buffer<'_, '_>,
    plan: &Table,
    report: &mut Report<'_>,
) -> Result<(), Stop> {
    let mut hit = |rule: &Rule, table: &Table, key: &str, name: &str| {
        let message = format!("{}: {name}", rule.summary);
        report.hit(rule, input.place().at(table.at), &message, &[(key, name)]);
    };
    for operator in buffer.tables(plan, 6)? {
        let operator = operator?;
        let name = buffer.text(&operator, 0, MAX_NAME)?;
        let space = name.split_once("::").map_or("", |(space, _)| space);
        if !OPERATORS.contains(&space) {
            hit(&CUSTOM_OPERATOR, &operator, "operator", &name);
        }
    }
    for delegate in buffer.tables(plan, 7)? {
        let delegate = delegate?;
        let name = buffer.text(&delegate, 0, MAX_NAME)?;
        if LIBRARY_BACKENDS.contains(&name.as_str()) {
            hit(&LIBRARY_BACKEND, &delegate, "backend", &name);
        } else if !BACKENDS.contains(&name.as_str()) {
            hit(&UNKNOWN_BACKEND, &delegate, "backend", &name);
        }
    }
    Ok(())
}

/// Examines what stands behind the end.
fn trailing(input: &Input<'_>, end: u64, report: &mut Report<'_>) -> Result<(), Stop> {
    if end > input.size() {
        return Err(Stop::Malformed { what: "segment", offset: input.size() });
    }
    let size = input.size().saturating_sub(end);
    if size == 0 {
        return Ok(());
    }
    let message = format!("{}: {size} bytes", TRAILING_DATA.summary);
    report.hit(&TRAILING_DATA, input.place().at(end), &message, &[("bytes", &size.to_string())]);
    crate::examine(&input.member(&format!("[bytes at {end:#x}]"), end, size)?, report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::scan;

    #[test]
    fn a_header_that_leads_outside_is_a_gap() {
        let bytes = [b"\x30\0\0\0ET12eh00\x20\0\0\0".as_slice(), &[0xff; 8], &[0; 24]].concat();
        let facts = scan(&Executorch, "m.pte", &bytes);
        assert_eq!((facts.findings.len(), facts.gaps[0].location.offset()), (0, Some(HEADER)));
    }

    #[test]
    fn zeros_are_no_program() {
        let facts =
            scan(&Executorch, "m.pte", b"\x1c\0\0\0ET12\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        assert_eq!(facts.gaps.len(), 1);
    }
}

//! Native code: programs and libraries for a processor, a virtual machine or a browser, where weights are expected.
//!
//! Source: System V ABI (ELF), the PE format of Microsoft, `mach-o/loader.h`, the WebAssembly core specification, JVMS §4.
//! What the instructions do is not looked at: no scanner can say that of a program. What counts is that it is one, what
//! it is called, and whether something loads it by itself. Files of these formats that nothing runs (object files, code
//! for a GPU, debug symbols, resources) are only named.

mod elf;
mod fields;
mod java_class;
mod mach_o;
mod pe;
mod wasm;

use assay_core::{Format, Rule, RuleId, Severity};

use crate::weights_name::{named_as_weights, stem_of};
use crate::{Input, Probe, Report, Scanner, Stop};

const DISGUISED: Rule = Rule {
    id: RuleId::new("native-code-disguised"),
    severity: Severity::High,
    summary: "The file has the name of weights or data and is a program",
    taxonomy: &["CWE-506", "CWE-434", "AML.T0010", "AML.T0015", "AML.T0011"],
};

const LOADED: Rule = Rule {
    id: RuleId::new("native-code-loaded"),
    severity: Severity::Critical,
    summary: "Loading the model loads this library into the process and runs it",
    taxonomy: &["CWE-829", "CWE-114", "AML.T0010", "AML.T0011"],
};

const NATIVE: Rule = Rule {
    id: RuleId::new("native-code"),
    severity: Severity::Medium,
    summary: "The file is native code, which has all rights of whoever loads or starts it",
    taxonomy: &["CWE-829", "AML.T0010"],
};

const RULES: &[Rule] = &[DISGUISED, LOADED, NATIVE];

/// What one file of native code says about itself.
#[derive(Debug, PartialEq, Eq)]
struct Facts {
    /// For people: `shared library for x86-64`.
    what: String,
    /// Whether anything runs it.
    runs: bool,
    /// Machine values for the finding's detail.
    detail: Vec<(&'static str, String)>,
}

/// Which kind of native code a scanner is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Elf,
    JavaClass,
    MachO,
    Pe,
    Wasm,
}

/// Scanner of one kind of native code.
#[derive(Debug)]
pub(super) struct Native(pub(super) Kind);

impl Native {
    fn facts(&self, input: &Input<'_>) -> Result<Facts, Stop> {
        match self.0 {
            Kind::Elf => elf::facts(input),
            Kind::JavaClass => java_class::facts(input),
            Kind::MachO => mach_o::facts(input),
            Kind::Pe => pe::facts(input),
            Kind::Wasm => wasm::facts(input),
        }
    }
}

impl Scanner for Native {
    fn format(&self) -> Format {
        match self.0 {
            Kind::Elf => Format::Elf,
            Kind::JavaClass => Format::JavaClass,
            Kind::MachO => Format::MachO,
            Kind::Pe => Format::Pe,
            Kind::Wasm => Format::Wasm,
        }
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        match self.0 {
            Kind::Elf => elf::recognises(probe.head),
            Kind::JavaClass => java_class::recognises(probe.head),
            Kind::MachO => mach_o::recognises(probe.head),
            Kind::Pe => pe::recognises(probe.head, probe.size),
            Kind::Wasm => wasm::recognises(probe.head),
        }
    }

    /// Programs that unpack themselves have a zip behind them.
    fn carries(&self) -> &'static [Format] {
        &[Format::Zip]
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let facts = match self.facts(input) {
            Ok(facts) => facts,
            // Broken headers stop us, and some loader may be less particular.
            Err(Stop::Malformed { what, .. }) => Facts {
                what: format!("{} with a broken {what}", self.format()),
                runs: true,
                detail: Vec::new(),
            },
            Err(stop) => return Err(stop),
        };
        let rule = if named_as_weights(input.name()) {
            &DISGUISED
        } else if !facts.runs {
            return Ok(());
        } else if loaded_with_the_model(input) {
            &LOADED
        } else {
            &NATIVE
        };
        let message = format!("{}: {} is a {}", rule.summary, stem_of(input.name()), facts.what);
        let detail: Vec<(&str, &str)> =
            facts.detail.iter().map(|(key, value)| (*key, value.as_str())).collect();
        report.hit(rule, input.place().clone(), &message, &detail);
        Ok(())
    }
}

/// Whether an archive's loader opens this member as a library without being asked.
///
/// PyTorch's `aoti_load_package` and the C++ `AOTIModelPackageLoader` unpack `data/aotinductor/NAME/*.so` of a `.pt2`
/// archive and open the library.
fn loaded_with_the_model(input: &Input<'_>) -> bool {
    let name = input.name().to_ascii_lowercase().replace('\\', "/");
    input.depth() > 0 && name.split('/').any(|folder| folder == "aotinductor")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SCANNERS;
    use crate::testing::scan;

    #[test]
    fn fat_mach_o_and_java_classes_are_told_apart() {
        let class = b"\xca\xfe\xba\xbe\0\0\0\x34\0\x10";
        let preview = b"\xca\xfe\xba\xbe\xff\xff\0\x41\0\x10";
        let fat = b"\xca\xfe\xba\xbe\0\0\0\x02\x01\0\0\x07";
        for (bytes, kind) in
            [(&class[..], Kind::JavaClass), (&preview[..], Kind::JavaClass), (&fat[..], Kind::MachO)]
        {
            let of = |kind| {
                let probe = Probe {
                    head: bytes,
                    tail: bytes,
                    doublings: &[],
                    size: 10,
                    name: "x",
                    loader: crate::Loader::Any,
                };
                Native(kind).recognises(&probe)
            };
            assert!(
                of(kind) && !of(if kind == Kind::MachO { Kind::JavaClass } else { Kind::MachO }),
                "{kind:?}"
            );
        }
    }

    #[test]
    fn broken_headers_under_the_name_of_weights_are_still_a_program() {
        let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
        bytes.resize(20, 0);
        let facts = scan(&Native(Kind::Elf), "model.bin", &bytes);
        assert_eq!((facts.rules(), facts.gaps.len()), (vec!["native-code-disguised"], 0));
    }

    #[test]
    fn every_kind_is_registered() {
        for kind in [Kind::Elf, Kind::JavaClass, Kind::MachO, Kind::Pe, Kind::Wasm] {
            assert!(SCANNERS.iter().any(|scanner| scanner.format() == Native(kind).format()), "{kind:?}");
        }
    }
}

//! zip archives, and what is made of them: PyTorch checkpoints, `.npz`, `.keras`.
//!
//! Examines the bytes of every member that any loader would see, names contradictions between the records, and names
//! members that would be unpacked outside their folder. The reading is in [`crate::zip`].
//! Source: APPNOTE 6.3.10; CVE-2025-1889, CVE-2025-1944, CVE-2025-1945, CVE-2025-10156 (archives that scanners and
//! loaders read differently); CVE-2024-0450 (overlapping members).

use std::collections::BTreeSet;

use assay_core::{Format, Rule, RuleId, Severity};

use crate::member_name::{folded, unsafe_path};
use crate::probe::probe;
use crate::zip::{Archive, Check, Content, Lies, Look, Member, ends_in, refusal};
use crate::{Input, Limit, Loader, Probe, Report, SCANNERS, Scanner, Stop};

/// Unlisted ranges that are examined; honest archives have none.
const MAX_UNLISTED: usize = 64;

/// What skops puts beside its schema.
const SKOPS_FILES: &[&str] = &[".npy", ".npz", ".bin", ".ubj", ".parquet", ".keras", ".h5"];

/// The type bits of a Unix mode.
const TYPE_BITS: u32 = 0o170_000;
/// Those of a symbolic link.
const LINK: u32 = 0o120_000;

const STRUCTURE: Rule = Rule {
    id: RuleId::new("zip-structure-mismatch"),
    severity: Severity::High,
    summary: "The records of the zip contradict each other, so that loaders disagree about what it holds",
    taxonomy: &["CWE-436", "CVE-2025-1944", "CVE-2025-1945", "AML.T0015"],
};
const UNSAFE_PATH: Rule = Rule {
    id: RuleId::new("zip-unsafe-path"),
    severity: Severity::High,
    summary: "Unpacking a member would write outside the target folder",
    taxonomy: &["CWE-22", "CWE-59"],
};
const UNLISTED: Rule = Rule {
    id: RuleId::new("zip-unlisted-bytes"),
    severity: Severity::Medium,
    summary: "The zip holds bytes that no record accounts for",
    taxonomy: &["CWE-506", "AML.T0015"],
};
const CRC: Rule = Rule {
    id: RuleId::new("zip-crc-mismatch"),
    severity: Severity::Medium,
    summary: "The content of a member does not have the CRC its headers state; some loaders refuse it, others load it",
    taxonomy: &["CWE-354", "CVE-2025-10156"],
};
const TORCH_SCRIPT: Rule = Rule {
    id: RuleId::new("torch-script-code"),
    severity: Severity::Low,
    summary: "The checkpoint holds TorchScript code, which runs when the model does",
    taxonomy: &["CWE-829", "AML.T0011"],
};
const TORCH_PACKAGE: Rule = Rule {
    id: RuleId::new("torch-package-source"),
    severity: Severity::Low,
    summary: "The archive is a torch.package with Python source, which runs when it is loaded and is judged by itself",
    taxonomy: &["CWE-829", "AML.T0011"],
};
const DDUF: Rule = Rule {
    id: RuleId::new("dduf-unexpected-member"),
    severity: Severity::Medium,
    summary: "The file is called DDUF and holds what the format does not allow: compression, other files or deeper folders",
    taxonomy: &["CWE-436", "AML.T0010"],
};
const KERAS_CODE: Rule = Rule {
    id: RuleId::new("keras-python-member"),
    severity: Severity::Medium,
    summary: "The Keras model comes with Python source, which Keras does not need",
    taxonomy: &["CWE-506", "AML.T0010", "AML.T0011"],
};
static RULES: [Rule; 8] =
    [STRUCTURE, UNSAFE_PATH, UNLISTED, CRC, TORCH_SCRIPT, TORCH_PACKAGE, DDUF, KERAS_CODE];

/// Zip archives and everything that is one.
#[derive(Debug)]
pub(super) struct Zip;

impl Scanner for Zip {
    fn format(&self) -> Format {
        Format::Zip
    }

    fn rules(&self) -> &'static [Rule] {
        &RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        starts(probe) || ends_in(probe.tail).any
    }

    fn fills(&self, probe: &Probe<'_>) -> bool {
        starts(probe) || ends_in(probe.tail).exact
    }

    /// As a pickle, `PK` asks for a persistent id. Loaders refuse that, but for PyTorch's, which takes `PK` for a zip.
    fn refines(&self, probe: &Probe<'_>) -> &'static [Format] {
        if starts(probe) { &[Format::Pickle] } else { &[] }
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let archive = Archive::read(input)?;
        if archive.members.is_empty() && archive.directories.is_empty() {
            let head = input.window(0, 2)?;
            // Elsewhere, four bytes that look like an end record and lead nowhere are a zip to nobody.
            return if head == b"PK" { Err(Stop::Malformed { what: "zip", offset: 0 }) } else { Ok(()) };
        }
        let host = Host::of(input, &archive)?;
        if host == Host::Other && archive.directories.iter().all(|directory| directory.count == 0) {
            // Nobody finds members behind something else without a directory. In texts of pickles, archives lose theirs.
            return Ok(());
        }
        let kind = Kind::of(input.name(), &archive);
        kind.refine(report);
        structure(input, &archive, host, report);
        code(input, &archive, kind, report);
        let mut seen = BTreeSet::new();
        for (at, member) in &archive.members {
            unsafe_member(input, *at, member, report);
            if kind == Kind::Dduf {
                dduf_member(input, *at, member, report);
            }
            for content in member.contents(input.size()) {
                if seen.insert(content) {
                    look(input, member, &content, kind, report)?;
                }
            }
        }
        match host {
            Host::Own | Host::Carrier => unlisted(input, &archive, host, report),
            Host::Other => Ok(()),
        }
    }
}

/// Whether a local header, or the end record of an empty archive, opens the input.
fn starts(probe: &Probe<'_>) -> bool {
    probe.head.starts_with(b"PK\x03\x04") || probe.head.starts_with(b"PK\x05\x06\0\0\0\0")
}

/// What the archive lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Host {
    /// The file is the archive.
    Own,
    /// Something in front of the archive is a format behind which an archive is at home, and does not know its end.
    Carrier,
    /// Something in front of the archive is a format of its own, which accounts for what it holds: a tar of several
    /// zips is no contradiction. Its own scanner looks at the bytes that are not of the last archive.
    Other,
}

impl Host {
    fn of(input: &Input<'_>, archive: &Archive) -> Result<Self, Stop> {
        if archive.prefix == 0 {
            return Ok(Self::Own);
        }
        let host = |probe: &Probe<'_>| {
            let fills = |scanner: &&&dyn Scanner| scanner.format() != Format::Zip && scanner.fills(probe);
            let carries = |scanner: &dyn Scanner| scanner.carries().contains(&Format::Zip);
            let hosts: Vec<_> = SCANNERS.iter().filter(fills).collect();
            if hosts.iter().any(|scanner| carries(**scanner)) {
                Self::Carrier
            } else if hosts.is_empty() {
                Self::Own
            } else {
                Self::Other
            }
        };
        probe(input, host)
    }

    /// Where the archive starts whose contradictions count.
    fn start(self, archive: &Archive) -> u64 {
        match self {
            Self::Own => 0,
            Self::Carrier | Self::Other => {
                // Directories are found last first, and the last one is what most loaders read.
                let of_last = |member: &Member| member.entries.iter().any(|(directory, _)| *directory == 0);
                let mut members = archive.members.iter().filter(|(_, member)| of_last(member));
                members.next().map_or(0, |(at, _)| *at)
            }
        }
    }
}

/// What an archive is made for, by the names in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Npz,
    Keras,
    Skops,
    Dduf,
    Torch,
    TorchPackage,
    TorchServe,
}

impl Kind {
    fn of(file: &str, archive: &Archive) -> Self {
        let (mut package, mut torch, mut config, mut metadata) = (false, false, false, false);
        let (mut schema, mut only_skops) = (false, true);
        let mut served = false;
        let (mut any, mut only_arrays) = (false, true);
        for facts in archive.members.values().flat_map(Member::facts) {
            let name = folded(&facts.name);
            let inner = name.split_once('/').map_or("", |(_, inner)| inner);
            package |= matches!(inner, ".data/extern_modules" | ".data/python_version");
            torch |= matches!(
                inner,
                "data.pkl" | "constants.pkl" | "bytecode.pkl" | "attributes.pkl" | ".data/version"
            );
            served |= name == "mar-inf/manifest.json";
            config |= name == "config.json";
            metadata |= name == "metadata.json";
            schema |= name == "schema.json";
            only_skops &= name == "schema.json"
                || !name.contains('/') && SKOPS_FILES.iter().any(|end| name.ends_with(end));
            any |= !name.is_empty();
            only_arrays &= name.is_empty() || name.ends_with(".npy");
        }
        if package {
            Self::TorchPackage
        } else if torch {
            Self::Torch
        } else if served {
            Self::TorchServe
        } else if config && metadata {
            Self::Keras
        } else if schema && only_skops {
            Self::Skops
        } else if file.to_ascii_lowercase().ends_with(".dduf") {
            // Nothing inside tells it from any other archive, and its readers ask for the name.
            Self::Dduf
        } else if any && only_arrays {
            Self::Npz
        } else {
            Self::Plain
        }
    }

    fn refine(self, report: &mut Report<'_>) {
        match self {
            Self::Plain | Self::TorchServe => {}
            Self::Npz => report.refined(Format::Zip, Format::Npz),
            Self::Keras => report.refined(Format::Zip, Format::Keras),
            Self::Skops => report.refined(Format::Zip, Format::Skops),
            Self::Dduf => report.refined(Format::Zip, Format::Dduf),
            Self::Torch | Self::TorchPackage => report.refined(Format::Zip, Format::PytorchZip),
        }
    }

    /// Which library loads a member of this name.
    fn loader(self, name: &str) -> Loader {
        match self {
            Self::Torch | Self::TorchPackage if name.ends_with(".pkl") => Loader::Torch,
            // The folder `code` of a checkpoint, at any name of the archive itself.
            Self::Torch if name.ends_with(".py") && name.split('/').take(2).any(|part| part == "code") => {
                Loader::TorchScript
            }
            Self::TorchServe if name.ends_with(".py") => Loader::TorchServe,
            _ if name.ends_with(".npy") => Loader::Numpy,
            Self::Plain
            | Self::Npz
            | Self::Keras
            | Self::Skops
            | Self::Dduf
            | Self::Torch
            | Self::TorchPackage
            | Self::TorchServe => Loader::Any,
        }
    }
}

/// Reports contradictions, and what a strict loader says where we saw none.
fn structure(input: &Input<'_>, archive: &Archive, host: Host, report: &mut Report<'_>) {
    let lies = Lies::of(archive, host.start(archive));
    for lie in &lies.kept {
        report.hit(&STRUCTURE, input.place().at(lie.at), &lie.text, &[]);
    }
    if lies.more > 0 {
        let text = format!("and {} more contradictions", lies.more);
        report.hit(&STRUCTURE, input.place().clone(), &text, &[]);
    }
    if lies.kept.is_empty()
        && let Some(refusal) = refusal(input, archive)
    {
        report.hit(&STRUCTURE, input.place().clone(), &refusal, &[]);
    }
}

/// Reports Python source that a PyTorch loader compiles or runs, or that waits beside a Keras model.
fn code(input: &Input<'_>, archive: &Archive, kind: Kind, report: &mut Report<'_>) {
    let python = |member: &&Member| folded(member.name()).ends_with(".py");
    let Some(first) = archive.members.values().find(python) else { return };
    let place = input.place().member(&String::from_utf8_lossy(first.name()));
    let count = archive.members.values().filter(python).count();
    match kind {
        Kind::Torch => report.hit(&TORCH_SCRIPT, place, &format!("{count} TorchScript sources"), &[]),
        Kind::TorchPackage => {
            report.hit(&TORCH_PACKAGE, place, &format!("{count} Python sources run on import"), &[]);
        }
        Kind::Keras => report.hit(&KERAS_CODE, place, &format!("{count} Python sources in a model"), &[]),
        Kind::Plain | Kind::Npz | Kind::Skops | Kind::Dduf | Kind::TorchServe => {}
    }
}

/// Reports a member that unpacks to somewhere else.
fn unsafe_member(input: &Input<'_>, at: u64, member: &Member, report: &mut Report<'_>) {
    let place = input.place().at(at);
    if let Some(facts) = member.facts().find(|facts| unsafe_path(&facts.name)) {
        let name = String::from_utf8_lossy(&facts.name);
        report.hit(&UNSAFE_PATH, place, &format!("a member is named {name}"), &[("name", &name)]);
        return;
    }
    let unix_link =
        |made_by: u16, attributes: u32| made_by >> 8 == 3 && (attributes >> 16) & TYPE_BITS == LINK;
    if member.entries.iter().any(|(_, entry)| unix_link(entry.made_by, entry.attributes)) {
        let name = String::from_utf8_lossy(member.name());
        report.hit(&UNSAFE_PATH, place, &format!("{name} is a symbolic link"), &[("name", &name)]);
    }
}

/// Reports a member that a reader of DDUF refuses. Source: the format's description: stored members only, `.json`,
/// `.model`, `.safetensors` and `.txt`, at most one folder deep.
fn dduf_member(input: &Input<'_>, at: u64, member: &Member, report: &mut Report<'_>) {
    let name = folded(member.name());
    let known =
        name.is_empty() || [".json", ".model", ".safetensors", ".txt"].iter().any(|end| name.ends_with(end));
    let compressed = member.contents(input.size()).iter().any(|content| content.method != 0);
    let why = if compressed {
        "is compressed"
    } else if !known {
        "is no kind of file that the format has"
    } else if name.matches('/').count() > 1 {
        "lies deeper than one folder"
    } else {
        return;
    };
    report.hit(&DDUF, input.place().at(at), &format!("{name} {why}"), &[("name", &name)]);
}

/// Examines one content of a member.
fn look(
    input: &Input<'_>,
    member: &Member,
    content: &Content,
    kind: Kind,
    report: &mut Report<'_>,
) -> Result<(), Stop> {
    if content.length == 0 {
        return Ok(());
    }
    let name = String::from_utf8_lossy(member.name());
    let names: Vec<String> = member.facts().map(|facts| folded(&facts.name)).collect();
    let loader = names.iter().map(|name| kind.loader(name)).find(|loader| *loader != Loader::Any);
    let crcs: Vec<u32> = member.facts().map(|facts| facts.crc).collect();
    let encrypted = member.facts().any(|facts| facts.flags & 1 != 0);
    let size = member.facts().map(|facts| facts.size).max().unwrap_or_default();
    let loader = loader.unwrap_or(Loader::Any);
    let check = Look { name: &name, loader, encrypted, size, crcs: &crcs, report }.at(input, content)?;
    let place = input.place().member(&name);
    if check == Check::Matches && encrypted {
        let text = format!("{name} is marked as encrypted and is not");
        report.hit(&STRUCTURE, place, &text, &[]);
    } else if check == Check::Differs && !encrypted {
        report.hit(&CRC, place, &format!("{name} has another CRC than stated"), &[]);
    }
    Ok(())
}

/// Examines what no record accounts for: some loader may start there.
fn unlisted(input: &Input<'_>, archive: &Archive, host: Host, report: &mut Report<'_>) -> Result<(), Stop> {
    if archive.prefix > 0 && host == Host::Own {
        let text = format!("{} bytes before the first record", archive.prefix);
        report.hit(&UNLISTED, input.place().at(0), &text, &[]);
    }
    for range in archive.unlisted.iter().take(MAX_UNLISTED) {
        let length = range.end.saturating_sub(range.start);
        report.hit(&UNLISTED, input.place().at(range.start), &format!("{length} bytes in no record"), &[]);
        let member = input.member(&format!("[bytes at {:#x}]", range.start), range.start, length)?;
        crate::examine(&member, report)?;
    }
    if archive.unlisted.len() > MAX_UNLISTED {
        return Err(Stop::Limit(Limit::Count("unlisted ranges")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};
    use std::time::{Duration, Instant};

    use ::zip::ZipWriter;
    use ::zip::write::SimpleFileOptions;
    use assay_core::{GapKind, Limits};

    use super::*;
    use crate::Collected;
    use crate::{Budget, MemorySpool, Spool};

    /// An archive as the `zip` crate writes it: deflated members.
    fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, content) in members {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(content).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn examined(bytes: &[u8], limits: Limits) -> (Collected, Vec<Format>) {
        let budget = Budget::new(limits, Instant::now() + Duration::from_secs(60));
        let spool = MemorySpool::default();
        let mut facts = Collected::default();
        let mut report = Report::new(&mut facts, 100);
        crate::examine(&Input::file("x", &bytes, &budget, &spool), &mut report).unwrap();
        let formats = report.formats().to_vec();
        assert_eq!(crate::Bytes::size(&spool as &dyn Spool), 0, "the spool is released");
        (facts, formats)
    }

    fn limit_gaps(bytes: &[u8], limits: Limits) -> usize {
        let (facts, _) = examined(bytes, limits);
        facts.gaps.iter().filter(|gap| gap.kind == GapKind::Limit).count()
    }

    #[test]
    fn a_bomb_ends_as_a_gap_and_not_in_memory() {
        let bomb = archive(&[("a", &vec![0; 4 << 20])]);
        let limits = |max_scan_size| Limits { max_scan_size, ..Limits::default() };
        assert_eq!(limit_gaps(&bomb, limits(4 << 20)), 0);
        assert_eq!(limit_gaps(&bomb, limits((4 << 20) - 1)), 1);
    }

    #[test]
    fn members_and_levels_have_an_end() {
        let three = archive(&[("a", b"1"), ("b", b"2"), ("c", b"3")]);
        let files = |max_files| Limits { max_files, ..Limits::default() };
        assert_eq!(limit_gaps(&three, files(3)), 0);
        assert_eq!(limit_gaps(&three, files(2)), 1);
        let nested = archive(&[("a", &archive(&[("b", &archive(&[("c", b"deep")]))]))]);
        let levels = |max_recursion| Limits { max_recursion, ..Limits::default() };
        assert_eq!(limit_gaps(&nested, levels(3)), 0);
        assert_eq!(limit_gaps(&nested, levels(2)), 1);
    }

    #[test]
    fn formats_are_told_by_the_members() {
        let formats = |names: &[&str]| {
            let members: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, b"x".as_slice())).collect();
            examined(&archive(&members), Limits::default()).1
        };
        assert_eq!(formats(&["m/data.pkl", "m/version"])[0], Format::PytorchZip);
        assert_eq!(formats(&["M\\DATA.PKL"])[0], Format::PytorchZip);
        assert_eq!(formats(&["a.npy", "b.npy"])[0], Format::Npz);
        assert_eq!(formats(&["config.json", "metadata.json", "model.weights.h5"])[0], Format::Keras);
        assert_eq!(formats(&["data.pkl", "a.npy"])[0], Format::Zip);
    }

    #[test]
    fn a_member_that_cannot_be_inflated_is_never_clean() {
        let mut broken = archive(&[("a", &b"some text, some text, some text".repeat(9))]);
        let data = 30 + 1;
        broken[data] = 0xff;
        let (facts, _) = examined(&broken, Limits::default());
        assert!(facts.gaps.iter().any(|gap| gap.kind == GapKind::Malformed), "{:?}", facts.gaps);
    }
}

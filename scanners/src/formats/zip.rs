//! zip archives, and what is made of them: PyTorch checkpoints, `.npz`, `.keras`.
//!
//! Examines the bytes of every member that any loader would see, names contradictions between the records, and names
//! members that would be unpacked outside their folder. The reading is in [`crate::zip`].
//! Source: APPNOTE 6.3.10; CVE-2025-1889, CVE-2025-1944, CVE-2025-1945, CVE-2025-10156 (archives that scanners and
//! loaders read differently); CVE-2024-0450 (overlapping members).

mod kind;

use std::collections::BTreeSet;
use std::io::Read;

use assay_core::{Format, Rule, RuleId, Severity};
use flate2::read::DeflateDecoder;

use self::kind::Kind;
use crate::member_name::{Links, folded, leaves, unsafe_path};
use crate::probe::probe;
use crate::zip::{Archive, Check, Content, Lies, Look, Member, ends_in, refusal};
use crate::{Input, Limit, Loader, Probe, Report, SCANNERS, Scanner, Stop};

/// Unlisted ranges that are examined; honest archives have none.
const MAX_UNLISTED: usize = 64;

/// The longest target of a link that is read.
const MAX_TARGET: u64 = 4096;

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
        let mut links = Links::default();
        archive.members.values().filter(|member| is_link(member)).for_each(|member| links.add(member.name()));
        for (at, member) in &archive.members {
            unsafe_member(input, *at, member, &links, report);
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
fn unsafe_member(input: &Input<'_>, at: u64, member: &Member, links: &Links, report: &mut Report<'_>) {
    let place = input.place().at(at);
    if let Some(facts) = member.facts().find(|facts| unsafe_path(&facts.name)) {
        let name = String::from_utf8_lossy(&facts.name);
        report.hit(&UNSAFE_PATH, place, &format!("a member is named {name}"), &[("name", &name)]);
        return;
    }
    let text = if is_link(member) { link(input, member) } else { None };
    let behind = || links.are_on_the_way_to(member.name()).then(|| "lies behind a link".to_owned());
    if let Some(text) = text.or_else(behind) {
        let name = String::from_utf8_lossy(member.name());
        report.hit(&UNSAFE_PATH, place, &format!("{name} {text}"), &[("name", &name)]);
    }
}

/// Whether programs that know Unix make a symbolic link of it.
fn is_link(member: &Member) -> bool {
    let link = |made_by: u16, attributes: u32| made_by >> 8 == 3 && (attributes >> 16) & TYPE_BITS == LINK;
    member.entries.iter().any(|(_, entry)| link(entry.made_by, entry.attributes))
}

/// Where a symbolic link leads, unless that is inside the folder.
#[expect(clippy::disallowed_methods, reason = "the take is the limit")]
fn link(input: &Input<'_>, member: &Member) -> Option<String> {
    member.contents(input.size()).iter().find_map(|content| {
        let part = input.part(content.data, content.length);
        let mut target = Vec::new();
        let read = match content.method {
            0 => part.reader().take(MAX_TARGET).read_to_end(&mut target),
            8 => DeflateDecoder::new(part.reader()).take(MAX_TARGET).read_to_end(&mut target),
            _ => return Some("is a symbolic link".to_owned()),
        };
        if read.is_err() || target.len() as u64 >= MAX_TARGET {
            return Some("is a symbolic link".to_owned());
        }
        leaves(member.name(), &target).then(|| format!("links to {}", String::from_utf8_lossy(&target)))
    })
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
mod tests;

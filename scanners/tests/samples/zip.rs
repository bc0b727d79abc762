//! Zip archives: honest ones, and each way to contradict oneself.

use assay_core::Format;

use super::Sample;
use super::zip_bytes::{File, Zip, described, honest};

/// A member whose content nobody recognises.
fn text(name: &str) -> File {
    honest(name, b"just a text")
}

fn sample(name: &'static str, zip: Zip, rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "archive.zip", format: Format::Zip, bytes: zip.bytes(), rules }
}

const LIE: &[&str] = &["zip-structure-mismatch"];

pub(crate) fn samples() -> Vec<Sample> {
    let mut samples = near_misses();
    samples.extend(lies_of_one_member());
    samples.extend(lies_of_the_directory());
    samples.extend(other_rules());
    samples.push(polyglot());
    samples
}

fn near_misses() -> Vec<Sample> {
    let mut padded = Zip::of([text("a"), text("b")]);
    padded.files[1].before = vec![0; 40];
    let mut aligned = text("archive/data/0");
    aligned.here.extra = [b"FB\x20\0".as_slice(), &[b'Z'; 32]].concat();
    let mut large = honest("a.bin", b"zip64 sizes");
    large.here.zip64 = true;
    large.there.zip64 = true;
    let mut commented = Zip::of([text("a")]);
    commented.comment = b"made by hand".to_vec();
    let inner = Zip::of([text("inner")]).bytes();
    vec![
        sample("stored and deflated", Zip::of([text("a"), text("b").deflated()]), &[]),
        sample("a folder and an empty member", Zip::of([honest("d/", b""), honest("d/e", b"")]), &[]),
        sample("an empty archive", Zip::of([]), &[]),
        sample("written as a stream, with descriptors", Zip::of([described("a"), described("b")]), &[]),
        sample("zero bytes between members", padded, &[]),
        sample("alignment in the extra field", Zip::of([aligned]), &[]),
        sample("zip64 sizes where none are needed", Zip::of([large]), &[]),
        sample("a comment", commented, &[]),
        sample("a stored zip inside", Zip::of([honest("inner.zip", &inner)]), &[]),
        sample(
            "more than is seen of it, without a line end",
            Zip::of([honest("zeros", &[0; 70_000]), text("b")]),
            &[],
        ),
        behind_zip64(
            "a zip64 record that repeats the record behind it",
            Zip::of([text(NAME_OF_30), text("b")]),
        ),
        sample("names that differ in case", Zip::of([text("A.txt"), text("a.txt")]), &[]),
    ]
}

/// With this name the first entry of a directory is as long as a zip64 record and its locator.
const NAME_OF_30: &str = "a-checkpoint-of-step1/data.txt";

/// An archive whose end record follows a zip64 record and its locator, as torch writes them.
fn behind_zip64(name: &'static str, zip: Zip) -> Sample {
    let mut made = sample(name, zip, &[]);
    let end_at = made.bytes.len() - 22;
    let end = made.bytes.split_off(end_at);
    let field = |at: usize| u64::from(u32::from_le_bytes([end[at], end[at + 1], end[at + 2], end[at + 3]]));
    let (entries, size, offset) = (u64::from(end[10]), field(12), field(16));
    made.bytes.extend(b"PK\x06\x06");
    made.bytes.extend(44_u64.to_le_bytes());
    made.bytes.extend([0x1e, 3, 0x2d, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for number in [entries, entries, size, offset] {
        made.bytes.extend(number.to_le_bytes());
    }
    made.bytes.extend(b"PK\x06\x07\0\0\0\0");
    made.bytes.extend((end_at as u64).to_le_bytes());
    made.bytes.extend([1, 0, 0, 0]);
    made.bytes.extend(end);
    made
}

/// Changes one member of an archive of two.
fn one(name: &'static str, change: impl FnOnce(&mut File)) -> Sample {
    let mut zip = Zip::of([text("first"), text("second")]);
    change(&mut zip.files[0]);
    sample(name, zip, LIE)
}

fn lies_of_one_member() -> Vec<Sample> {
    vec![
        one("CVE-2025-1944: names differ", |file| file.here.name = b"other".to_vec()),
        one("CVE-2025-1945: the directory says encrypted", |file| file.there.flags |= 1),
        one("both headers say encrypted and it is not", |file| {
            file.here.flags |= 1;
            file.there.flags |= 1;
        }),
        one("a flag of patched data", |file| {
            file.here.flags |= 1 << 5;
            file.there.flags |= 1 << 5;
        }),
        one("a flag of strong encryption in one header", |file| file.here.flags |= 1 << 6),
        one("CRCs differ", |file| file.here.crc ^= 1),
        one("the local sizes are zero", |file| (file.here.compressed, file.here.size) = (0, 0)),
        one("a version that does not exist", |file| file.there.version = 99),
        one("a name that goes on after a zero byte", |file| {
            file.here.name = b"first\0.txt".to_vec();
            file.there.name = b"first\0.txt".to_vec();
        }),
        one("another name in the Unicode path", |file| {
            file.there.extra = [b"\x75\x70\x0a\0\x01".as_slice(), &[0; 4], b"other"].concat();
        }),
        one("a member in no directory", |file| file.listed = false),
        sample("two members of one name", Zip::of([text("a"), honest("a", b"another text")]), LIE),
        sample(
            "names that a PyTorch loader takes for one",
            Zip::of([text("x/y/data.pkl"), text("x/y/DATA.pkl")]),
            LIE,
        ),
    ]
}

fn lies_of_the_directory() -> Vec<Sample> {
    let two = || Zip::of([text("a"), text("b")]);
    let mut fewer = two();
    fewer.declared = Some(1);
    let mut without = two();
    without.without_end = true;
    let mut split = two();
    split.disk = 1;
    let mut overlapping = two();
    overlapping.files[0].there.compressed += 20;
    overlapping.files[0].there.size += 20;
    let mut commented = two();
    commented.comment = Zip::of([text("c")]).bytes();
    let changed = |name, change: fn(&mut Vec<u8>, usize, usize)| {
        let mut made = sample(name, two(), LIE);
        let end = made.bytes.len() - 22;
        let directory = end - 2 * (46 + 1);
        change(&mut made.bytes, directory, end);
        made
    };
    let mut cut = changed("an end record that is cut", |bytes, _, _| bytes.extend(b"PK\x05\x06"));
    cut.rules = &["zip-structure-mismatch", "zip-unlisted-bytes"];
    let joined = [Zip::of([text("a")]).bytes(), Zip::of([text("b")]).bytes()].concat();
    let joined = Sample {
        name: "two archives in one file",
        file: "archive.zip",
        format: Format::Zip,
        bytes: joined,
        rules: LIE,
    };
    vec![
        sample("fewer entries declared than there are", fewer, LIE),
        sample("no end record", without, LIE),
        sample("an end record of a split archive", split, LIE),
        sample("members that share bytes", overlapping, &["zip-crc-mismatch", "zip-structure-mismatch"]),
        sample("an archive in the comment", commented, LIE),
        changed("zeros between the directory and its end record", |bytes, _, end| {
            bytes.splice(end..end, [0; 16]);
        }),
        changed("a member in another file of a split archive", |bytes, directory, _| {
            bytes[directory + 34] = 1
        }),
        joined,
        cut,
    ]
}

fn other_rules() -> Vec<Sample> {
    let link = |target: &[u8]| {
        let mut link = honest("a/link", target);
        link.made_by = 3 << 8;
        link.attributes = 0o120_777 << 16;
        link
    };
    let mut wrong = text("a");
    (wrong.here.crc, wrong.there.crc) = (1, 1);
    let mut trailing = Zip::of([text("a")]).bytes();
    trailing.extend(b"and something after it");
    let trailing = Sample {
        name: "bytes after the end record",
        file: "archive.zip",
        format: Format::Zip,
        bytes: trailing,
        rules: &["zip-unlisted-bytes"],
    };
    let keras = Sample {
        name: "Python in a Keras model",
        file: "model.keras",
        format: Format::Keras,
        bytes: Zip::of(["config.json", "metadata.json", "custom.py"].map(text)).bytes(),
        rules: &["keras-python-member"],
    };
    let torch = |files: &[&str], rules| Sample {
        name: if rules == ["torch-script-code"] { "TorchScript" } else { "torch.package" },
        file: "model.pt",
        format: Format::PytorchZip,
        bytes: Zip::of(files.iter().map(|name| text(name))).bytes(),
        rules,
    };
    vec![
        sample("a path out of the folder", Zip::of([text("../../x")]), &["zip-unsafe-path"]),
        sample("an absolute path", Zip::of([text("/etc/x")]), &["zip-unsafe-path"]),
        sample(
            "a symbolic link out of the folder",
            Zip::of([link(b"../../x").deflated()]),
            &["zip-unsafe-path"],
        ),
        sample("a symbolic link inside", Zip::of([link(b"../x"), link(b"y").deflated()]), LIE),
        sample("CVE-2025-10156: a wrong CRC", Zip::of([wrong]), &["zip-crc-mismatch"]),
        trailing,
        keras,
        torch(&["m/constants.pkl", "m/code/__torch__.py"], &["torch-script-code"]),
        torch(&["m/.data/extern_modules", "m/model.py"], &["torch-package-source"]),
    ]
}

/// An empty safetensors file that ends as a zip.
fn polyglot() -> Sample {
    Sample {
        name: "complete as safetensors and as zip",
        file: "model.safetensors",
        format: Format::Zip,
        bytes: [2_u64.to_le_bytes().as_slice(), b"{}", &Zip::of([text("a")]).bytes()].concat(),
        rules: &["polyglot-file", "safetensors-trailing-data"],
    }
}

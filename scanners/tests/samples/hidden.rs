//! One pickle that calls `os.system`, behind each container and each way to hide it there.
//!
//! The command is `true`, and nothing here is ever loaded.

use std::io::Write;

use assay_core::Format;
use ppmd_rust::{Ppmd8Encoder, RestoreMethod};

use super::Sample;
use super::compressed::{bzip2, lzma, xz, zstd};
use super::cpio;
use super::gzip::gzip;
use super::npy::{header, npy};
use super::pytorch_legacy::{KEYS, MAGIC, OBJECT, PROTOCOL, SYSTEM};
use super::sevenz::deflate;
use super::tar::{archive, member, patched, pax, stating};
use super::zip_bytes::{File, Zip, honest};

/// `os.system("true")`.
const PAYLOAD: &[u8] = b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R.";
/// The number one.
const ONE: &[u8] = b"\x80\x02K\x01.";

const FOUND: &[&str] = &["pickle-unsafe-global"];
const FOUND_BY_A_LIE: &[&str] = &["pickle-unsafe-global", "zip-structure-mismatch"];

fn hidden(name: &'static str, format: Format, bytes: Vec<u8>, rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "model.bin", format, bytes, rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    let mut samples = in_zip();
    samples.extend(by_a_zip_that_lies());
    samples.extend(in_pytorch());
    samples.extend(in_streams());
    samples.extend(in_tar());
    samples.extend(by_a_tar_that_lies());
    samples.extend(in_zip_by_other_methods());
    samples
}

fn payload() -> File {
    honest("m.pkl", PAYLOAD)
}

fn text() -> File {
    honest("a.txt", b"just a text")
}

fn in_zip() -> Vec<Sample> {
    let zip = |name, files: Vec<File>| hidden(name, Format::Zip, Zip::of(files).bytes(), FOUND);
    let inner = Zip::of([payload()]).bytes();
    let object = npy(1, &header("'|O'", "(1,)"), PAYLOAD);
    let trailing = [Zip::of([text()]).bytes(), PAYLOAD.to_vec()].concat();
    vec![
        zip("payload stored", vec![payload()]),
        zip("payload deflated", vec![text(), payload().deflated()]),
        zip("payload named as a text", vec![honest("README.md", PAYLOAD)]),
        zip("payload in a zip in a zip", vec![honest("inner.bin", &inner).deflated()]),
        zip("payload in a tar in a zip", vec![honest("x", &archive(&[member("p", b'0', PAYLOAD)]))]),
        hidden(
            "payload in an object array",
            Format::Npz,
            Zip::of([honest("a.npy", &object).deflated()]).bytes(),
            &["numpy-object-array", "pickle-unsafe-global"],
        ),
        hidden(
            "payload after the archive",
            Format::Zip,
            trailing,
            &["pickle-unsafe-global", "zip-unlisted-bytes"],
        ),
        hidden(
            "payload before the archive",
            Format::Zip,
            [PAYLOAD.to_vec(), Zip::of([text()]).bytes()].concat(),
            &["pickle-trailing-data", "pickle-unsafe-global", "polyglot-file"],
        ),
    ]
}

/// LZMA as a zip member has it: a version, the length of the properties, the properties, and no size.
fn zip_lzma(content: &[u8]) -> Vec<u8> {
    [b"\x09\x14\x05\0\x5d\0\0\x04\0".as_slice(), &lzma(content, false)].concat()
}

/// PPMd as a zip member has it: order 6, 1 MiB and the method to start anew in two bytes.
#[expect(clippy::expect_used, reason = "memory does not fail")]
fn zip_ppmd(content: &[u8]) -> Vec<u8> {
    let mut encoder = Ppmd8Encoder::new(vec![5, 0], 6, 1 << 20, RestoreMethod::Restart).expect("parameters");
    encoder.write_all(content).expect("memory");
    encoder.finish(true).expect("memory")
}

/// The methods that Python has beyond deflate, and those that others have.
fn in_zip_by_other_methods() -> Vec<Sample> {
    type Compress = fn(&[u8]) -> Vec<u8>;
    let methods: [(&str, &str, u16, Compress); 6] = [
        ("text by Deflate64", "payload by Deflate64", 9, deflate),
        ("text by bzip2", "payload by bzip2", 12, bzip2),
        ("text by LZMA", "payload by LZMA", 14, zip_lzma),
        ("text by Zstandard", "payload by Zstandard", 93, zstd),
        ("text by PPMd", "payload by PPMd", 98, zip_ppmd),
        ("text by xz", "payload by xz", 95, xz),
    ];
    let zip = |name, file, rules| hidden(name, Format::Zip, Zip::of([file]).bytes(), rules);
    let of = |(text_name, payload_name, method, compress): (_, _, u16, Compress)| {
        let text = text().coded(method, compress(b"just a text"));
        let payload = payload().coded(method, compress(PAYLOAD));
        [zip(text_name, text, &[]), zip(payload_name, payload, FOUND)]
    };
    methods.into_iter().flat_map(of).collect()
}

fn by_a_zip_that_lies() -> Vec<Sample> {
    let lying = |name, change: &dyn Fn(&mut Zip)| {
        let mut zip = Zip::of([text(), payload()]);
        change(&mut zip);
        hidden(name, Format::Zip, zip.bytes(), FOUND_BY_A_LIE)
    };
    let mut commented = Zip::of([text()]);
    commented.comment = Zip::of([payload()]).bytes();
    let joined = [Zip::of([payload()]).bytes(), Zip::of([text()]).bytes()].concat();
    vec![
        lying("payload in no directory", &|zip| zip.files[1].listed = false),
        lying("payload without any directory", &|zip| zip.without_end = true),
        lying("payload marked as encrypted", &|zip| zip.files[1].there.flags |= 1),
        lying("payload under two names", &|zip| zip.files[1].here.name = b"a.doc".to_vec()),
        lying("payload with sizes of zero", &|zip| {
            (zip.files[1].here.compressed, zip.files[1].here.size) = (0, 0);
        }),
        lying("payload as the second of one name", &|zip| {
            (zip.files[1].here.name, zip.files[1].there.name) = (b"a.txt".to_vec(), b"a.txt".to_vec());
        }),
        lying("payload beyond the declared entries", &|zip| zip.declared = Some(1)),
        hidden("payload in the comment", Format::Zip, commented.bytes(), FOUND_BY_A_LIE),
        hidden("payload in the first of two archives", Format::Zip, joined, FOUND_BY_A_LIE),
    ]
}

fn in_pytorch() -> Vec<Sample> {
    let checkpoint =
        |files: &[(&str, &[u8])]| Zip::of(files.iter().map(|(name, content)| honest(name, content))).bytes();
    let mut samples = vec![
        hidden(
            "payload in data.pkl",
            Format::PytorchZip,
            checkpoint(&[("m/data.pkl", PAYLOAD), ("m/version", b"3\n")]),
            FOUND,
        ),
        hidden(
            "payload in a storage",
            Format::PytorchZip,
            checkpoint(&[("m/data.pkl", OBJECT), ("m/data/0", PAYLOAD)]),
            FOUND,
        ),
    ];
    let names = ["protocol", "system facts", "object", "storage keys"];
    for (slot, name) in names.into_iter().enumerate() {
        let mut parts = [MAGIC, PROTOCOL, SYSTEM, OBJECT, KEYS];
        parts[slot + 1] = PAYLOAD;
        samples.push(hidden(name, Format::PytorchLegacy, parts.concat(), FOUND));
    }
    // One float storage of two elements, then the payload where the list of views stands.
    let storages = [ONE, OBJECT, &2_u64.to_le_bytes(), &[1; 8], PAYLOAD].concat();
    // One tensor of one dimension, then the payload where the next one stands.
    let tensors = [ONE, OBJECT, &1_u32.to_le_bytes(), &[0; 4 + 16 + 8], PAYLOAD, &[0; 16]].concat();
    let tar = |storages: &[u8], tensors: &[u8]| {
        archive(&[
            member("storages", b'0', storages),
            member("tensors", b'0', tensors),
            member("pickle", b'0', OBJECT),
        ])
    };
    samples.push(hidden("payload between storages", Format::Tar, tar(&storages, ONE), FOUND));
    samples.push(hidden("payload between tensors", Format::Tar, tar(ONE, &tensors), FOUND));
    samples
}

/// Sparse members, in whose stored bytes the payload is no pickle.
fn in_tar() -> Vec<Sample> {
    let length = PAYLOAD.len();
    let part = format!("{}", length - 2);
    let size = format!("{length}");
    let map = format!("0,2,2,{part}");
    let octal = |number: usize| format!("{number:011o}\0");
    let old = patched(
        member("m", b'S', PAYLOAD),
        &[
            (257, b"ustar  \0"),
            (386, octal(0).as_bytes()),
            (398, octal(2).as_bytes()),
            (410, octal(2).as_bytes()),
            (422, octal(length - 2).as_bytes()),
            (483, octal(length).as_bytes()),
        ],
    );
    let with =
        |records: &[(&str, &str)], content: &[u8]| [pax(b'x', records), member("m", b'0', content)].concat();
    let parts = [
        ("GNU.sparse.size", size.as_str()),
        ("GNU.sparse.offset", "0"),
        ("GNU.sparse.numbytes", "2"),
        ("GNU.sparse.offset", "2"),
        ("GNU.sparse.numbytes", &part),
    ];
    let mut in_front = format!("2\n0\n2\n2\n{part}\n").into_bytes();
    in_front.resize(512, 0);
    in_front.extend(PAYLOAD);
    let one = [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.realsize", &size)];
    let tar = |name, members: Vec<u8>| hidden(name, Format::Tar, archive(&[members]), FOUND);
    vec![
        tar("payload in a sparse member", old),
        tar("payload in a sparse member of pax 0.0", with(&parts, PAYLOAD)),
        tar(
            "payload in a sparse member of pax 0.1",
            with(&[("GNU.sparse.size", &size), ("GNU.sparse.map", &map)], PAYLOAD),
        ),
        tar("payload in a sparse member of pax 1.0", with(&one, &in_front)),
    ]
}

/// Members that only some programs come by.
fn by_a_tar_that_lies() -> Vec<Sample> {
    const LIE: &[&str] = &["pickle-unsafe-global", "tar-structure-mismatch"];
    const AFTER: &[&str] = &["pickle-unsafe-global", "tar-trailing-data"];
    let text = || member("a.txt", b'0', b"just a text");
    let payload = || member("m.pkl", b'0', PAYLOAD);
    // For those who step over the header of `b`, its content are members.
    let inside = |kind| {
        let outer = member("b", b'0', &[vec![1; 512], payload()].concat());
        [stating("d", kind, &outer[..512]), outer[512..].to_vec()].concat()
    };
    let tar = |name, members: Vec<u8>, rules| hidden(name, Format::Tar, archive(&[text(), members]), rules);
    vec![
        tar("payload behind a folder of some size", inside(b'5'), LIE),
        tar("payload behind a link of some size", inside(b'2'), LIE),
        tar(
            "payload behind a size for some",
            [pax(b'X', &[("size", "1024")]), member("b", b'0', b""), payload()].concat(),
            LIE,
        ),
        tar("payload behind what is no header", [vec![1; 512], payload()].concat(), AFTER),
        tar(
            "payload behind zeros and what is no header",
            [vec![0; 1024], vec![1; 512], payload()].concat(),
            AFTER,
        ),
    ]
}

fn in_streams() -> Vec<Sample> {
    let tar = archive(&[member("m.pkl", b'0', PAYLOAD)]);
    let (first, rest) = PAYLOAD.split_at(7);
    vec![
        hidden("payload", Format::Gzip, gzip(PAYLOAD), FOUND),
        hidden("payload twice compressed", Format::Gzip, gzip(&gzip(PAYLOAD)), FOUND),
        hidden("payload over two members", Format::Gzip, [gzip(first), gzip(rest)].concat(), FOUND),
        hidden(
            "payload after the data",
            Format::Gzip,
            [gzip(b"just a text"), PAYLOAD.to_vec()].concat(),
            &["gzip-trailing-data", "pickle-unsafe-global"],
        ),
        hidden("payload in a compressed tar", Format::Gzip, gzip(&tar), FOUND),
        hidden("payload in a tar", Format::Tar, tar, FOUND),
        hidden(
            "payload in a cpio",
            Format::Cpio,
            cpio::archive(cpio::newc, &[("m.pkl", 0o100_644, PAYLOAD)]),
            FOUND,
        ),
        hidden(
            "payload in an array",
            Format::Npy,
            npy(1, &header("'|O'", "(1,)"), PAYLOAD),
            &["numpy-object-array", "pickle-unsafe-global"],
        ),
    ]
}

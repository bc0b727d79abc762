//! tar archives, written by hand where the `tar` crate would refuse.

use assay_core::Format;

use super::Sample;

/// One header block with a right checksum.
fn header(name: &[u8], kind: u8, size: usize, link: &[u8]) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name);
    block[100..107].copy_from_slice(b"0000644");
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[148..156].copy_from_slice(b"        ");
    block[156] = kind;
    block[157..157 + link.len()].copy_from_slice(link);
    block[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    block
}

/// A member with its padding.
pub(crate) fn member(name: &str, kind: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = header(name.as_bytes(), kind, content.len(), b"");
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

fn link(name: &str, kind: u8, target: &str) -> Vec<u8> {
    header(name.as_bytes(), kind, 0, target.as_bytes())
}

/// Members and the end mark.
pub(crate) fn archive(members: &[Vec<u8>]) -> Vec<u8> {
    [members.concat(), vec![0; 1024]].concat()
}

fn sample(name: &'static str, members: &[Vec<u8>], rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "model.tar", format: Format::Tar, bytes: archive(members), rules }
}

fn text(name: &str) -> Vec<u8> {
    member(name, b'0', b"just a text")
}

/// A header of the time before `ustar`.
fn v7() -> Vec<u8> {
    let mut bytes = text("old");
    bytes[257..265].fill(0);
    bytes[148..156].copy_from_slice(b"        ");
    let sum: u32 = bytes[..512].iter().map(|byte| u32::from(*byte)).sum();
    bytes[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    bytes
}

pub(crate) fn samples() -> Vec<Sample> {
    const UNSAFE: &[&str] = &["tar-unsafe-path"];
    let two = |first: Vec<u8>| [first, text("b")];
    let with_pax = |records: &[u8]| two([member("pax", b'x', records), text("a")].concat());
    let mut joined = sample("bytes after the end mark", &[text("a")], &["tar-trailing-data"]);
    joined.bytes.extend(archive(&[text("b")]));
    let zips = |name: &str| {
        member(name, b'0', &super::zip_bytes::Zip::of([super::zip_bytes::honest("a", b"text")]).bytes())
    };
    let layer =
        archive(&[link("etc/mtab", b'2', "/proc/mounts"), text("usr/x"), member("usr/.wh.y", b'0', b"")]);
    let image = |name: &str| {
        [
            member(name, b'0', &super::gzip::gzip(&layer)),
            member("oci-layout", b'0', b"{\"imageLayoutVersion\": \"1.0.0\"}"),
        ]
    };
    let blob = format!("blobs/sha256/{}", "0".repeat(64));
    vec![
        sample("a layer of an image", &image(&blob), &[]),
        sample("a link that only looks like a layer's", &image("blobs/0"), UNSAFE),
        sample("files and a folder", &[member("d/", b'5', b""), text("d/a")], &[]),
        sample("v7", &[v7()], &[]),
        sample("a link inside", &two(link("d/l", b'2', "../b")), &[]),
        sample("a long GNU name", &two([member("././@LongLink", b'L', b"long\0"), text("a")].concat()), &[]),
        sample("a pax path", &with_pax(b"14 path=a/b/c\n"), &[]),
        sample("two zips", &[zips("a.zip"), zips("b.zip")], &[]),
        sample("a path out of the folder", &two(text("a/../../b")), UNSAFE),
        sample("an absolute pax path", &with_pax(b"15 path=/etc/x\n"), UNSAFE),
        sample("a symbolic link out of the folder", &two(link("d/l", b'2', "../../b")), UNSAFE),
        sample("a hard link to somewhere else", &two(link("h", b'1', "/etc/shadow")), UNSAFE),
        sample("a device", &two(link("dev", b'3', "")), UNSAFE),
        sample("two members of one name", &[text("a"), text("a")], &["tar-duplicate-member"]),
        sample("CVE-2025-62518: two sizes", &with_pax(b"9 size=5\n"), &["tar-structure-mismatch"]),
        joined,
    ]
}

//! tar archives, written by hand where the `tar` crate would refuse.

use assay_core::Format;

use super::Sample;

/// One header block with a right checksum.
fn header(name: &[u8], kind: u8, size: usize, link: &[u8]) -> Vec<u8> {
    let mut block = vec![0; 512];
    block[..name.len()].copy_from_slice(name);
    block[100..107].copy_from_slice(b"0000644");
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[156] = kind;
    block[157..157 + link.len()].copy_from_slice(link);
    block[257..265].copy_from_slice(b"ustar\x0000");
    summed(block)
}

/// The same with what stands at these places, and a right checksum.
pub(crate) fn patched(mut bytes: Vec<u8>, patches: &[(usize, &[u8])]) -> Vec<u8> {
    for (at, patch) in patches {
        bytes[*at..*at + patch.len()].copy_from_slice(patch);
    }
    summed(bytes)
}

/// The same with the right checksum of its first block.
fn summed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes[148..156].copy_from_slice(b"        ");
    let sum: u32 = bytes[..512].iter().map(|byte| u32::from(*byte)).sum();
    bytes[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    bytes
}

/// A pax header of these keys and values.
pub(crate) fn pax(kind: u8, records: &[(&str, &str)]) -> Vec<u8> {
    let record = |(key, value): &(&str, &str)| {
        let rest = key.len() + value.len() + 3;
        let digits = if rest + 1 < 10 { 1 } else { 2 };
        format!("{} {key}={value}\n", rest + digits)
    };
    member("pax", kind, records.iter().map(record).collect::<String>().as_bytes())
}

/// Another member whose header is `kind` and states as many bytes as it has.
pub(crate) fn stating(name: &str, kind: u8, bytes: &[u8]) -> Vec<u8> {
    [header(name.as_bytes(), kind, bytes.len(), b"x"), bytes.to_vec()].concat()
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
    patched(text("old"), &[(257, &[0; 8])])
}

pub(crate) fn samples() -> Vec<Sample> {
    const UNSAFE: &[&str] = &["tar-unsafe-path"];
    const LIE: &[&str] = &["tar-structure-mismatch"];
    let outer = member("c", b'0', &text("e"));
    let hidden = |name: &str, kind| [header(name.as_bytes(), kind, 0, b""), text("hidden")].concat();
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
        sample("a link through a link", &[link("a", b'2', "."), link("a/b", b'2', ".."), text("c")], UNSAFE),
        sample("a device", &two(link("dev", b'3', "")), UNSAFE),
        sample("two members of one name", &[text("a"), text("a")], &["tar-duplicate-member"]),
        sample("CVE-2025-62518: two sizes", &with_pax(b"9 size=5\n"), LIE),
        sample("CVE-2025-62518: no size and one", &[pax(b'x', &[("size", "1024")]), hidden("a", b'0')], LIE),
        sample("a size with an underscore", &two(patched(text("a"), &[(124, b"0000000001_3")])), LIE),
        sample(
            "a folder that hides a member",
            &two([stating("d", b'5', &outer[..512]), outer[512..].to_vec()].concat()),
            LIE,
        ),
        sample("a link with the size of its target", &two(stating("l", b'1', b"")), &[]),
        sample(
            "the size of a folder itself",
            &[patched(member("d", b'5', b""), &[(124, b"00000001000")]), text("a"), text("b")],
            &[],
        ),
        sample("no name but a prefix", &[patched(member("", b'0', b"text"), &[(345, b"a")])], &[]),
        sample("no size", &[patched(member("d", b'5', b""), &[(124, &[0; 12])])], &[]),
        sample("a pax record of zeros", &with_pax(b"9 path=c\n\0\0"), &[]),
        sample("a prefix that only some read", &[patched(v7(), &[(345, b"..")])], UNSAFE),
        joined,
    ]
}

//! cpio archives, written by hand.

use assay_core::Format;

use super::Sample;

/// How a member is written.
type Write = fn(&str, u32, &[u8]) -> Vec<u8>;

fn padded(mut bytes: Vec<u8>, to: usize) -> Vec<u8> {
    bytes.resize(bytes.len().next_multiple_of(to), 0);
    bytes
}

/// Octal digits.
pub(crate) fn odc(name: &str, mode: u32, content: &[u8]) -> Vec<u8> {
    let header = format!(
        "070707{:012o}{mode:06o}{:012o}{:06o}{:017o}{:06o}{:011o}",
        0,
        0,
        1,
        0,
        name.len() + 1,
        content.len()
    );
    [header.as_bytes(), name.as_bytes(), b"\0", content].concat()
}

/// Hexadecimal digits.
pub(crate) fn newc(name: &str, mode: u32, content: &[u8]) -> Vec<u8> {
    let fields = [0, mode, 0, 0, 1, 0, content.len() as u32, 0, 0, 0, 0, name.len() as u32 + 1, 0];
    let digits: String = fields.iter().map(|field| format!("{field:08X}")).collect();
    let head = padded([b"070701", digits.as_bytes(), name.as_bytes(), b"\0"].concat(), 4);
    padded([head, content.to_vec()].concat(), 4)
}

/// Numbers of 16 bits, the lowest byte first.
pub(crate) fn binary(name: &str, mode: u32, content: &[u8]) -> Vec<u8> {
    let fields =
        [0o070_707, 0, 0, mode as u16, 0, 0, 1, 0, 0, 0, name.len() as u16 + 1, 0, content.len() as u16];
    let fields = fields.iter().flat_map(|field| field.to_le_bytes()).collect::<Vec<u8>>();
    let head = padded([fields.as_slice(), name.as_bytes(), b"\0"].concat(), 2);
    padded([head, content.to_vec()].concat(), 2)
}

/// Members and the end.
pub(crate) fn archive(write: Write, members: &[(&str, u32, &[u8])]) -> Vec<u8> {
    let members = members.iter().map(|(name, mode, content)| write(name, *mode, content));
    members.chain([write("TRAILER!!!", 0, b"")]).flatten().collect()
}

const FILE: u32 = 0o100_644;
const LINK: u32 = 0o120_777;

pub(crate) fn samples() -> Vec<Sample> {
    const UNSAFE: &[&str] = &["cpio-unsafe-path"];
    let sample = |name, bytes, rules| Sample { name, file: "x.cpio", format: Format::Cpio, bytes, rules };
    let honest: [(&str, u32, &[u8]); 3] =
        [("d", 0o040_755, b""), ("d/a", FILE, b"just a text"), ("d/l", LINK, b"../b")];
    let of = |member: (&str, u32, &[u8])| archive(newc, &[member, ("b", FILE, b"text")]);
    let big = |bytes: Vec<u8>| -> Vec<u8> { bytes.chunks(2).flat_map(|pair| [pair[1], pair[0]]).collect() };
    let mut swapped = big(binary("ab", FILE, b""));
    swapped.splice(26..30, *b"ab\0\0");
    swapped.extend(big(binary("TRAILER!!!", 0, b""))[..26].to_vec());
    swapped.extend(b"TRAILER!!!\0\0");
    let trailing = [archive(odc, &honest), b"something".to_vec()].concat();
    let padded = [archive(newc, &honest), vec![0; 500]].concat();
    vec![
        sample("octal digits", archive(odc, &honest), &[]),
        sample("hexadecimal digits and padding", padded, &[]),
        sample("numbers of 16 bits", archive(binary, &honest), &[]),
        sample("numbers of 16 bits, the highest byte first", swapped, &[]),
        sample("a path out of the folder", of(("../x", FILE, b"")), UNSAFE),
        sample("a link out of the folder", of(("l", LINK, b"/etc/shadow")), UNSAFE),
        sample("a device", of(("null", 0o020_666, b"")), UNSAFE),
        sample("bytes after the end", trailing, &["cpio-trailing-data"]),
    ]
}

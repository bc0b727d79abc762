//! Writes 7z archives byte by byte, honest unless told otherwise.

use flate2::Crc;

/// A coder: its method and its properties.
pub(crate) type Coder = (&'static [u8], Vec<u8>);

/// What is compressed as one.
#[derive(Clone)]
pub(crate) struct Block {
    /// The packed bytes go through them in this order.
    pub(crate) coders: Vec<Coder>,
    pub(crate) packed: Vec<u8>,
    pub(crate) members: Vec<(String, usize)>,
    pub(crate) attributes: u32,
}

/// A block of stored members.
pub(crate) fn stored(members: &[(&str, &[u8])]) -> Block {
    let packed = members.iter().flat_map(|(_, content)| content.iter().copied()).collect();
    Block::of(vec![(&[0], Vec::new())], packed, members)
}

impl Block {
    pub(crate) fn of(coders: Vec<Coder>, packed: Vec<u8>, members: &[(&str, &[u8])]) -> Self {
        let members = members.iter().map(|(name, content)| ((*name).to_owned(), content.len())).collect();
        Self { coders, packed, members, attributes: 0x20 }
    }

    fn size(&self) -> usize {
        self.members.iter().map(|(_, size)| size).sum()
    }

    fn folder(&self) -> Vec<u8> {
        let mut bytes = number(self.coders.len());
        for (method, properties) in &self.coders {
            let flags = if properties.is_empty() { 0 } else { 0x20 };
            bytes.extend([byte(method.len()) | flags]);
            bytes.extend(*method);
            if !properties.is_empty() {
                bytes.extend(number(properties.len()));
                bytes.extend(properties);
            }
        }
        for coder in 1..self.coders.len() {
            bytes.extend([byte(coder), byte(coder - 1)]);
        }
        bytes
    }
}

fn byte(value: usize) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}

/// A number as 7z has it; those of samples fit in 14 bits.
fn number(value: usize) -> Vec<u8> {
    if value < 0x80 { vec![byte(value)] } else { vec![0x80 | byte(value >> 8), byte(value & 0xff)] }
}

fn crc(bytes: &[u8]) -> [u8; 4] {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum().to_le_bytes()
}

/// What the header says about the streams of these blocks, which start at `at`.
pub(crate) fn streams(blocks: &[Block], at: usize, divided: bool) -> Vec<u8> {
    let mut bytes = vec![6];
    bytes.extend(number(at));
    bytes.extend(number(blocks.len()));
    bytes.push(9);
    blocks.iter().for_each(|block| bytes.extend(number(block.packed.len())));
    bytes.extend([0, 7, 0x0b]);
    bytes.extend(number(blocks.len()));
    bytes.push(0);
    blocks.iter().for_each(|block| bytes.extend(block.folder()));
    bytes.push(0x0c);
    for block in blocks {
        block.coders.iter().for_each(|_| bytes.extend(number(block.size())));
    }
    bytes.push(0);
    if divided {
        bytes.extend([8, 0x0d]);
        blocks.iter().for_each(|block| bytes.extend(number(block.members.len())));
        bytes.push(9);
        for (_, size) in blocks.iter().flat_map(|block| block.members.iter().rev().skip(1).rev()) {
            bytes.extend(number(*size));
        }
        bytes.push(0);
    }
    bytes.push(0);
    bytes
}

/// The header of an archive of these blocks, with one empty member at its end.
pub(crate) fn header(blocks: &[Block]) -> Vec<u8> {
    let members: Vec<(&str, u32)> = blocks
        .iter()
        .flat_map(|block| block.members.iter().map(|(name, _)| (name.as_str(), block.attributes)))
        .chain([("empty", 0x10)])
        .collect();
    let mut bytes = [&[1, 4], streams(blocks, 0, true).as_slice(), &[5]].concat();
    bytes.extend(number(members.len()));
    let last = members.len() - 1;
    let mut empty = vec![0_u8; members.len().div_ceil(8)];
    empty[last / 8] |= 0x80 >> (last % 8);
    bytes.push(0x0e);
    bytes.extend(number(empty.len()));
    bytes.extend(empty);
    let mut names = vec![0];
    for (name, _) in &members {
        names.extend(name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes));
    }
    bytes.push(0x11);
    bytes.extend(number(names.len()));
    bytes.extend(names);
    let attributes: Vec<u8> = members.iter().flat_map(|(_, attributes)| attributes.to_le_bytes()).collect();
    bytes.push(0x15);
    bytes.extend(number(attributes.len() + 2));
    bytes.extend([1, 0]);
    bytes.extend(attributes);
    bytes.extend([0, 0]);
    bytes
}

/// The bytes at the start, what is packed, and the header.
pub(crate) fn file(packed: &[u8], header: &[u8]) -> Vec<u8> {
    let next =
        [(packed.len() as u64).to_le_bytes().as_slice(), &(header.len() as u64).to_le_bytes(), &crc(header)]
            .concat();
    [b"7z\xbc\xaf\x27\x1c\0\x04", crc(&next).as_slice(), &next, packed, header].concat()
}

fn packed(blocks: &[Block]) -> Vec<u8> {
    blocks.iter().flat_map(|block| block.packed.iter().copied()).collect()
}

/// An archive.
pub(crate) fn archive(blocks: &[Block]) -> Vec<u8> {
    file(&packed(blocks), &header(blocks))
}

/// An archive whose header is compressed: `encode` makes a block of it.
pub(crate) fn encoded(blocks: &[Block], encode: impl Fn(&[u8]) -> Block) -> Vec<u8> {
    let block = encode(&header(blocks));
    let packed = packed(blocks);
    let outer = [&[0x17], streams(std::slice::from_ref(&block), packed.len(), false).as_slice()].concat();
    file(&[packed, block.packed].concat(), &outer)
}

//! A writer of small HDF5 files: superblock 2 and object headers 2 with correct checksums, and the structures of old files.

/// Where the first structure stands: behind the superblock.
const FIRST: usize = 48;

/// The undefined address.
pub(crate) const NONE: u64 = u64::MAX;

/// Bob Jenkins' lookup3, which HDF5 uses for metadata.
pub(crate) fn lookup3(bytes: &[u8]) -> u32 {
    let mut state = [0xdead_beef_u32.wrapping_add(bytes.len() as u32); 3];
    let mut rest = bytes;
    while rest.len() > 12 {
        let (block, after) = rest.split_at(12);
        add(&mut state, block);
        mix(&mut state);
        rest = after;
    }
    if !rest.is_empty() {
        add(&mut state, rest);
        finish(&mut state);
    }
    state[2]
}

fn add(state: &mut [u32; 3], block: &[u8]) {
    for (at, byte) in block.iter().enumerate() {
        state[at / 4] = state[at / 4].wrapping_add(u32::from(*byte) << (at % 4 * 8));
    }
}

fn mix(state: &mut [u32; 3]) {
    let [mut a, mut b, mut c] = *state;
    for (turn, shift) in [4, 6, 8, 16, 19, 4].into_iter().enumerate() {
        let (x, y, z) = match turn % 3 {
            0 => (&mut a, &mut b, &mut c),
            1 => (&mut b, &mut c, &mut a),
            _ => (&mut c, &mut a, &mut b),
        };
        *x = x.wrapping_sub(*z) ^ z.rotate_left(shift);
        *z = z.wrapping_add(*y);
    }
    *state = [a, b, c];
}

fn finish(state: &mut [u32; 3]) {
    let [mut a, mut b, mut c] = *state;
    let step = |x: &mut u32, y: u32, shift| *x = (*x ^ y).wrapping_sub(y.rotate_left(shift));
    step(&mut c, b, 14);
    step(&mut a, c, 11);
    step(&mut b, a, 25);
    step(&mut c, b, 16);
    step(&mut a, c, 4);
    step(&mut b, a, 14);
    step(&mut c, b, 24);
    *state = [a, b, c];
}

/// The bytes with their checksum behind them.
pub(crate) fn sealed(mut bytes: Vec<u8>) -> Vec<u8> {
    bytes.extend(lookup3(&bytes).to_le_bytes());
    bytes
}

/// A file that grows by structures.
pub(crate) struct Hdf5(Vec<u8>);

impl Hdf5 {
    pub(crate) fn new() -> Self {
        Self(vec![0; FIRST])
    }

    /// Puts a structure behind the others, and gives its address.
    pub(crate) fn put(&mut self, structure: Vec<u8>) -> u64 {
        self.0.resize(self.0.len().next_multiple_of(8), 0);
        let address = self.0.len() as u64;
        self.0.extend(structure);
        address
    }

    /// The file with these messages in its root group.
    pub(crate) fn finish(mut self, root: &[(u8, Vec<u8>)]) -> Vec<u8> {
        let root = self.put(header(root));
        let mut superblock = b"\x89HDF\r\n\x1a\n\x02\x08\x08\0".to_vec();
        superblock.extend(words(&[0, NONE, self.0.len() as u64, root]));
        self.0[..FIRST].copy_from_slice(&sealed(superblock));
        self.0
    }

    /// The file with a superblock of version 0, which takes the first 96 bytes, and the header of its root group.
    pub(crate) fn finish_old(mut self, root: u64) -> Vec<u8> {
        let mut superblock = b"\x89HDF\r\n\x1a\n\0\0\0\0\0\x08\x08\0\x04\0\x10\0\0\0\0\0".to_vec();
        superblock.extend(words(&[0, NONE, self.0.len() as u64, NONE, 0, root, 0, 0, 0]));
        self.0[..superblock.len()].copy_from_slice(&superblock);
        self.0
    }
}

/// Numbers of eight bytes, one behind the other.
pub(crate) fn words(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// An object header of version 2 with these messages.
pub(crate) fn header(messages: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (kind, message) in messages {
        body.push(*kind);
        body.extend((message.len() as u16).to_le_bytes());
        body.push(0);
        body.extend(message);
    }
    // Flags 2: the size of the first chunk takes four bytes.
    let mut bytes = b"OHDR\x02\x02".to_vec();
    bytes.extend((body.len() as u32).to_le_bytes());
    bytes.extend(body);
    sealed(bytes)
}

/// An object header of version 1 with these messages.
pub(crate) fn old_header(messages: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (kind, message) in messages {
        let size = message.len().next_multiple_of(8);
        body.extend(kind.to_le_bytes());
        body.extend((size as u16).to_le_bytes());
        body.extend([0; 4]);
        body.extend(message);
        body.resize(body.len() + size - message.len(), 0);
    }
    let mut bytes = vec![1, 0];
    bytes.extend((messages.len() as u16).to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend((body.len() as u32).to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(body);
    bytes
}

/// A link to the header of an object.
pub(crate) fn link(name: &str, address: u64) -> Vec<u8> {
    let mut bytes = vec![1, 0, name.len() as u8];
    bytes.extend(name.as_bytes());
    bytes.extend(words(&[address]));
    bytes
}

/// A link of a class that has a value of its own.
pub(crate) fn valued_link(class: u8, name: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![1, 8, class, name.len() as u8];
    bytes.extend(name.as_bytes());
    bytes.extend((value.len() as u16).to_le_bytes());
    bytes.extend(value);
    bytes
}

/// Text of a fixed length.
pub(crate) fn text(size: usize) -> Vec<u8> {
    let mut bytes = vec![0x13, 0, 0, 0];
    bytes.extend((size as u32).to_le_bytes());
    bytes
}

/// Numbers of one byte.
pub(crate) fn byte() -> Vec<u8> {
    vec![0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0]
}

/// Text of a variable length.
pub(crate) fn variable() -> Vec<u8> {
    [vec![0x19, 1, 0, 0, 16, 0, 0, 0], byte()].concat()
}

/// An attribute with one element.
pub(crate) fn attribute(name: &str, datatype: &[u8], element: &[u8]) -> Vec<u8> {
    let mut bytes = vec![3, 0];
    for size in [name.len() + 1, datatype.len(), 4] {
        bytes.extend((size as u16).to_le_bytes());
    }
    bytes.push(0);
    bytes.extend(name.as_bytes());
    bytes.push(0);
    bytes.extend(datatype);
    bytes.extend([2, 0, 0, 0]);
    bytes.extend(element);
    bytes
}

/// A collection of the global heap with these objects, numbered from 1.
pub(crate) fn collection(objects: &[&[u8]]) -> Vec<u8> {
    let mut body = Vec::new();
    for (at, object) in objects.iter().enumerate() {
        body.extend((at as u16 + 1).to_le_bytes());
        body.extend([0; 6]);
        body.extend(words(&[object.len() as u64]));
        body.extend(*object);
        body.resize(body.len().next_multiple_of(8), 0);
    }
    body.extend([0; 16]);
    let mut bytes = b"GCOL\x01\0\0\0".to_vec();
    bytes.extend(words(&[body.len() as u64 + 16]));
    bytes.extend(body);
    bytes
}

/// An element of a variable length: its length, its collection, its number there.
pub(crate) fn slot(length: usize, collection: u64, index: u32) -> Vec<u8> {
    let mut bytes = (length as u32).to_le_bytes().to_vec();
    bytes.extend(words(&[collection]));
    bytes.extend(index.to_le_bytes());
    bytes
}

/// A local heap whose names lie at `names`.
pub(crate) fn local_heap(size: usize, names: u64) -> Vec<u8> {
    [b"HEAP\0\0\0\0".to_vec(), words(&[size as u64, NONE, names])].concat()
}

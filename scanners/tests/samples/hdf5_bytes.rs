//! A writer of small HDF5 files: superblock 2, object headers 2 with correct checksums.

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

//! The checksum of HDF5's metadata.
//!
//! Source: Bob Jenkins, "lookup3.c" (public domain), `hashlittle` over bytes with an initial value of zero.

/// The checksum of these bytes.
pub(super) fn lookup3(bytes: &[u8]) -> u32 {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let mut state = [0xdead_beef_u32.wrapping_add(length); 3];
    let mut blocks = bytes.chunks(12).peekable();
    while let Some(block) = blocks.next() {
        for (word, four) in state.iter_mut().zip(block.chunks(4)) {
            *word = word.wrapping_add(padded(four));
        }
        if blocks.peek().is_some() { mix(&mut state) } else { finish(&mut state) }
    }
    let [_, _, last] = state;
    last
}

fn padded(four: &[u8]) -> u32 {
    let mut word = [0; 4];
    for (to, from) in word.iter_mut().zip(four) {
        *to = *from;
    }
    u32::from_le_bytes(word)
}

fn mix(state: &mut [u32; 3]) {
    let [mut a, mut b, mut c] = *state;
    let step = |x: &mut u32, y: &mut u32, z: &mut u32, shift| {
        *x = x.wrapping_sub(*z) ^ z.rotate_left(shift);
        *z = z.wrapping_add(*y);
    };
    step(&mut a, &mut b, &mut c, 4);
    step(&mut b, &mut c, &mut a, 6);
    step(&mut c, &mut a, &mut b, 8);
    step(&mut a, &mut b, &mut c, 16);
    step(&mut b, &mut c, &mut a, 19);
    step(&mut c, &mut a, &mut b, 4);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_vectors_hold() {
        assert_eq!(lookup3(b""), 0xdead_beef);
        assert_eq!(lookup3(b"Four score and seven years ago"), 0x1777_0551);
    }
}

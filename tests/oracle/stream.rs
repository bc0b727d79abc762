//! Streams: pickles one after the other, in frames that fit and in frames that do not, whole and damaged.

use crate::generate::operations;
use crate::random::Random;

/// The program number `number` of a seed, and the encoding it is loaded with.
pub(crate) fn stream(seed: u64, number: u64) -> (u8, Vec<u8>) {
    let mut random = Random::new(seed, number);
    let random = &mut random;
    let mut bytes = pickle(random);
    while random.once_in(6) {
        bytes.extend(pickle(random));
    }
    match random.below(10) {
        0 => bytes.extend_from_slice(random.pick(&[
            b"\0\0\0".as_slice(),
            b"N",
            b"garbage\n",
            b"cos\nsystem\n.",
            b"\x82\x01.",
            b"Pq\n",
        ])),
        1 => bytes.truncate(random.below(bytes.len() + 1)),
        2..=4 => {
            for _ in 0..random.below(4) + 1 {
                damage(random, &mut bytes);
            }
        }
        _ => {}
    }
    (random.byte(), bytes)
}

fn pickle(random: &mut Random) -> Vec<u8> {
    let mut operations = operations(random);
    operations.push(b".".to_vec());
    for _ in 0..[0, 0, 0, 1, 1, 1, 1, 2][random.below(8)] {
        frame(random, &mut operations);
    }
    operations.concat()
}

/// Puts a frame around some of the operations; its length is not always theirs.
fn frame(random: &mut Random, operations: &mut Vec<Vec<u8>>) {
    let from = random.below(operations.len());
    let to = from + random.below(operations.len() - from) + 1;
    let whole = random.once_in(2);
    let (from, to) = if whole { (from.min(1), operations.len()) } else { (from, to) };
    let length: usize = operations[from..to].iter().map(Vec::len).sum();
    let length = length as u64;
    let length = match random.below(20) {
        0 => length.saturating_sub(1),
        1 => length + 1,
        2 => length.saturating_sub(random.below(9) as u64),
        3 => random.pick(&[0, 1, 1 << 20, u64::MAX, 1 << 63]),
        _ => length,
    };
    operations.insert(from, [&[0x95], length.to_le_bytes().as_slice()].concat());
}

fn damage(random: &mut Random, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    let at = random.below(bytes.len());
    match random.below(7) {
        0 => bytes[at] ^= 1 << random.below(8),
        1 => bytes[at] = random.byte(),
        2 => bytes[at] = random.pick(b"0123(RbostQaeu)]}N2\x81\x92\x93\x94\x85\x86\x90hqgpIV\n"),
        3 => {
            bytes.remove(at);
        }
        4 => bytes.insert(at, random.pick(b"0123(RbostQaeu)]}N2\x81\x92\x93\x94\x85\n")),
        5 => {
            let end = (at + random.below(12)).min(bytes.len());
            let piece = bytes[at..end].to_vec();
            let to = random.below(bytes.len() + 1);
            bytes.splice(to..to, piece);
        }
        _ => {
            let end = (at + random.below(6)).min(bytes.len());
            bytes.drain(at..end);
        }
    }
}

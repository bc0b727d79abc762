//! Writes flatbuffers, from their end to their start.

/// A flatbuffer that is written from its end: every offset leads forwards to what was written before.
#[derive(Default)]
pub(super) struct Writer {
    /// The bytes, last first.
    reversed: Vec<u8>,
}

impl Writer {
    /// Writes before everything else, and gives the distance of it from the end.
    pub(super) fn put(&mut self, bytes: &[u8]) -> usize {
        self.reversed.extend(bytes.iter().rev());
        self.reversed.len()
    }

    /// An offset that leads to what stands at `target` from the end.
    fn offset(&mut self, target: usize) -> usize {
        let from = self.reversed.len() + 4;
        self.put(&four(from - target))
    }

    pub(super) fn bytes(&mut self, content: &[u8]) -> usize {
        self.put(content);
        self.put(&four(content.len()))
    }

    pub(super) fn vector(&mut self, targets: &[usize]) -> usize {
        for target in targets.iter().rev() {
            self.offset(*target);
        }
        self.put(&four(targets.len()))
    }

    /// A table whose fields are four bytes each: `Ok` is a number, `Err` leads to what stands there.
    pub(super) fn table(&mut self, fields: &[Option<Result<u32, usize>>]) -> usize {
        let mut places = Vec::new();
        for field in fields.iter().rev() {
            places.push(match field {
                None => 0,
                Some(Ok(number)) => self.put(&number.to_le_bytes()),
                Some(Err(target)) => self.offset(*target),
            });
        }
        places.reverse();
        let start = self.reversed.len() + 4;
        let inline = places.iter().filter(|place| **place > 0).count() * 4 + 4;
        let mut list = Vec::new();
        list.extend(&four(places.len() * 2 + 4)[..2]);
        list.extend(&four(inline)[..2]);
        for place in &places {
            let offset = if *place == 0 { 0 } else { start - place };
            list.extend(&four(offset)[..2]);
        }
        self.put(&four(list.len()));
        self.put(&list);
        start
    }

    /// The whole buffer, whose first word leads to the root.
    pub(super) fn finish(mut self, root: usize) -> Vec<u8> {
        self.offset(root);
        self.reversed.into_iter().rev().collect()
    }
}

/// Four bytes of a number that fits into them.
pub(super) fn four(number: usize) -> [u8; 4] {
    let [a, b, c, d, ..] = number.to_le_bytes();
    [a, b, c, d]
}

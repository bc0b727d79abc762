//! TFLite: operators by name, and operators of TensorFlow behind the Flex delegate.

use assay_core::Format;

use super::Sample;

/// A flatbuffer that is written from its end: every offset leads forwards to what was written before.
struct Writer {
    /// The bytes, last first.
    reversed: Vec<u8>,
}

impl Writer {
    /// Writes before everything else, and gives the distance of it from the end.
    fn put(&mut self, bytes: &[u8]) -> usize {
        self.reversed.extend(bytes.iter().rev());
        self.reversed.len()
    }

    /// An offset that leads to what stands at `target` from the end.
    fn offset(&mut self, target: usize) -> usize {
        let from = self.reversed.len() + 4;
        self.put(&four(from - target))
    }

    fn bytes(&mut self, content: &[u8]) -> usize {
        self.put(content);
        self.put(&four(content.len()))
    }

    fn vector(&mut self, targets: &[usize]) -> usize {
        for target in targets.iter().rev() {
            self.offset(*target);
        }
        self.put(&four(targets.len()))
    }

    /// A table whose fields are four bytes each: `Ok` is a number, `Err` leads to what stands there.
    fn table(&mut self, fields: &[Option<Result<u32, usize>>]) -> usize {
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
}

/// Four bytes of a number that fits into them.
fn four(number: usize) -> [u8; 4] {
    let [a, b, c, d, ..] = number.to_le_bytes();
    [a, b, c, d]
}

/// A model with one operator, by this name, with these options.
fn model(name: &str, options: &[u8]) -> Vec<u8> {
    let mut writer = Writer { reversed: Vec::new() };
    let options = writer.bytes(options);
    let operator = writer.table(&[Some(Ok(0)), None, None, None, None, Some(Err(options))]);
    let operators = writer.vector(&[operator]);
    let subgraph = writer.table(&[None, None, None, Some(Err(operators))]);
    let subgraphs = writer.vector(&[subgraph]);
    let name = writer.bytes(name.as_bytes());
    let code = writer.table(&[None, Some(Err(name)), None, Some(Ok(32))]);
    let codes = writer.vector(&[code]);
    let root = writer.table(&[Some(Ok(3)), Some(Err(codes)), Some(Err(subgraphs))]);
    writer.put(b"TFL3");
    writer.offset(root);
    writer.reversed.into_iter().rev().collect()
}

fn sample(name: &'static str, bytes: Vec<u8>, rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "model.tflite", format: Format::Tflite, bytes, rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    vec![
        sample("an operator that TFLite brings", model("TFLite_Detection_PostProcess", b""), &[]),
        sample("an operator of TensorFlow", model("FlexStringJoin", b"StringJoin\0\x12\x0aStringJoin"), &[]),
        sample("an operator by name", model("Backdoor", b""), &["tflite-custom-operator"]),
        sample(
            "reading files",
            model("FlexReadFile", b"ReadFile\0\x12\x08ReadFile"),
            &["tensorflow-unsafe-operator"],
        ),
        sample(
            "another operator in the options",
            model("FlexAddV2", b"WriteFile\0\x12\x09WriteFile"),
            &["tensorflow-unsafe-operator"],
        ),
        sample("reading records", model("FlexTFRecordDataset", b""), &["tensorflow-file-operator"]),
        sample("a compiled part", model("edgetpu-custom-op", b""), &["tensorflow-opaque-operator"]),
    ]
}

//! ExecuTorch: operators and backends by name, and bytes behind the program.

use assay_core::Format;

use super::Sample;
use super::flatbuffer_bytes::{Writer, four};

/// A program with one plan, which has one operator and one delegate, behind an extended header.
fn program(operator: &str, backend: &str) -> Vec<u8> {
    let mut writer = Writer::default();
    let name = writer.bytes(operator.as_bytes());
    let operator = writer.table(&[Some(Err(name))]);
    let operators = writer.vector(&[operator]);
    let name = writer.bytes(backend.as_bytes());
    let delegate = writer.table(&[Some(Err(name))]);
    let delegates = writer.vector(&[delegate]);
    let plan =
        writer.table(&[None, None, None, None, None, None, Some(Err(operators)), Some(Err(delegates))]);
    let plans = writer.vector(&[plan]);
    let root = writer.table(&[Some(Ok(0)), Some(Err(plans))]);
    let header = [b"eh00".as_slice(), &four(32), &[0; 24]].concat();
    writer.put(&header);
    writer.put(b"ET12");
    let mut bytes = writer.finish(root);
    let size = four(bytes.len());
    bytes[16..20].copy_from_slice(&size);
    bytes
}

fn sample(name: &'static str, bytes: Vec<u8>, rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "model.pte", format: Format::Executorch, bytes, rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    let plain = program("aten::add.out", "XnnpackBackend");
    let appended = [plain.clone(), b"\x80\x02cos\nsystem\nX\x04\0\0\0true\x85R.".to_vec()].concat();
    vec![
        sample("operators and a backend of ExecuTorch", plain, &[]),
        sample(
            "an operator of others",
            program("mine::op.out", "XnnpackBackend"),
            &["executorch-custom-operator"],
        ),
        sample("a backend of others", program("aten::add.out", "Mine"), &["executorch-unknown-backend"]),
        sample("a library", program("aten::add.out", "CudaBackend"), &["executorch-library-backend"]),
        sample("a pickle behind it", appended, &["executorch-trailing-data", "pickle-unsafe-global"]),
    ]
}

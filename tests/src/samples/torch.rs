//! PyTorch's zip checkpoint, as `torch.save({"weight": torch.zeros(4)}, path)` writes it.

use std::io::{Cursor, Write};

use zip::CompressionMethod;
use zip::write::{SimpleFileOptions, ZipWriter};

/// A checkpoint with one tensor of four zeros, and `extra` instead of its pickle when given.
///
/// # Errors
/// None that a test could expect; the writer's own type asks for it.
pub fn torch_zip(pickle: Option<&[u8]>) -> zip::result::ZipResult<Vec<u8>> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    let benign = state_dict();
    for (name, content) in [
        ("archive/data.pkl", pickle.unwrap_or(&benign)),
        ("archive/byteorder", b"little"),
        ("archive/data/0", &[0; 16]),
        ("archive/version", b"3\n"),
    ] {
        writer.start_file(name, stored)?;
        writer.write_all(content)?;
    }
    Ok(writer.finish()?.into_inner())
}

/// Protocol 2: `{"weight": _rebuild_tensor_v2(storage 0, 0, (4,), (1,), False, OrderedDict())}`.
fn state_dict() -> Vec<u8> {
    let mut pickle = vec![0x80, 2, b'}'];
    text(&mut pickle, "weight");
    pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((");
    text(&mut pickle, "storage");
    pickle.extend(b"ctorch\nFloatStorage\n");
    text(&mut pickle, "0");
    text(&mut pickle, "cpu");
    // BININT1 4, TUPLE, BINPERSID; offset 0, size (4,), stride (1,), False, OrderedDict()
    pickle.extend(b"K\x04tQK\x00K\x04\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtRs.");
    pickle
}

/// `BINUNICODE`.
fn text(pickle: &mut Vec<u8>, text: &str) {
    pickle.push(b'X');
    pickle.extend((text.len() as u32).to_le_bytes());
    pickle.extend(text.as_bytes());
}

//! The demo's models, built byte by byte. The malicious one is inert: what it would run is `true`.

use super::zip::archive;

/// One model folder with one file.
#[derive(Debug)]
pub(super) struct Model {
    /// The folder.
    pub(super) folder: &'static str,
    /// The file in it.
    pub(super) file: &'static str,
    /// Its bytes.
    pub(super) content: Vec<u8>,
    /// What a person should know.
    pub(super) about: &'static str,
}

/// All of them; the last one is the malicious one.
pub(super) fn models() -> [Model; 3] {
    [
        Model {
            folder: "benign-safetensors",
            file: "model.safetensors",
            content: safetensors(),
            about: "a tensor of four floats",
        },
        Model {
            folder: "benign-torch",
            file: "pytorch_model.bin",
            content: checkpoint(BENIGN_PICKLE),
            about: "the same tensor as torch.save writes it",
        },
        Model {
            folder: "malicious-torch",
            file: "pytorch_model.bin",
            content: checkpoint(MALICIOUS_PICKLE),
            about: "a checkpoint that runs a command when it is loaded",
        },
    ]
}

/// `{"weight": torch._utils._rebuild_tensor_v2(storage 0, 0, (4,), (1,), False, OrderedDict())}`.
const BENIGN_PICKLE: &[u8] = b"\x80\x02}X\x06\0\0\0weight\
    ctorch._utils\n_rebuild_tensor_v2\n\
    ((X\x07\0\0\0storagectorch\nFloatStorage\nX\x01\0\0\x000X\x03\0\0\0cpuK\x04tQ\
    K\0K\x04\x85K\x01\x85\x89ccollections\nOrderedDict\n)RtRs.";

/// `{"weight": posix.system("true")}`.
const MALICIOUS_PICKLE: &[u8] = b"\x80\x02}X\x06\0\0\0weightcposix\nsystem\nX\x04\0\0\0true\x85Rs.";

/// Four floats: an 8-byte length, a JSON header padded to 8, and the data.
fn safetensors() -> Vec<u8> {
    let mut header = br#"{"weight":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}"#.to_vec();
    while !header.len().is_multiple_of(8) {
        header.push(b' ');
    }
    let length = u64::try_from(header.len()).unwrap_or(u64::MAX);
    let mut out = length.to_le_bytes().to_vec();
    out.extend_from_slice(&header);
    out.extend_from_slice(&floats());
    out
}

fn checkpoint(pickle: &[u8]) -> Vec<u8> {
    archive(&[
        ("archive/data.pkl", pickle),
        ("archive/byteorder", b"little"),
        ("archive/data/0", &floats()),
        ("archive/version", b"3\n"),
    ])
}

fn floats() -> Vec<u8> {
    [0.5_f32, -1.0, 2.0, 0.25].iter().flat_map(|float| float.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_says_its_own_length() {
        let bytes = safetensors();
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap());
        assert_eq!(bytes.len() as u64, 8 + length + 16);
    }

    #[test]
    fn what_the_malicious_model_runs_is_harmless() {
        let [.., malicious] = models();
        let text = String::from_utf8_lossy(&malicious.content).into_owned();
        assert!(text.contains("posix\nsystem\n") && text.contains("\u{4}\0\0\0true"));
    }
}

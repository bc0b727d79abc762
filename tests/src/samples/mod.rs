//! Small models, benign and malicious.

mod torch;

pub use torch::torch_zip;

/// A pickle that calls `posix.system('true')` when it is loaded. Protocol 0, so that it can be read here.
#[must_use]
pub fn malicious_pickle() -> Vec<u8> {
    b"cposix\nsystem\n(Vtrue\ntR.".to_vec()
}

/// A safetensors file with one tensor of `floats` 32-bit zeros.
#[must_use]
pub fn safetensors(floats: usize) -> Vec<u8> {
    let bytes = floats * 4;
    let header = format!(r#"{{"weight":{{"dtype":"F32","shape":[{floats}],"data_offsets":[0,{bytes}]}}}}"#);
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.as_bytes());
    file.resize(file.len() + bytes, 0);
    file
}

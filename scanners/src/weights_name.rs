//! Whether a name promises weights or data: what stands under it should be neither a program nor a picture.

/// Endings of names that frameworks open as weights, models or data sets.
const ENDINGS: &[&str] = &[
    ".arrow",
    ".bin",
    ".bst",
    ".caffemodel",
    ".cbm",
    ".ckpt",
    ".csv",
    ".data",
    ".dill",
    ".engine",
    ".feather",
    ".ggml",
    ".gguf",
    ".h5",
    ".hdf5",
    ".index",
    ".joblib",
    ".json",
    ".jsonl",
    ".keras",
    ".mlmodel",
    ".mnn",
    ".model",
    ".msgpack",
    ".nemo",
    ".npy",
    ".npz",
    ".onnx",
    ".orbax",
    ".param",
    ".params",
    ".parquet",
    ".pb",
    ".pdiparams",
    ".pdmodel",
    ".pdopt",
    ".pdparams",
    ".pickle",
    ".pkl",
    ".plan",
    ".pt",
    ".pt2",
    ".ptd",
    ".pte",
    ".pth",
    ".ptl",
    ".rds",
    ".rknn",
    ".safetensors",
    ".skops",
    ".t7",
    ".tfrecord",
    ".th",
    ".tflite",
    ".trt",
    ".ubj",
    ".weights",
];

/// Whether the name ends as those of weights, models or data do. Shards add a number behind the ending.
pub(crate) fn named_as_weights(name: &str) -> bool {
    let name = stem_of(name).to_ascii_lowercase();
    let ends = |name: &str| ENDINGS.iter().any(|ending| name.ends_with(ending));
    ends(&name) || name.match_indices("-0").any(|(at, _)| name.get(..at).is_some_and(ends))
}

/// The last step of a path.
pub(crate) fn stem_of(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_told_by_their_name_in_any_folder_and_case() {
        for name in ["a/model.BIN", "x\\m.pt", "variables.data-00000-of-00001", "model.safetensors"] {
            assert!(named_as_weights(name), "{name}");
        }
        for name in ["libfoo.so", "a.bin/run.sh", "tool", "model.bin.sig", "a.exe", "README.md"] {
            assert!(!named_as_weights(name), "{name}");
        }
    }
}

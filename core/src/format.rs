//! Serialized formats, recognised by content.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A serialized format recognised by content, never by name alone. Alphabetical.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// Arrow IPC files and streams, Feather: tables of columns.
    Arrow,
    /// A bzip2 stream around something else.
    Bzip2,
    /// A CatBoost model: `.cbm`, or exported as JSON.
    Catboost,
    /// A Jinja chat template, as it is or in the JSON of a tokenizer or processor.
    ChatTemplate,
    /// CNTK: a model of version 2.
    Cntk,
    /// Core ML: a model of Apple's, or the manifest of a package of one.
    Coreml,
    /// A cpio archive.
    Cpio,
    /// A table as text: CSV, TSV.
    Csv,
    /// Files of keys and values: LMDB, GNU dbm, Berkeley DB, SQLite.
    Database,
    /// DDUF: a zip of a diffusion pipeline, stored without compression.
    Dduf,
    /// ELF: native code of Unix systems, and of some GPUs.
    Elf,
    /// ExecuTorch: a program of kernels for small devices.
    Executorch,
    /// Files of ggml from before GGUF.
    Ggml,
    /// GGUF of llama.cpp: metadata, chat template, tensors.
    Gguf,
    /// A gzip stream around something else.
    Gzip,
    /// HDF5: a tree of groups, datasets and attributes; legacy Keras models, pandas and `AnnData` files.
    Hdf5,
    /// A Java class file.
    JavaClass,
    /// JSON beside a model that names what is imported, called or fetched.
    JsonConfig,
    /// `.keras`: a zip of `config.json`, `metadata.json` and weights.
    Keras,
    /// The architecture of a Keras model as JSON.
    KerasConfig,
    /// What Keras 2 keeps beside a `SavedModel`: `keras_metadata.pb`.
    KerasMetadata,
    /// A LightGBM model as text.
    Lightgbm,
    /// A portable executable of Cosmopolitan, such as a llamafile: program and weights in one.
    Llamafile,
    /// LZ4 frames around something else.
    Lz4,
    /// An LZMA stream with the header of `.lzma` around something else.
    Lzma,
    /// Mach-O: native code of Apple's systems.
    MachO,
    /// A picture or document.
    Media,
    /// `Modelfile` of Ollama.
    Modelfile,
    /// MessagePack: trees of parameters of Flax and other JAX checkpoints.
    Msgpack,
    /// MXNet: the graph of a model as JSON.
    Mxnet,
    /// `NeMo`: a tar of `model_config.yaml`, a checkpoint and tokenizers.
    Nemo,
    /// A Jupyter notebook.
    Notebook,
    /// `NumPy` `.npy`: one array.
    Npy,
    /// `NumPy` `.npz`: a zip of `.npy` members.
    Npz,
    /// ONNX: a graph of operators and its tensors.
    Onnx,
    /// OpenVINO IR: layers as XML beside a `.bin` of weights.
    Openvino,
    /// What Orbax says about a checkpoint of JAX.
    Orbax,
    /// PaddlePaddle: a program of operators.
    Paddle,
    /// Parquet: columns of values and a footer that describes them.
    Parquet,
    /// PE: native code of Windows.
    Pe,
    /// A Python pickle, protocols 0 to 5.
    Pickle,
    /// PMML: a model as XML, with extensions.
    Pmml,
    /// Python source.
    Python,
    /// Compiled Python.
    PythonBytecode,
    /// A `.pth` file of Python's path.
    PythonPath,
    /// PyTorch's five pickles and raw storages in one file (before 1.6).
    PytorchLegacy,
    /// PyTorch's zip of `data.pkl` and storages.
    PytorchZip,
    /// A RAR archive.
    Rar,
    /// R's saved objects: RDS, RData and RDA.
    Rdata,
    /// A list of packages for `pip`.
    Requirements,
    /// safetensors: a JSON header and raw tensors.
    Safetensors,
    /// A script with the line that names its interpreter, or one under the name of weights.
    Script,
    /// Settings and keys in plain text.
    Settings,
    /// A 7z archive.
    SevenZip,
    /// skops: a zip of `schema.json` and arrays.
    Skops,
    /// A tar archive.
    Tar,
    /// TensorRT: a network compiled for a GPU.
    Tensorrt,
    /// The index of a TensorFlow checkpoint.
    TfCheckpoint,
    /// TensorFlow's graph alone, such as a frozen one.
    TfGraphdef,
    /// TensorFlow's graph beside a checkpoint: `.meta`.
    TfMetagraph,
    /// TensorFlow's `saved_model.pb`: graphs with their functions and signatures.
    TfSavedmodel,
    /// TFLite: a flatbuffer of operators, tensors and buffers.
    Tflite,
    /// TFRecord: records behind lengths and checksums.
    Tfrecord,
    /// Torch7: Lua objects.
    Torch7,
    /// An exported PyTorch program as JSON.
    TorchExport,
    /// TorchScript source inside a checkpoint.
    Torchscript,
    /// A WebAssembly module.
    Wasm,
    /// An XGBoost model as JSON or UBJSON.
    Xgboost,
    /// An xz stream around something else.
    Xz,
    /// YAML: configurations, hyperparameters, environments.
    Yaml,
    /// What Zarr says about an array: `.zarray`, `.zmetadata`, `zarr.json`.
    Zarr,
    /// A zip archive that is nothing more particular.
    Zip,
    /// A zlib stream without a container around something else.
    Zlib,
    /// Zstandard frames around something else.
    Zstd,
}

/// Formats that no framework loads: a part that nobody looked at is worth a warning, not a denial. Containers are not
/// among them: torch opens zip and tar, joblib opens gzip, and a scanner that lost its way in a zip cannot know that it
/// was only a zip.
const NOT_LOADED: &[Format] =
    &[Format::Csv, Format::Media, Format::Notebook, Format::Requirements, Format::Settings];

impl Format {
    /// Whether frameworks load files of this format, so that a part of one that nobody looked at can run code or hide
    /// it. A format that is not listed otherwise is loaded.
    #[must_use]
    pub fn is_loadable(self) -> bool {
        !NOT_LOADED.contains(&self)
    }

    /// The name in reports and policy.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Arrow => "arrow",
            Self::Bzip2 => "bzip2",
            Self::Catboost => "catboost",
            Self::ChatTemplate => "chat-template",
            Self::Cntk => "cntk",
            Self::Coreml => "coreml",
            Self::Cpio => "cpio",
            Self::Csv => "csv",
            Self::Database => "database",
            Self::Dduf => "dduf",
            Self::Elf => "elf",
            Self::Executorch => "executorch",
            Self::Ggml => "ggml",
            Self::Gguf => "gguf",
            Self::Gzip => "gzip",
            Self::Hdf5 => "hdf5",
            Self::JavaClass => "java-class",
            Self::JsonConfig => "json-config",
            Self::Keras => "keras",
            Self::KerasConfig => "keras-config",
            Self::KerasMetadata => "keras-metadata",
            Self::Lightgbm => "lightgbm",
            Self::Llamafile => "llamafile",
            Self::Lz4 => "lz4",
            Self::Lzma => "lzma",
            Self::MachO => "mach-o",
            Self::Media => "media",
            Self::Modelfile => "modelfile",
            Self::Msgpack => "msgpack",
            Self::Mxnet => "mxnet",
            Self::Nemo => "nemo",
            Self::Notebook => "notebook",
            Self::Npy => "npy",
            Self::Npz => "npz",
            Self::Onnx => "onnx",
            Self::Openvino => "openvino",
            Self::Orbax => "orbax",
            Self::Paddle => "paddle",
            Self::Parquet => "parquet",
            Self::Pe => "pe",
            Self::Pickle => "pickle",
            Self::Pmml => "pmml",
            Self::Python => "python",
            Self::PythonBytecode => "python-bytecode",
            Self::PythonPath => "python-path",
            Self::PytorchLegacy => "pytorch-legacy",
            Self::PytorchZip => "pytorch-zip",
            Self::Rar => "rar",
            Self::Rdata => "rdata",
            Self::Requirements => "requirements",
            Self::Safetensors => "safetensors",
            Self::Script => "script",
            Self::Settings => "settings",
            Self::SevenZip => "seven-zip",
            Self::Skops => "skops",
            Self::Tar => "tar",
            Self::Tensorrt => "tensorrt",
            Self::TfCheckpoint => "tf-checkpoint",
            Self::TfGraphdef => "tf-graphdef",
            Self::TfMetagraph => "tf-metagraph",
            Self::TfSavedmodel => "tf-savedmodel",
            Self::Tflite => "tflite",
            Self::Tfrecord => "tfrecord",
            Self::Torch7 => "torch7",
            Self::TorchExport => "torch-export",
            Self::Torchscript => "torchscript",
            Self::Wasm => "wasm",
            Self::Xgboost => "xgboost",
            Self::Xz => "xz",
            Self::Yaml => "yaml",
            Self::Zarr => "zarr",
            Self::Zip => "zip",
            Self::Zlib => "zlib",
            Self::Zstd => "zstd",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

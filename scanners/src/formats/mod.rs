//! The formats we know. A format is one file here and its two lines below.

mod arrow;
mod catboost;
mod chat_template;
mod cntk;
mod compressed;
mod coreml;
mod cpio;
mod csv;
mod database;
mod executorch;
mod ggml;
mod gguf;
mod gzip;
mod hdf5;
mod json_config;
mod keras_config;
mod keras_metadata;
mod lightgbm;
mod llamafile;
mod media;
mod modelfile;
mod msgpack;
mod mxnet;
mod native;
mod notebook;
mod npy;
mod onnx;
mod openvino;
mod orbax;
mod paddle;
mod parquet;
mod pickle;
mod pmml;
mod python;
mod python_bytecode;
mod python_path;
mod pytorch_legacy;
mod rar;
mod rdata;
mod requirements;
mod safetensors;
mod script;
mod settings;
mod sevenz;
mod skops;
mod tar;
mod tensorflow;
mod tensorrt;
mod tf_checkpoint;
mod tflite;
mod tfrecord;
mod torch7;
mod torch_export;
mod torchscript;
mod xgboost;
mod yaml;
mod zarr;
mod zarr_shard;
mod zip;

use crate::Scanner;
use crate::codec::Codec;

/// Every scanner, in the order they run. Being in this list is a promise that tests hold: a page for each rule, samples
/// that hit and near misses that do not, and survival of every cut and bit flip.
pub static SCANNERS: &[&dyn Scanner] = &[
    &tar::Tar,
    &zip::Zip,
    &cpio::Cpio,
    &gzip::Gzip,
    &compressed::Compressed(Codec::Bzip2),
    &compressed::Compressed(Codec::Lz4),
    &compressed::Compressed(Codec::Lzma),
    &compressed::Compressed(Codec::Xz),
    &compressed::Compressed(Codec::Zlib),
    &compressed::Compressed(Codec::Zstd),
    &sevenz::SevenZip,
    &rar::Rar,
    &npy::Npy,
    &pytorch_legacy::PytorchLegacy,
    &safetensors::Safetensors,
    &gguf::Gguf,
    &hdf5::Hdf5,
    &arrow::Arrow,
    &parquet::Parquet,
    &tf_checkpoint::TfCheckpoint,
    &ggml::Ggml,
    &csv::Csv,
    &orbax::Orbax,
    &zarr::Zarr,
    &zarr_shard::ZarrShard,
    &database::Database,
    &tfrecord::Tfrecord,
    &msgpack::Msgpack,
    &rdata::Rdata,
    &onnx::Onnx,
    &tensorflow::SavedModel,
    &tensorflow::MetaGraph,
    &tensorflow::GraphDef,
    &tflite::Tflite,
    &executorch::Executorch,
    &torch_export::TorchExport,
    &cntk::Cntk,
    &coreml::Coreml,
    &mxnet::Mxnet,
    &paddle::Paddle,
    &tensorrt::Tensorrt,
    &torch7::Torch7,
    &llamafile::Llamafile,
    &native::Native(native::Kind::Elf),
    &native::Native(native::Kind::JavaClass),
    &native::Native(native::Kind::MachO),
    &native::Native(native::Kind::Pe),
    &native::Native(native::Kind::Wasm),
    &script::Script,
    &media::Media,
    &chat_template::ChatTemplate,
    &yaml::Yaml,
    &json_config::JsonConfig,
    &modelfile::Modelfile,
    &skops::Skops,
    &settings::Settings,
    &pickle::Pickle,
    &keras_config::KerasConfig,
    &keras_metadata::KerasMetadata,
    &openvino::OpenVino,
    &pmml::Pmml,
    &xgboost::Xgboost,
    &lightgbm::Lightgbm,
    &catboost::Catboost,
    &python::Python,
    &python_bytecode::PythonBytecode,
    &python_path::PythonPath,
    &notebook::Notebook,
    &requirements::Requirements,
    &torchscript::TorchScript,
];

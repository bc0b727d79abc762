//! Samples built by code, one list per format. Every byte has a reason; payloads are inert.
//!
//! A format's file gives hits (each rule at least once) and near misses (no finding); `registry.rs` holds every
//! registered scanner to them.

mod arrow;
mod catboost;
mod chat_template;
mod cntk;
pub(crate) mod compressed;
mod config;
mod coreml;
mod cpio;
mod csv;
mod database;
mod executorch;
mod flatbuffer_bytes;
mod ggml;
mod gguf;
pub(crate) mod gzip;
mod hdf5;
mod hdf5_bytes;
mod hidden;
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
mod pickle_bytes;
mod pickle_hostile;
mod pmml;
mod protobuf_bytes;
mod python;
mod pytorch_legacy;
mod rar;
mod rdata;
mod safetensors;
mod script;
mod sevenz;
pub(crate) mod sevenz_bytes;
pub(crate) mod tar;
mod tensorflow;
mod tensorrt;
mod tf_checkpoint;
mod tflite;
mod tfrecord;
mod torch7;
mod torch_export;
mod xgboost;
mod zarr;
mod zip;
pub(crate) mod zip_bytes;

use assay_core::Format;

/// One small file, and exactly the rules that hit in it.
pub(crate) struct Sample {
    /// What it shows, for failure messages; unique inside its format.
    pub(crate) name: &'static str,
    /// The file name the scanner sees.
    pub(crate) file: &'static str,
    /// The format whose scanner it is for.
    pub(crate) format: Format,
    /// The content.
    pub(crate) bytes: Vec<u8>,
    /// Every rule that hits, sorted; empty for a near miss.
    pub(crate) rules: &'static [&'static str],
}

/// Every sample of every format.
pub(crate) fn samples() -> Vec<Sample> {
    let mut samples: Vec<Sample> = Vec::new();
    // One line per format: `samples.extend(gguf::samples());`. A format without its line fails the tests.
    samples.extend(zip::samples());
    samples.extend(hidden::samples());
    samples.extend(tar::samples());
    samples.extend(gzip::samples());
    samples.extend(compressed::samples());
    samples.extend(rar::samples());
    samples.extend(sevenz::samples());
    samples.extend(npy::samples());
    samples.extend(pytorch_legacy::samples());
    samples.extend(safetensors::samples());
    samples.extend(gguf::samples());
    samples.extend(hdf5::samples());
    samples.extend(arrow::samples());
    samples.extend(parquet::samples());
    samples.extend(tf_checkpoint::samples());
    samples.extend(ggml::samples());
    samples.extend(cpio::samples());
    samples.extend(csv::samples());
    samples.extend(orbax::samples());
    samples.extend(zarr::samples());
    samples.extend(database::samples());
    samples.extend(tfrecord::samples());
    samples.extend(msgpack::samples());
    samples.extend(rdata::samples());
    samples.extend(onnx::samples());
    samples.extend(tensorflow::samples());
    samples.extend(tflite::samples());
    samples.extend(executorch::samples());
    samples.extend(torch_export::samples());
    samples.extend(cntk::samples());
    samples.extend(coreml::samples());
    samples.extend(mxnet::samples());
    samples.extend(paddle::samples());
    samples.extend(tensorrt::samples());
    samples.extend(torch7::samples());
    samples.extend(llamafile::samples());
    samples.extend(native::samples());
    samples.extend(script::samples());
    samples.extend(media::samples());
    samples.extend(modelfile::samples());
    samples.extend(chat_template::samples());
    samples.extend(config::samples());
    samples.extend(pickle::samples());
    samples.extend(pickle_hostile::samples());
    samples.extend(keras_config::samples());
    samples.extend(keras_metadata::samples());
    samples.extend(openvino::samples());
    samples.extend(pmml::samples());
    samples.extend(xgboost::samples());
    samples.extend(lightgbm::samples());
    samples.extend(catboost::samples());
    samples.extend(python::samples());
    samples.extend(notebook::samples());
    samples.sort_by_key(|sample| sample.format);
    samples
}

//! The built `assay`, run from outside, and small models built by code.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// What a run gave.
pub(crate) struct Ran {
    /// The exit code.
    pub(crate) code: i32,
    /// What it wrote.
    pub(crate) stdout: String,
    /// What it said.
    pub(crate) stderr: String,
}

/// The program.
pub(crate) fn assay() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_assay"));
    command.env_remove("XDG_RUNTIME_DIR").env_remove("COLUMNS").env("NO_COLOR", "1");
    command
}

/// Runs the program with these arguments.
pub(crate) fn run<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Ran {
    ran(assay().args(arguments).output().unwrap())
}

/// Takes what a run gave.
pub(crate) fn ran(output: Output) -> Ran {
    Ran {
        code: output.status.code().expect("ended by a signal"),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Whether the worker stands beside the program; the workspace's test command builds it first.
pub(crate) fn has_worker() -> bool {
    let worker = Path::new(env!("CARGO_BIN_EXE_assay")).with_file_name("assay-worker");
    if !worker.is_file() {
        eprintln!("skipped: {} is not built; build the workspace first", worker.display());
    }
    worker.is_file()
}

/// A file below the repository's root.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

/// Parses JSON.
pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A schema that the repository publishes.
pub(crate) fn published(name: &str) -> Value {
    let path = repository(&format!("docs/schema/{name}.schema.json"));
    serde_json::from_reader(std::fs::File::open(path).unwrap()).unwrap()
}

/// Fails with every place where `instance` breaks `schema`.
pub(crate) fn assert_valid(schema: &Value, instance: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<String> =
        validator.iter_errors(instance).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(errors.is_empty(), "{}", errors.join("\n"));
}

/// One tensor of four floats.
pub(crate) fn safetensors() -> Vec<u8> {
    let header = br#"{"weight":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}    "#;
    let mut out = (header.len() as u64).to_le_bytes().to_vec();
    out.extend_from_slice(header);
    out.extend_from_slice(&[0; 16]);
    out
}

/// The same with bytes after the last tensor: denied, as they belong to no tensor.
pub(crate) fn denied() -> Vec<u8> {
    [&safetensors()[..], b"something after the last tensor"].concat()
}

/// A pickle that would call `posix.system('true')`: inert, and never loaded.
pub(crate) fn malicious_pickle() -> Vec<u8> {
    b"\x80\x02cposix\nsystem\nX\x04\0\0\0true\x85R.".to_vec()
}

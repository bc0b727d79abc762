//! Which caches exist: the defaults below each home, where variables move them, and where services keep theirs.
//!
//! A tool takes the first variable that is set; here every place that exists counts, because another process may run
//! with another environment. Source: the packages' own path code, see the layouts.

use std::collections::BTreeSet;
use std::iter::once;
use std::path::{Path, PathBuf};

use assay_core::Source;

use super::{CacheRoot, Environment};

/// Each layout below a home directory.
const BELOW_HOME: &[(Source, &str)] = &[
    (Source::Hf, ".cache/huggingface/hub"),
    (Source::Torch, ".cache/torch/hub"),
    (Source::Keras, ".keras"),
    (Source::Ollama, ".ollama/models"),
    (Source::Kagglehub, ".cache/kagglehub"),
    (Source::LlamaCpp, ".cache/llama.cpp"),
    (Source::LmStudio, ".lmstudio/models"),
    (Source::LmStudio, ".cache/lm-studio/models"),
    (Source::Modelscope, ".cache/modelscope"),
    (Source::Nltk, "nltk_data"),
    (Source::Whisper, ".cache/whisper"),
];

/// Each variable that moves a cache, and the layout's path below its value.
const VARIABLES: &[(&str, Source, &str)] = &[
    ("HF_HUB_CACHE", Source::Hf, ""),
    ("HUGGINGFACE_HUB_CACHE", Source::Hf, ""),
    ("HF_HOME", Source::Hf, "hub"),
    ("XDG_CACHE_HOME", Source::Hf, "huggingface/hub"),
    ("OLLAMA_MODELS", Source::Ollama, ""),
    ("TORCH_HOME", Source::Torch, "hub"),
    ("XDG_CACHE_HOME", Source::Torch, "torch/hub"),
    ("KERAS_HOME", Source::Keras, ""),
    ("SENTENCE_TRANSFORMERS_HOME", Source::Hf, ""),
    ("KAGGLEHUB_CACHE", Source::Kagglehub, ""),
    ("LLAMA_CACHE", Source::LlamaCpp, ""),
    ("XDG_CACHE_HOME", Source::LlamaCpp, "llama.cpp"),
    ("MODELSCOPE_CACHE", Source::Modelscope, ""),
    ("NLTK_DATA", Source::Nltk, ""),
    ("XDG_CACHE_HOME", Source::Whisper, "whisper"),
];

/// Where packaged services keep their models.
const SERVICES: &[(Source, &str)] = &[
    (Source::Ollama, "/usr/share/ollama/.ollama/models"),
    (Source::Ollama, "/var/lib/ollama/.ollama/models"),
    (Source::Ollama, "/var/lib/ollama/models"),
    (Source::Ollama, "/var/snap/ollama/common/models"),
    (Source::Nltk, "/usr/share/nltk_data"),
    (Source::Nltk, "/usr/local/share/nltk_data"),
    (Source::Nltk, "/usr/lib/nltk_data"),
    (Source::Nltk, "/usr/local/lib/nltk_data"),
];

/// Every cache that exists, ordered, each once, without links in its path.
#[must_use]
pub fn discover(env: &Environment) -> Vec<CacheRoot> {
    let below_homes = env
        .homes
        .iter()
        .flat_map(|home| BELOW_HOME.iter().map(move |(source, below)| (*source, home.join(below))));
    let moved = VARIABLES.iter().flat_map(|(variable, source, below)| {
        // `NLTK_DATA` is a list of places, and any place may have a colon in its name.
        let values = env.vars.get(*variable).into_iter();
        let values = values.flat_map(|value| once(value.as_str()).chain(value.split(':')));
        values.filter_map(move |value| {
            let path = expand(value, env)?;
            Some((*source, if below.is_empty() { path } else { path.join(below) }))
        })
    });
    let services = SERVICES.iter().map(|(source, path)| (*source, PathBuf::from(path)));
    let mut seen = BTreeSet::new();
    let mut roots: Vec<_> = below_homes
        .chain(moved)
        .chain(services)
        .filter_map(|(source, path)| {
            let path = path.canonicalize().ok().filter(|path| path.is_dir())?;
            // A root stands for everything below it, so the whole file system is never one by accident.
            (path.parent().is_some() && seen.insert(path.clone())).then_some(CacheRoot { source, path })
        })
        .collect();
    roots.sort();
    roots
}

/// An absolute path from a variable's value; `~/` is the first home.
fn expand(value: &str, env: &Environment) -> Option<PathBuf> {
    let path = match value.strip_prefix("~/") {
        Some(rest) => env.homes.first()?.join(rest),
        None => Path::new(value).to_owned(),
    };
    path.is_absolute().then_some(path)
}

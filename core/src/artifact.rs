//! What a person calls a model or a dataset.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Sha256;

/// Where an artifact comes from. Alphabetical; displays as the scheme policy matches (`hf://…`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// A plain directory or a single file.
    Dir,
    /// A Hugging Face hub snapshot.
    Hf,
    /// The Kaggle cache.
    Kagglehub,
    /// The Keras cache.
    Keras,
    /// The llama.cpp cache.
    LlamaCpp,
    /// The LM Studio model folder.
    LmStudio,
    /// An MLflow artifact store on disk.
    Mlflow,
    /// The `ModelScope` cache.
    Modelscope,
    /// The NLTK data folder.
    Nltk,
    /// An OCI registry.
    Oci,
    /// An Ollama model.
    Ollama,
    /// The torch hub cache.
    Torch,
    /// The Whisper cache.
    Whisper,
}

impl Source {
    /// The scheme of this source's references.
    #[must_use]
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::Dir => "dir",
            Self::Hf => "hf",
            Self::Kagglehub => "kagglehub",
            Self::Keras => "keras",
            Self::LlamaCpp => "llama-cpp",
            Self::LmStudio => "lm-studio",
            Self::Mlflow => "mlflow",
            Self::Modelscope => "modelscope",
            Self::Nltk => "nltk",
            Self::Oci => "oci",
            Self::Ollama => "ollama",
            Self::Torch => "torch",
            Self::Whisper => "whisper",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.scheme())
    }
}

/// The named files of one snapshot, manifest, model or directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    /// Where it comes from.
    pub source: Source,
    /// Its reference, unique in the store: `hf://org/name@<commit>`, `dir:/srv/models/x`, `oci://host/repo@sha256:…`.
    pub reference: String,
    /// Its files, ordered by name.
    pub files: Vec<ArtifactFile>,
}

/// One named file of an artifact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArtifactFile {
    /// The name inside the artifact, `/`-separated, relative.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the content.
    pub sha256: Sha256,
}

//! What an archive is made for: PyTorch checkpoints, `.npz`, `.keras` and others are told by the names in it.

use assay_core::Format;

use crate::member_name::folded;
use crate::zip::{Archive, Member};
use crate::{Loader, Report};

/// What skops puts beside its schema.
const SKOPS_FILES: &[&str] = &[".npy", ".npz", ".bin", ".ubj", ".parquet", ".keras", ".h5"];

/// What an archive is made for, by the names in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Plain,
    Npz,
    Keras,
    Skops,
    Dduf,
    Torch,
    TorchPackage,
    TorchServe,
}

impl Kind {
    pub(super) fn of(file: &str, archive: &Archive) -> Self {
        let (mut package, mut torch, mut config, mut metadata) = (false, false, false, false);
        let (mut schema, mut only_skops) = (false, true);
        let mut served = false;
        let (mut any, mut only_arrays) = (false, true);
        for facts in archive.members.values().flat_map(Member::facts) {
            let name = folded(&facts.name);
            let inner = name.split_once('/').map_or("", |(_, inner)| inner);
            package |= matches!(inner, ".data/extern_modules" | ".data/python_version");
            torch |= matches!(
                inner,
                "data.pkl" | "constants.pkl" | "bytecode.pkl" | "attributes.pkl" | ".data/version"
            );
            served |= name == "mar-inf/manifest.json";
            config |= name == "config.json";
            metadata |= name == "metadata.json";
            schema |= name == "schema.json";
            only_skops &= name == "schema.json"
                || !name.contains('/') && SKOPS_FILES.iter().any(|end| name.ends_with(end));
            any |= !name.is_empty();
            only_arrays &= name.is_empty() || name.ends_with(".npy");
        }
        if package {
            Self::TorchPackage
        } else if torch {
            Self::Torch
        } else if served {
            Self::TorchServe
        } else if config && metadata {
            Self::Keras
        } else if schema && only_skops {
            Self::Skops
        } else if file.to_ascii_lowercase().ends_with(".dduf") {
            // Nothing inside tells it from any other archive, and its readers ask for the name.
            Self::Dduf
        } else if any && only_arrays {
            Self::Npz
        } else {
            Self::Plain
        }
    }

    pub(super) fn refine(self, report: &mut Report<'_>) {
        match self {
            Self::Plain | Self::TorchServe => {}
            Self::Npz => report.refined(Format::Zip, Format::Npz),
            Self::Keras => report.refined(Format::Zip, Format::Keras),
            Self::Skops => report.refined(Format::Zip, Format::Skops),
            Self::Dduf => report.refined(Format::Zip, Format::Dduf),
            Self::Torch | Self::TorchPackage => report.refined(Format::Zip, Format::PytorchZip),
        }
    }

    /// Which library loads a member of this name.
    pub(super) fn loader(self, name: &str) -> Loader {
        match self {
            Self::Torch | Self::TorchPackage if name.ends_with(".pkl") => Loader::Torch,
            // The folder `code` of a checkpoint, at any name of the archive itself.
            Self::Torch if name.ends_with(".py") && name.split('/').take(2).any(|part| part == "code") => {
                Loader::TorchScript
            }
            Self::TorchServe if name.ends_with(".py") => Loader::TorchServe,
            _ if name.ends_with(".npy") => Loader::Numpy,
            Self::Plain
            | Self::Npz
            | Self::Keras
            | Self::Skops
            | Self::Dduf
            | Self::Torch
            | Self::TorchPackage
            | Self::TorchServe => Loader::Any,
        }
    }
}

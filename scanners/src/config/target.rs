//! What is known of a dotted path that a loader imports because a configuration names it.
//!
//! Source: `hydra/_internal/utils.py` (`_locate` walks over attributes, so that `torch.os.system` is `os.system`),
//! `jsonargparse`, NeMo `import_class_by_path`, HyperPyYAML. Dangerous is what the tables of pickles say; known is what
//! lies in a framework, because its classes are what such files are for.

use crate::pickle::{Standing, standing};

/// What is known of a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// Of a framework, or harmless.
    Known,
    /// Nobody has vouched for it.
    Unknown,
    /// Runs code or commands, or reaches files or the network.
    Dangerous(&'static str),
}

/// Judges a dotted path; `module:name` is the same as `module.name`, and a name alone is one of Python's own.
pub(crate) fn target(path: &str) -> Target {
    let path = path.trim().replace(':', ".");
    if ORDINARY.iter().any(|ordinary| within(&path, ordinary)) {
        return Target::Known;
    }
    let (module, name) = path.rsplit_once('.').unwrap_or(("builtins", &path));
    let walk = steps(&path);
    match standing(module, name) {
        _ if LAUNCHERS.iter().any(|launcher| within(&path, launcher)) => {
            Target::Dangerous("starts processes")
        }
        _ if UNUSUAL.iter().any(|unusual| within(&path, unusual)) => Target::Unknown,
        Standing::Dangerous(why) => Target::Dangerous(why),
        _ if walk.is_some() => Target::Dangerous(walk.unwrap_or_default()),
        Standing::Named(why) if CALLS.contains(&name) => Target::Dangerous(why),
        Standing::Harmless => Target::Known,
        // A name alone is no path: a loader finds it among its own classes or not at all.
        Standing::Unknown if !path.contains('.') => Target::Known,
        Standing::Unknown | Standing::Named(_) if in_framework(&path) => Target::Known,
        Standing::Unknown | Standing::Named(_) => Target::Unknown,
    }
}

/// Judges a module that is only imported.
pub(crate) fn module(path: &str) -> Target {
    // No module of the tables has a name like this, so that only the module is judged.
    match standing(path, "*") {
        Standing::Dangerous(why) => Target::Dangerous(why),
        Standing::Harmless | Standing::Unknown | Standing::Named(_) => match steps(&format!("{path}.*")) {
            Some(why) => Target::Dangerous(why),
            None if in_framework(path) => Target::Known,
            None => Target::Unknown,
        },
    }
}

/// Why a walk over the path leads somewhere else than it seems: a module keeps what it imports.
fn steps(path: &str) -> Option<&'static str> {
    let dunder =
        |step: &str| step.starts_with("__") && step.ends_with("__") && !HARMLESS_DUNDERS.contains(&step);
    let mut steps = path.split('.').skip(1);
    steps
        .any(|step| THROUGH.contains(&step) || dunder(step))
        .then_some("leads through a module to another that runs code or commands")
}

/// Whether the path lies in a framework whose classes configurations name.
fn in_framework(path: &str) -> bool {
    let root = path.split('.').next().unwrap_or_default();
    FRAMEWORKS.split_ascii_whitespace().any(|framework| framework == root)
}

fn within(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Modules that many others import and that have no namesakes in frameworks.
const THROUGH: &[&str] = &[
    "os",
    "_os",
    "posix",
    "nt",
    "sys",
    "_sys",
    "subprocess",
    "_subprocess",
    "builtins",
    "importlib",
    "_importlib",
    "shutil",
    "ctypes",
    "runpy",
    "pty",
];

/// What `__main__.Model` and `package.__init__.x` walk over.
const HARMLESS_DUNDERS: &[&str] = &["__main__", "__init__", "__version__", "__name__", "__doc__"];

/// Names that mean one thing in whatever module they are found.
const CALLS: &[&str] = &[
    "system",
    "popen",
    "Popen",
    "check_output",
    "check_call",
    "getoutput",
    "getstatusoutput",
    "import_module",
    "__import__",
    "exec",
    "execfile",
    "eval",
    "spawn",
    "spawnl",
    "spawnv",
];

/// What starts processes in frameworks that are otherwise known.
const LAUNCHERS: &[&str] = &[
    "accelerate.commands",
    "accelerate.launchers",
    "deepspeed.launcher",
    "lightning.app",
    "mlflow.projects",
    "torch.distributed.launch",
    "torch.distributed.launcher",
    "torch.distributed.run",
];

/// What looks dangerous in a pickle and is what a configuration is for: Hydra's own plugins, and looking up a function by
/// a path that is judged beside it.
const ORDINARY: &[&str] = &[
    "hydra._internal.core_plugins",
    "hydra._internal.BasicLauncher",
    "hydra._internal.BasicSweeper",
    "hydra.utils.get_method",
    "hydra.utils.get_class",
    "hydra.utils.get_object",
];

/// What reads or writes files or traces code, and stands in honest configurations.
const UNUSUAL: &[&str] = &[
    "logging",
    "pandas.read_csv",
    "pandas.read_json",
    "numpy.loadtxt",
    "numpy.genfromtxt",
    "re.compile",
    "functools.reduce",
    "operator.itemgetter",
    "torch.compile",
    "torch.jit.script",
    "torch.utils.tensorboard",
    "super_gradients.training.utils.utils.load_func",
    "builtins.open",
];

/// Frameworks, by the first part of the path, separated by spaces.
const FRAMEWORKS: &str = "accelerate albumentations anomalib apex asteroid audiomentations auraloss axolotl bionemo \
    bitsandbytes braindecode catboost colorlog datasets deepspeed detectron2 diffusers einops espnet \
    espnet2 evaluate fairseq fairseq2 flash_attn flax gluonts gymnasium haystack hydra_plugins hydra_zen \
    imblearn jax keras keras_hub keras_nlp kornia ldm lhotse lightgbm lightning lightning_fabric \
    lightning_utilities litgpt megatron mlflow mmcv mmdet mmengine mmseg monai nemo nemo_text_processing \
    neuralforecast numpy omegaconf onnx onnxruntime open_clip optax optimum orbax peft pyannote \
    pytorch_forecasting pytorch_lightning pytorch_metric_learning scipy segmentation_models_pytorch \
    sentence_transformers sentencepiece setfit sgm sklearn sklearnex spacy speechbrain stable_baselines3 \
    statsmodels super_gradients tensorflow tf_keras timm tokenizers torch torch_geometric torch_optimizer torchaudio \
    torchmetrics torchtext torchtune torchvision transformer_engine transformers trl uni2ts uvicorn \
    wandb whisper xformers xgboost";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_through_a_framework_ends_where_it_leads() {
        for path in [
            "os.system",
            "subprocess.Popen",
            "builtins.eval",
            "eval",
            "torch.os.system",
            "torch.serialization.os.system",
            "nemo.utils.subprocess.run",
            "numpy.f2py.crackfortran.myeval",
            "torch.nn.Linear.__init__.__globals__",
            "mine.tools.system",
            "os:system",
            "torch.hub.load",
            "numpy.load",
            "hydra.utils.call",
            "pydoc.locate",
            " os.system ",
        ] {
            assert!(matches!(target(path), Target::Dangerous(_)), "{path}");
        }
    }

    #[test]
    fn what_configurations_are_for_is_known() {
        for path in [
            "torch.optim.AdamW",
            "torch.nn.Linear",
            "nemo.collections.asr.models.EncDecCTCModelBPE",
            "pytorch_lightning.callbacks.ModelCheckpoint",
            "transformers.AutoModel.from_pretrained",
            "collections.Counter",
            "pathlib.Path",
            "hydra._internal.core_plugins.basic_launcher.BasicLauncher",
            "functools.partial",
            "dict",
            "UNet",
        ] {
            assert_eq!(target(path), Target::Known, "{path}");
        }
    }

    #[test]
    fn what_nobody_vouched_for_is_unknown() {
        for path in [
            "src.models.Mine",
            "mine.eval.Evaluator",
            "mine.Model",
            "__main__.Net",
            "logging.FileHandler",
            "osmium.x",
        ] {
            assert_eq!(target(path), Target::Unknown, "{path}");
        }
        assert_eq!(module("mlflow.sklearn"), Target::Known);
        assert_eq!(module("my_module"), Target::Unknown);
        assert!(matches!(module("os"), Target::Dangerous(_)));
        assert!(matches!(module("mlflow.os"), Target::Dangerous(_)));
    }

    #[test]
    fn no_framework_is_a_module_that_acts() {
        assert!(FRAMEWORKS.split_ascii_whitespace().is_sorted());
        assert!(!FRAMEWORKS.split_ascii_whitespace().any(|root| THROUGH.contains(&root)));
    }
}

//! Which functions of a file a loader calls, beside importing it.
//!
//! Source: `transformers` (`dynamic_module_utils.py`, `auto_factory.py`, custom pipelines and `custom_generate`), `datasets`
//! (`builder.py`), Hugging Face inference endpoints (`EndpointHandler`), `TorchServe` (`model_loader.py`), MLflow (`pyfunc`),
//! SageMaker (`model_fn`), Triton (`TritonPythonModel`), `torch.hub` (`hubconf.py`).

/// For what a source is loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// A module beside a model: imported, then its classes and some functions are used.
    Module,
    /// A module whose classes `auto_map` names: loaders make them, whatever they are called.
    Custom,
    /// Everything in it is there to be called by a server or a hub.
    Served,
    /// It runs as the main program: `setup.py`.
    Program,
    /// It runs at every start of Python: `sitecustomize.py`.
    Startup,
    /// Cells that a person runs.
    Notebook,
}

impl Entry {
    /// By the name of the file.
    pub(crate) fn of(name: &str) -> Self {
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
        match name.as_str() {
            "setup.py" | "__main__.py" => Self::Program,
            "sitecustomize.py" | "usercustomize.py" => Self::Startup,
            "handler.py" | "inference.py" | "score.py" | "serve.py" | "predict.py" | "hubconf.py"
            | "generate.py" | "model.py" | "pipeline.py" => Self::Served,
            _ if CUSTOM.iter().any(|start| name.starts_with(start)) => Self::Custom,
            _ => Self::Module,
        }
    }
}

/// How the files are called that a repository's `auto_map` names.
const CUSTOM: &[&str] = &[
    "configuration_",
    "feature_extraction_",
    "image_processing_",
    "modeling_",
    "processing_",
    "tokenization_",
];

/// Functions of a module that loaders call by these names.
const FUNCTIONS: &[&str] = &[
    "__getattr__",
    "__dir__",
    "generate",
    "handle",
    "handler",
    "model_fn",
    "input_fn",
    "predict_fn",
    "output_fn",
    "transform_fn",
    "_load_pyfunc",
    "load_pyfunc",
];

/// Methods by which a class is known to be one that loaders use.
const METHODS: &[&str] = &[
    "from_pretrained",
    "_from_config",
    "register_for_auto_class",
    "forward",
    "generate",
    "_sanitize_parameters",
    "_info",
    "_split_generators",
    "_generate_examples",
    "_generate_tables",
    "initialize",
    "inference",
    "handle",
    "load_context",
    "predict",
    "execute",
    "_tokenize",
    "__setstate__",
    "__reduce__",
    "__init_subclass__",
    "__class_getitem__",
];

/// Bases that say nothing about who uses a class.
const PLAIN_BASES: &[&str] = &[
    "builtins.object",
    "builtins.Exception",
    "builtins.dict",
    "builtins.list",
    "builtins.str",
    "builtins.int",
    "abc.ABC",
    "enum.Enum",
    "enum.IntEnum",
    "typing.NamedTuple",
    "typing.TypedDict",
    "typing.Protocol",
    "typing.Generic",
    "argparse.Action",
    "argparse.ArgumentParser",
    "threading.Thread",
    "unittest.TestCase",
];

/// Whether a loader calls a function of this name, outside any class.
pub(super) fn is_function(entry: Entry, name: &str) -> bool {
    match entry {
        Entry::Served | Entry::Startup => true,
        Entry::Module | Entry::Custom | Entry::Program | Entry::Notebook => FUNCTIONS.contains(&name),
    }
}

/// Whether a loader makes or uses instances of a class with this name, these bases and these methods.
pub(super) fn is_class<'n>(
    entry: Entry,
    name: &str,
    bases: &[String],
    mut methods: impl Iterator<Item = &'n str>,
) -> bool {
    let says_so = ["Handler", "Model", "Pipeline", "Tokenizer", "Config", "Processor", "Builder"];
    match entry {
        Entry::Served | Entry::Startup | Entry::Custom => true,
        Entry::Notebook => false,
        Entry::Module | Entry::Program => {
            says_so.iter().any(|part| name.contains(part))
                || bases.iter().any(|base| !PLAIN_BASES.contains(&base.as_str()))
                || methods.any(|method| METHODS.contains(&method))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_says_who_runs_it() {
        assert_eq!(Entry::of("repo/Setup.py"), Entry::Program);
        assert_eq!(Entry::of("handler.py"), Entry::Served);
        assert_eq!(Entry::of("modeling_x.py"), Entry::Custom);
        assert_eq!(Entry::of("model_parts.py"), Entry::Module);
        assert_eq!(Entry::of("usercustomize.py"), Entry::Startup);
    }

    #[test]
    fn a_class_is_used_for_its_name_its_bases_or_its_methods() {
        let none = std::iter::empty::<&str>;
        assert!(is_class(Entry::Module, "EndpointHandler", &[], none()));
        assert!(is_class(Entry::Module, "X", &["torch.nn.Module".to_owned()], none()));
        assert!(is_class(Entry::Module, "X", &[], ["__init__", "initialize"].into_iter()));
        assert!(!is_class(
            Entry::Module,
            "GitTool",
            &["builtins.object".to_owned()],
            ["__init__"].into_iter()
        ));
        assert!(is_class(Entry::Custom, "GitTool", &[], none()) && !is_function(Entry::Custom, "main"));
        assert!(is_function(Entry::Module, "model_fn") && !is_function(Entry::Module, "main"));
    }
}

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use assay_core::Source;
use assay_registries::caches::{Environment, discover};
use tempfile::TempDir;

/// The roots found below a scratch folder; a machine's own service caches are left out.
fn found(base: &Path, homes: &[&str], vars: &[(&str, &str)]) -> Vec<(Source, PathBuf)> {
    let vars: BTreeMap<_, _> =
        vars.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let env = Environment { homes: homes.iter().map(|home| base.join(home)).collect(), vars };
    let base = base.canonicalize().unwrap();
    let roots = discover(&env).into_iter().filter(|root| root.path.starts_with(&base));
    roots.map(|root| (root.source, root.path.strip_prefix(&base).unwrap().to_owned())).collect()
}

fn folders(paths: &[&str]) -> TempDir {
    let base = TempDir::new().unwrap();
    for path in paths {
        fs::create_dir_all(base.path().join(path)).unwrap();
    }
    base
}

#[test]
fn the_default_places_of_every_home_are_found_if_they_exist() {
    let base = folders(&[
        "a/.cache/huggingface/hub",
        "a/.ollama/models",
        "b/.keras",
        "b/.cache/torch/hub/checkpoints",
    ]);
    assert_eq!(
        found(base.path(), &["a", "b", "gone"], &[]),
        [
            (Source::Hf, "a/.cache/huggingface/hub".into()),
            (Source::Keras, "b/.keras".into()),
            (Source::Ollama, "a/.ollama/models".into()),
            (Source::Torch, "b/.cache/torch/hub".into()),
        ]
    );
}

#[test]
fn each_variable_moves_its_cache() {
    for (variable, value, at, source) in [
        ("HF_HUB_CACHE", "x", "x", Source::Hf),
        ("HUGGINGFACE_HUB_CACHE", "x", "x", Source::Hf),
        ("HF_HOME", "x", "x/hub", Source::Hf),
        ("XDG_CACHE_HOME", "x", "x/huggingface/hub", Source::Hf),
        ("XDG_CACHE_HOME", "x", "x/torch/hub", Source::Torch),
        ("OLLAMA_MODELS", "x", "x", Source::Ollama),
        ("TORCH_HOME", "x", "x/hub", Source::Torch),
        ("KERAS_HOME", "x", "x", Source::Keras),
        ("SENTENCE_TRANSFORMERS_HOME", "x", "x", Source::Hf),
        ("KAGGLEHUB_CACHE", "x", "x", Source::Kagglehub),
        ("LLAMA_CACHE", "x", "x", Source::LlamaCpp),
        ("XDG_CACHE_HOME", "x", "x/llama.cpp", Source::LlamaCpp),
        ("MODELSCOPE_CACHE", "x", "x", Source::Modelscope),
        ("NLTK_DATA", "x", "x", Source::Nltk),
        ("XDG_CACHE_HOME", "x", "x/whisper", Source::Whisper),
    ] {
        let base = folders(&[at]);
        let value = base.path().join(value);
        let roots = found(base.path(), &[], &[(variable, value.to_str().unwrap())]);
        assert_eq!(roots, [(source, at.into())], "{variable}");
    }
}

#[test]
fn a_place_reached_twice_is_one_root() {
    let base = folders(&["home/.cache/huggingface/hub"]);
    symlink("home/.cache/huggingface/hub", base.path().join("same")).unwrap();
    let same = base.path().join("same");
    let roots = found(base.path(), &["home"], &[("HF_HUB_CACHE", same.to_str().unwrap())]);
    assert_eq!(roots, [(Source::Hf, "home/.cache/huggingface/hub".into())]);
}

#[test]
fn a_list_of_places_is_each_of_them() {
    let base = folders(&["a", "b"]);
    let list = format!("{0}/a:relative:{0}/b:{0}/gone", base.path().display());
    let roots = found(base.path(), &[], &[("NLTK_DATA", &list)]);
    assert_eq!(roots, [(Source::Nltk, "a".into()), (Source::Nltk, "b".into())]);
}

#[test]
fn a_tilde_is_the_home_and_a_relative_value_is_ignored() {
    let base = folders(&["home/hf", "hf"]);
    assert_eq!(found(base.path(), &["home"], &[("HF_HUB_CACHE", "~/hf")]), [(Source::Hf, "home/hf".into())]);
    assert_eq!(found(base.path(), &["home"], &[("HF_HUB_CACHE", "hf")]), []);
}

#[test]
fn the_root_of_the_file_system_and_a_file_are_no_caches() {
    let base = folders(&["home"]);
    fs::write(base.path().join("home/.keras"), "x").unwrap();
    assert_eq!(found(base.path(), &["home"], &[]), []);
    let env =
        Environment { homes: Vec::new(), vars: BTreeMap::from([("KERAS_HOME".to_owned(), "/".to_owned())]) };
    assert!(discover(&env).iter().all(|root| root.path != Path::new("/")));
}

use assay_core::Source;

use crate::scratch::{Scratch, names, references};

#[test]
fn a_torch_checkpoint_and_a_hub_repository_are_artifacts() {
    let scratch = Scratch::new(Source::Torch);
    scratch.file("checkpoints/resnet18-f37072fd.pth", "x");
    scratch.file("checkpoints/new.pth.3f1c.partial", "x");
    scratch.file("pytorch_vision_v0.10.0/hubconf.py", "x");
    scratch.file("pytorch_vision_v0.10.0/models/a.py", "x");
    scratch.file("trusted_list", "x");
    let inventory = scratch.inventory();
    assert_eq!(
        references(&inventory),
        [
            "torch://checkpoints/resnet18-f37072fd.pth",
            "torch://pytorch_vision_v0.10.0",
            "torch://trusted_list"
        ]
    );
    assert_eq!(names(&inventory.artifacts[1]), ["hubconf.py", "models/a.py"]);
    assert_eq!(inventory.artifacts[0].files[0].claims, []);
    assert_eq!(inventory.in_flight, [scratch.path("checkpoints/new.pth.3f1c.partial")]);
}

#[test]
fn a_keras_weight_file_and_an_extracted_archive_are_artifacts() {
    let scratch = Scratch::new(Source::Keras);
    scratch.file("keras.json", "x");
    scratch.file("models/vgg16.h5", "x");
    scratch.file("datasets/flowers_extracted/a/1.jpg", "x");
    assert_eq!(
        references(&scratch.inventory()),
        ["keras://datasets/flowers_extracted", "keras://keras.json", "keras://models/vgg16.h5"]
    );
}

/// Each layout: files, and the artifacts they belong to.
const LAYOUTS: &[(Source, &[&str], &[&str])] = &[
    (
        Source::Kagglehub,
        &[
            "models/google/gemma/keras/2b/3/model.weights.h5",
            "models/google/gemma/keras/2b/3/assets/vocab.spm",
            "models/google/gemma/keras/2b/3.complete",
            "datasets/org/text/versions/1/a.csv",
            "datasets/org/text/versions/2/a.csv",
        ],
        &[
            "kagglehub://datasets/org/text/versions/1",
            "kagglehub://datasets/org/text/versions/2",
            "kagglehub://models/google/gemma/keras/2b/3",
            "kagglehub://models/google/gemma/keras/2b/3.complete",
        ],
    ),
    (
        Source::LlamaCpp,
        &["tiny.gguf", "tiny.gguf.json"],
        &["llama-cpp://tiny.gguf", "llama-cpp://tiny.gguf.json"],
    ),
    (
        Source::LmStudio,
        &["org/tiny/a.gguf", "org/tiny/mmproj.gguf", "org/other/b.gguf", "stray.gguf"],
        &["lm-studio://org/other", "lm-studio://org/tiny", "lm-studio://stray.gguf"],
    ),
    (
        Source::Mlflow,
        &[
            "0/meta.yaml",
            "0/models/m-1/artifacts/python_model.pkl",
            "0/run/artifacts/model/model.pkl",
            "0/run/artifacts/plot.png",
            "0/run/metrics/loss",
        ],
        &[
            "mlflow://0/meta.yaml",
            "mlflow://0/models/m-1",
            "mlflow://0/run/artifacts/model",
            "mlflow://0/run/artifacts/plot.png",
            "mlflow://0/run/metrics",
        ],
    ),
    (
        Source::Modelscope,
        &[
            "models/org--tiny/snapshots/master/model.safetensors",
            "models/org--tiny/refs/master",
            "hub/org/old/model.bin",
            "hub/models/org/older/.msc",
            "credentials/session",
        ],
        &[
            "modelscope://credentials",
            "modelscope://hub/models/org/older",
            "modelscope://hub/org/old",
            "modelscope://models/org--tiny/refs",
            "modelscope://models/org--tiny/snapshots/master",
        ],
    ),
    (
        Source::Nltk,
        &["tokenizers/punkt.zip", "tokenizers/punkt/english.pickle", "tokenizers/punkt/PY3/english.pickle"],
        &["nltk://tokenizers/punkt", "nltk://tokenizers/punkt.zip"],
    ),
    (Source::Whisper, &["tiny.pt"], &["whisper://tiny.pt"]),
];

#[test]
fn each_layout_has_its_own_boundaries_and_a_change_finds_them() {
    for (source, files, artifacts) in LAYOUTS {
        let scratch = Scratch::new(*source);
        for file in *files {
            scratch.file(file, "x");
        }
        let inventory = scratch.inventory();
        assert_eq!(references(&inventory), *artifacts);
        let found: usize = inventory.artifacts.iter().map(|artifact| artifact.files.len()).sum();
        assert_eq!(found, files.len(), "{source}");
        for file in *files {
            let path = scratch.path(file);
            let around = scratch.below(file).artifacts;
            let holds = around.iter().any(|artifact| artifact.files.iter().any(|file| file.path == path));
            assert!(holds && around.len() == 1, "{source}: {file} is in {around:?}");
            assert!(inventory.artifacts.contains(&around[0]));
        }
    }
}

#[test]
fn a_change_on_a_shelf_lists_one_entry_of_it() {
    let scratch = Scratch::new(Source::Torch);
    scratch.file("checkpoints/a.pth", "x");
    scratch.file("checkpoints/b.pth", "x");
    assert_eq!(references(&scratch.below("checkpoints/a.pth")), ["torch://checkpoints/a.pth"]);
    assert_eq!(scratch.below("checkpoints").artifacts, scratch.inventory().artifacts);
}

#[test]
fn a_shelf_that_is_a_link_out_of_the_root_is_refused() {
    let scratch = Scratch::new(Source::Torch);
    scratch.link("checkpoints", "/usr");
    let inventory = scratch.inventory();
    assert_eq!(references(&inventory), [""; 0]);
    assert_eq!(inventory.problems.len(), 1);
    assert_eq!(scratch.below("checkpoints/bin").artifacts, []);
}

//! LightGBM: trees and the objective.

use assay_core::Format;

use super::Sample;

fn model(name: &'static str, objective: &str, left: &str, rules: &'static [&'static str]) -> Sample {
    let text = format!(
        "tree\nversion=v4\nnum_class=1\nmax_feature_idx=3\nobjective={objective}\nfeature_names=a b c d\n\n\
        Tree=0\nnum_leaves=3\nsplit_feature=0 3\nthreshold=0.5 1e-35\nleft_child={left}\nright_child=-2 -3\n\
        leaf_value=0.1 -0.2 0.3\n\n\nend of trees\n\nparameters:\n[boosting: gbdt]\nend of parameters\n"
    );
    Sample { name, file: "model.txt", format: Format::Lightgbm, bytes: text.into_bytes(), rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    vec![
        model("a tree", "binary sigmoid:1", "1 -1", &[]),
        model("no such leaf", "binary sigmoid:1", "1 -4", &["lightgbm-malformed-tree"]),
        model("too few children", "binary sigmoid:1", "1", &["lightgbm-malformed-tree"]),
        model("an objective of its own", "mine", "1 -1", &["lightgbm-unknown-objective"]),
        model(
            "a command",
            "custom os.system(\"id\")",
            "1 -1",
            &["lightgbm-unknown-objective", "model-command-text"],
        ),
    ]
}

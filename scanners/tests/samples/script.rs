//! Scripts under their own names and under that of weights.

use assay_core::Format;

use super::Sample;

pub(crate) fn samples() -> Vec<Sample> {
    let sample = |name, file, text: &str, rules| Sample {
        name,
        file,
        format: Format::Script,
        bytes: text.as_bytes().to_vec(),
        rules,
    };
    vec![
        sample("a script beside a model", "convert.sh", "#!/bin/sh\ntrue\n", &[]),
        sample("a script as weights", "pytorch_model.bin", "#!/bin/sh\ntrue\n", &["script-disguised"]),
        sample("a batch file as weights", "model.gguf", "@echo off\r\nrem\r\n", &["script-disguised"]),
        sample(
            "Python as weights",
            "model.pth",
            "import os\nos.getpid()\n",
            &["python-startup-code", "script-disguised"],
        ),
    ]
}

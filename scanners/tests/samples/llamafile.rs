//! Portable executables: the script that the linker writes, commands added to it, and the names they go by.

use assay_core::Format;

use super::Sample;
use super::zip_bytes::{Zip, honest};

/// The script in front, with something added.
fn prologue(added: &str) -> Vec<u8> {
    let script = [
        "MZqFpD='\n\nJT' <<'@'\n\n@\n#'\"\n\n",
        "o=$(command -v \"$0\")\n",
        added,
        "type ape >/dev/null 2>&1 && exec ape \"$o\" \"$@\"\n",
        "echo \"$0: this ape program lacks $m support\" >&2\nexit 127\n\n\n\n",
    ];
    [script.concat().into_bytes(), vec![0; 16]].concat()
}

pub(crate) fn samples() -> Vec<Sample> {
    let sample = |name, file, bytes, rules| Sample { name, file, format: Format::Llamafile, bytes, rules };
    let mut arguments = honest(".args", b"-m\nmodel.gguf\n");
    arguments.before = prologue("");
    let with_zip = Zip::of([arguments]);
    let gguf = b"GGUF\x03\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
    vec![
        sample(
            "a text about programs",
            "notes.txt",
            b"MZqFpD=' is how such a file begins, for DOS, Windows and every shell of Unix.\n".to_vec(),
            &[],
        ),
        sample("a program", "model.llamafile", prologue(""), &["llamafile-program"]),
        sample("a program with a zip", "model.llamafile", with_zip.bytes(), &["llamafile-program"]),
        sample(
            "a program as weights",
            "model.gguf",
            [prologue(""), gguf.to_vec()].concat(),
            &["llamafile-disguised"],
        ),
        sample(
            "a command in the script",
            "model.llamafile",
            prologue("id\n"),
            &["llamafile-program", "llamafile-shell-command"],
        ),
    ]
}

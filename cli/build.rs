//! Puts the rule pages of `docs/rules` into the program, so that `explain` and SARIF can quote them.

use std::fmt::Write as _;
use std::io;
use std::path::Path;
use std::{env, fs};

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let folder = Path::new(&root).join("../docs/rules");
    println_directive(&folder);
    let mut pages = Vec::new();
    for entry in fs::read_dir(&folder).into_iter().flatten() {
        let path = entry?.path();
        let id = path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned);
        if let (Some(id), Some("md")) = (id, path.extension().and_then(|extension| extension.to_str())) {
            pages.push((id, path.canonicalize()?));
        }
    }
    pages.sort();
    let mut source = String::from("&[\n");
    for (id, path) in pages {
        writeln!(source, "    ({id:?}, include_str!({path:?})),").map_err(io::Error::other)?;
    }
    source.push_str("]\n");
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    fs::write(Path::new(&out).join("rule_pages.rs"), source)
}

fn println_directive(folder: &Path) {
    println!("cargo::rerun-if-changed={}", folder.display());
}

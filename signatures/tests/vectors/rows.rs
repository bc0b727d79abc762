//! The manifest of the vectors.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// One row of the manifest.
pub(crate) struct Row {
    pub(crate) group: String,
    /// Relative to the folder of the manifest.
    pub(crate) signature: String,
    pub(crate) subject: String,
    pub(crate) expected: Expected,
    pub(crate) method: String,
    pub(crate) identity: String,
    pub(crate) issuer: String,
    /// Keys and roots, relative to the folder of the manifest.
    pub(crate) trusted: Vec<PathBuf>,
    pub(crate) flags: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    Yes,
    No,
    Policy,
}

pub(crate) fn rows(root: &Path) -> io::Result<Vec<Row>> {
    let table = text(&root.join("manifest.tsv"))?;
    let row = |line: &str| match line.split('\t').collect::<Vec<_>>().as_slice() {
        [group, signature, subject, _what, expected, method, identity, issuer, trusted, flags, ..] => {
            Some(Row {
                group: (*group).to_owned(),
                signature: (*signature).to_owned(),
                subject: (*subject).to_owned(),
                expected: match *expected {
                    "yes" | "schema-valid" => Expected::Yes,
                    "policy" => Expected::Policy,
                    _ => Expected::No,
                },
                method: (*method).to_owned(),
                identity: (*identity).to_owned(),
                issuer: (*issuer).to_owned(),
                trusted: trusted.split_whitespace().map(|path| root.join(path)).collect(),
                flags: (*flags).to_owned(),
            })
        }
        _ => None,
    };
    Ok(table.lines().skip(1).filter_map(row).collect())
}

pub(crate) fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    #[expect(clippy::disallowed_methods, reason = "test vectors, and the take stands here")]
    fs::File::open(path)?.take(64 << 20).read_to_end(&mut content)?;
    Ok(content)
}

pub(crate) fn text(path: &Path) -> io::Result<String> {
    String::from_utf8(bytes(path)?).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

//! Files of this repository, and files tests have written.

use std::path::Path;

/// The whole text of a file nobody else chose.
///
/// # Errors
/// Whatever reading gives.
pub fn text(path: &Path) -> std::io::Result<String> {
    #[expect(clippy::disallowed_methods, reason = "our own files, in tests")]
    std::fs::read_to_string(path)
}

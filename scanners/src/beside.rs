//! Whether a path that a model names stays in the model's own folder.
//!
//! A loader on any system may read the path, so it is judged by the rules of all of them. Links inside the folder are
//! not seen from a path.

/// Bytes of a path that are judged; no file system takes longer ones.
pub(crate) const MAX_PATH: usize = 4096;

/// Why a path is not simply a file in the model's folder or below it.
pub(crate) fn leaves_folder(path: &str) -> Option<&'static str> {
    let mut parts = path.split(['/', '\\']);
    if path.contains('\0') {
        Some("a NUL ends the path for some loaders")
    } else if path.contains("://") || path.starts_with("file:") {
        Some("an address")
    } else if path.contains("_ORT_MEM_ADDR_") {
        Some("ONNX Runtime's mark for an address in the memory of the process")
    } else if path.starts_with(['/', '\\', '~']) {
        Some("an absolute path")
    } else if path.chars().nth(1) == Some(':') {
        Some("a path on a drive")
    } else if parts.any(|part| part.trim_end_matches([' ', '\t']) == "..") {
        Some("a path to a parent folder")
    } else if path.contains('\\') {
        Some("a backslash is a folder's end on one system and a letter on others")
    } else if path.len() >= MAX_PATH {
        Some("longer than any path")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_leaves_the_folder_is_told_for_any_system() {
        for path in
            ["../w", "a/..", "..\\w", "/w", "\\\\h\\s", "C:\\w", "c:w", "gs://b/w", "w\0", "~/w", ".. /w"]
        {
            assert!(leaves_folder(path).is_some(), "{path:?}");
        }
        assert!(leaves_folder(&"a".repeat(MAX_PATH)).is_some());
    }

    #[test]
    fn a_file_in_the_folder_stays() {
        for path in ["w", "a/b.bin", "./w", "..w", "a..b", ""] {
            assert_eq!(leaves_folder(path), None, "{path:?}");
        }
    }
}

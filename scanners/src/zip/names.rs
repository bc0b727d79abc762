//! What member names mean to those who unpack or look them up.

/// How a lenient loader compares names: ignoring case, `\` and `/` alike, without `.` steps.
///
/// miniz, which PyTorch embeds, ignores case and takes `\` for `/`.
pub(crate) fn folded(name: &[u8]) -> String {
    let text = String::from_utf8_lossy(name).replace('\\', "/").to_lowercase();
    let steps: Vec<&str> = text.split('/').filter(|step| !matches!(*step, "" | ".")).collect();
    steps.join("/")
}

/// Whether unpacking under this name could write outside the target folder.
pub(crate) fn unsafe_path(name: &[u8]) -> bool {
    let absolute = matches!(name.first(), Some(b'/' | b'\\'));
    let drive = matches!(name, [letter, b':', ..] if letter.is_ascii_alphabetic());
    absolute || drive || name.split(|byte| matches!(byte, b'/' | b'\\')).any(|step| step == b"..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn traversal_is_seen_with_either_slash() {
        for bad in ["../x", "a/../../x", "a\\..\\x", "/etc/x", "\\x", "C:x", "c:\\x", ".."] {
            assert!(unsafe_path(bad.as_bytes()), "{bad}");
        }
        for good in ["a/b", "..a/b", "a..", "a/.../b", "ab:c", "x"] {
            assert!(!unsafe_path(good.as_bytes()), "{good}");
        }
    }

    #[test]
    fn names_fold_as_a_lenient_loader_would() {
        assert_eq!(folded(b"./Archive\\DATA.pkl"), "archive/data.pkl");
    }
}

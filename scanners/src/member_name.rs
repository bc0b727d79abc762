//! What the names of members and links mean to those who unpack them or look them up.

use std::collections::BTreeSet;

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

/// Whether a symbolic link at `name` leads outside the target folder.
pub(crate) fn leaves(name: &[u8], target: &[u8]) -> bool {
    if matches!(target.first(), Some(b'/' | b'\\')) {
        return true;
    }
    let slash = |byte: &u8| matches!(byte, b'/' | b'\\');
    let folder = name.iter().rposition(slash).map_or(&b""[..], |end| name.get(..end).unwrap_or_default());
    let mut depth = 0_u32;
    for step in folder.split(slash).chain(target.split(slash)) {
        depth = match step {
            b"" | b"." => depth,
            b".." => match depth.checked_sub(1) {
                Some(up) => up,
                None => return true,
            },
            _ => depth.saturating_add(1),
        };
    }
    false
}

/// The links of an archive, by [`folded`] name. What leads nowhere by itself may lead out through another one.
#[derive(Debug, Default)]
pub(crate) struct Links(BTreeSet<String>);

impl Links {
    /// Remembers a link.
    pub(crate) fn add(&mut self, name: &[u8]) {
        self.0.insert(folded(name));
    }

    /// Whether unpacking this name goes through a link; nobody who packs a folder does.
    pub(crate) fn are_on_the_way_to(&self, name: &[u8]) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let name = folded(name);
        name.match_indices('/').any(|(at, _)| name.get(..at).is_some_and(|folder| self.0.contains(folder)))
    }
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

    #[test]
    fn a_link_may_lead_anywhere_inside_and_nowhere_else() {
        for (name, target) in [("a/b/c", "../../d"), ("a", "b"), ("a/b", "./c/../d"), ("a/b", "../b")] {
            assert!(!leaves(name.as_bytes(), target.as_bytes()), "{name} -> {target}");
        }
        for (name, target) in [("a", ".."), ("a/b", "../../c"), ("a", "/etc/x"), ("a/b", "c/../../../d")] {
            assert!(leaves(name.as_bytes(), target.as_bytes()), "{name} -> {target}");
        }
    }

    #[test]
    fn what_lies_behind_a_link_is_told() {
        let mut links = Links::default();
        links.add(b"./a");
        assert!(links.are_on_the_way_to(b"a/b") && links.are_on_the_way_to(b"./A//b/c"));
        assert!(!links.are_on_the_way_to(b"a") && !links.are_on_the_way_to(b"ab/c"));
    }
}

//! Where in an artifact something stands.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::shown;

/// A place inside a file: `model.pt!archive/data.pkl@0x1f`.
///
/// `!` steps into a container, `@` gives the byte offset inside the innermost one. Names are escaped on the way
/// in, so a location can be shown anywhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location {
    path: String,
    offset: Option<u64>,
}

impl Location {
    /// The file itself, by the name it is shown under.
    #[must_use]
    pub fn file(name: &str) -> Self {
        Self { path: shown(name), offset: None }
    }

    /// A member of the container at this place.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        Self { path: format!("{}!{}", self.path, shown(name)), offset: None }
    }

    /// The byte at `offset` of this place.
    #[must_use]
    pub fn at(&self, offset: u64) -> Self {
        Self { path: self.path.clone(), offset: Some(offset) }
    }

    /// File and members, without the offset.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The byte offset inside the innermost member.
    #[must_use]
    pub const fn offset(&self) -> Option<u64> {
        self.offset
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        match self.offset {
            Some(offset) => write!(f, "@{offset:#x}"),
            None => Ok(()),
        }
    }
}

impl Serialize for Location {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Location {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let offset = text.rsplit_once("@0x").and_then(|(path, digits)| {
            let canonical = !digits.starts_with('+') && !digits.is_empty();
            canonical.then(|| u64::from_str_radix(digits, 16).ok().map(|offset| (path.len(), offset)))?
        });
        Ok(match offset {
            Some((end, offset)) => {
                Self { path: text.get(..end).unwrap_or_default().to_owned(), offset: Some(offset) }
            }
            None => Self { path: text, offset: None },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_members_and_offset() {
        let place = Location::file("model.pt").member("archive/data.pkl").at(31);
        assert_eq!(place.to_string(), "model.pt!archive/data.pkl@0x1f");
    }

    #[test]
    fn survives_json() {
        for place in
            [Location::file("a@0xzz").at(1), Location::file("b"), Location::file("c").member("d@0x1")]
        {
            let text = serde_json::to_string(&place).unwrap();
            let back: Location = serde_json::from_str(&text).unwrap();
            assert_eq!(back.to_string(), place.to_string());
        }
    }

    #[test]
    fn a_member_name_cannot_forge_terminal_output() {
        assert_eq!(Location::file("x").member("\u{1b}[31m").path(), "x!\\u{1b}[31m");
    }
}

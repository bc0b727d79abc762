//! Facts of one content under another name: the same bytes are often held under several.

use assay_core::{Coverage, FileFact, Location};
use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{Error, StrDeserializer};

/// Makes every location in `fact` start with `to` instead of `from`.
pub(crate) fn rename(fact: &mut FileFact, from: &str, to: &str) {
    let (from, to) = (Location::file(from), Location::file(to));
    for finding in &mut fact.findings {
        moved(&mut finding.location, &from, &to);
    }
    if let Coverage::Partial { gaps } = &mut fact.coverage {
        for gap in gaps {
            moved(&mut gap.location, &from, &to);
        }
    }
}

fn moved(location: &mut Location, from: &Location, to: &Location) {
    let Some(inside) = location.path().strip_prefix(from.path()) else { return };
    if !inside.is_empty() && !inside.starts_with('!') {
        return;
    }
    // The text is already escaped, and `member` would escape and cut it again: only parsing keeps it as it is.
    let offset = location.offset().map(|offset| format!("@{offset:#x}")).unwrap_or_default();
    let text = format!("{}{inside}{offset}", to.path());
    let deserializer: StrDeserializer<'_, Error> = text.as_str().into_deserializer();
    if let Ok(renamed) = Location::deserialize(deserializer) {
        *location = renamed;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(location: Location) -> String {
        let mut location = location;
        moved(&mut location, &Location::file("a.pt"), &Location::file("sub/b.pt"));
        location.to_string()
    }

    #[test]
    fn members_and_offsets_stay() {
        let location = Location::file("a.pt").member("x/data.pkl").at(31);
        assert_eq!(renamed(location), "sub/b.pt!x/data.pkl@0x1f");
        assert_eq!(renamed(Location::file("a.pt")), "sub/b.pt");
    }

    #[test]
    fn another_file_with_the_same_beginning_is_left_alone() {
        assert_eq!(renamed(Location::file("a.pth")), "a.pth");
    }
}

//! `Manifest.json` of an `.mlpackage`: the files of the package, by identifier.

use super::EXTERNAL_PATH;
use crate::beside::leaves_folder;
use crate::json::{self, Value};
use crate::{Input, Probe, Report, Stop};

/// The longest manifest that is read; packages have two or three files.
const MAX_JSON: usize = 4 << 20;

pub(super) fn recognises(probe: &Probe<'_>) -> bool {
    json::starts_object(probe.head)
        && (memchr::memmem::find(probe.head, b"\"itemInfoEntries\"").is_some()
            && memchr::memmem::find(probe.head, b"\"rootModelIdentifier\"").is_some())
}

pub(super) fn scan(input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
    let bytes = json::whole(input, MAX_JSON)?;
    let root = json::parse(&bytes, 0)?;
    let Value::Object(members) = &root.value else { return Ok(()) };
    for (_, entries) in members.iter().filter(|(key, _)| key == "itemInfoEntries") {
        let Value::Object(entries) = &entries.value else { continue };
        for (_, entry) in entries {
            let Value::Object(fields) = &entry.value else { continue };
            for (_, path) in fields.iter().filter(|(key, _)| key == "path") {
                let text = path.text().unwrap_or_default();
                if let Some(wrong) = leaves_folder(text) {
                    let message = format!("{}: {wrong} {text}", EXTERNAL_PATH.summary);
                    report.hit(&EXTERNAL_PATH, input.place().at(path.offset), &message, &[("path", text)]);
                }
            }
        }
    }
    Ok(())
}

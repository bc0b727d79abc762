//! `keras_metadata.pb` beside a `SavedModel`: what Keras 2 makes its layers from, one JSON text for each object.
//!
//! Source: `saved_metadata.proto` and `saving/saved_model/load.py` of Keras 2. A Lambda layer in it holds marshalled code
//! that loading runs (CVE-2024-3660). Only texts that speak of one are judged, by [`super::keras_config`]: other classes
//! that are not Keras' own are revived from the graph instead.

use assay_core::{Format, Rule};

use super::keras_config::KerasConfig;
use crate::protobuf::{Span, Value, Wire};
use crate::{Input, Limit, Probe, Report, Scanner, Stop};

/// The longest JSON text of one object; the root of a large model has a few MiB.
const MAX_JSON: usize = 64 << 20;

/// Bytes of an object's path that are shown.
const MAX_PATH: usize = 256;

/// Scanner of Keras' metadata beside a `SavedModel`.
pub(super) struct KerasMetadata;

impl Scanner for KerasMetadata {
    fn format(&self) -> Format {
        Format::KerasMetadata
    }

    fn rules(&self) -> &'static [Rule] {
        KerasConfig.rules()
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        // Keras opens nothing but this name, whatever the content is.
        probe.named(&["keras_metadata.pb"])
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let (mut wire, mut root) = Wire::new(input);
        while let Some(field) = wire.field(&mut root)? {
            if let (1, Value::Bytes(object)) = (field.number, field.value) {
                match input.window(object.start(), 1)?.as_slice() {
                    b"{" => json(&mut wire, object, "metadata", input, report)?,
                    _ => saved_object(&mut wire, object, input, report)?,
                }
            }
        }
        Ok(())
    }
}

/// `SavedObjectGraph` of a `SavedModel`, in which the first versions of Keras 2 keep the same texts: loaders take them
/// when there is no `keras_metadata.pb` (`_read_legacy_metadata`).
pub(super) fn objects(
    wire: &mut Wire<'_, '_>,
    mut graph: Span,
    input: &Input<'_>,
    report: &mut Report<'_>,
) -> Result<(), Stop> {
    while let Some(field) = wire.field(&mut graph)? {
        let (1, Value::Bytes(mut object)) = (field.number, field.value) else { continue };
        while let Some(field) = wire.field(&mut object)? {
            let (4, Value::Bytes(mut user)) = (field.number, field.value) else { continue };
            while let Some(field) = wire.field(&mut user)? {
                if let (3, Value::Bytes(text)) = (field.number, field.value) {
                    json(wire, text, "metadata", input, report)?;
                }
            }
        }
    }
    Ok(())
}

/// `SavedObject`: its path among the layers and its JSON.
fn saved_object(
    wire: &mut Wire<'_, '_>,
    mut object: Span,
    input: &Input<'_>,
    report: &mut Report<'_>,
) -> Result<(), Stop> {
    let mut path = "metadata".to_owned();
    while let Some(field) = wire.field(&mut object)? {
        match (field.number, field.value) {
            (3, Value::Bytes(text)) => path = wire.text(text, MAX_PATH)?,
            (5, Value::Bytes(text)) => json(wire, text, &path, input, report)?,
            _ => {}
        }
    }
    Ok(())
}

fn json(
    wire: &mut Wire<'_, '_>,
    text: Span,
    path: &str,
    input: &Input<'_>,
    report: &mut Report<'_>,
) -> Result<(), Stop> {
    if text.size() > MAX_JSON as u64 {
        return Err(Stop::Limit(Limit::Length("JSON")));
    }
    let content = wire.bytes(text, MAX_JSON)?;
    // An escape can spell any word.
    let speaks = |word: &[u8]| memchr::memmem::find(&content, word).is_some();
    if !(speaks(b"Lambda") || speaks(b"__lambda__") || speaks(b"\\u00")) {
        return Ok(());
    }
    KerasConfig.scan(&input.member(path, text.start(), text.size())?, report)
}

//! Elements that some loader does more with than read: pickles and Keras configurations.

use std::collections::BTreeSet;

use assay_core::Format;

use crate::formats::keras_config;
use crate::hdf5::{Datatype, File, Kind, Span};
use crate::{Input, Report, Stop, json, pickle};

/// Bytes of an element that tell what it is.
const HEAD: usize = 64 << 10;

/// Elements of one array of texts that are looked at one by one. PyTables unpickles single ones only.
const MAX_TEXTS: usize = 4096;

/// Attributes that Keras deserializes.
const KERAS: &[&str] = &["model_config", "training_config"];

/// Looks at elements and says what they hold.
pub(super) struct Contents<'f, 'a, 'r, 's> {
    pub(super) file: &'f File<'a>,
    pub(super) report: &'r mut Report<'s>,
    /// What was examined already: an element that several refer to is one fact.
    told: BTreeSet<Span>,
}

impl<'f, 'a, 'r, 's> Contents<'f, 'a, 'r, 's> {
    pub(super) const fn new(file: &'f File<'a>, report: &'r mut Report<'s>) -> Self {
        Self { file, report, told: BTreeSet::new() }
    }

    /// Looks at elements that lie one behind the other.
    pub(super) fn fixed(
        &mut self,
        place: &str,
        attribute: &str,
        datatype: Datatype,
        elements: Span,
    ) -> Result<(), Stop> {
        match datatype.kind {
            Kind::Text if datatype.size > 0 => {
                let mut at = elements.at;
                let end = elements.at.saturating_add(elements.size);
                for _ in 0..MAX_TEXTS {
                    if at >= end {
                        break;
                    }
                    self.file.step()?;
                    let size = datatype.size.min(end.saturating_sub(at));
                    self.element(place, attribute, Span { at, size })?;
                    at = at.saturating_add(size);
                }
                Ok(())
            }
            Kind::Bytes => self.element(place, attribute, elements),
            Kind::Text | Kind::Variable | Kind::HoldsVariable | Kind::Plain => Ok(()),
        }
    }

    /// Looks at one element, whose text ends at its padding.
    pub(super) fn element(&mut self, place: &str, attribute: &str, span: Span) -> Result<(), Stop> {
        let part = span.size.min(HEAD as u64);
        let mut head = self.file.at(span.at, part, "HDF5 element")?.bytes(part, HEAD, "HDF5 element")?;
        let size = if part < span.size {
            self.unpadded(span)?
        } else {
            head.iter().rposition(|byte| *byte != 0).map_or(0, |last| (last as u64).saturating_add(1))
        };
        head.truncate(usize::try_from(size).unwrap_or(HEAD));
        if head.is_empty() {
            return Ok(());
        }
        let span = Span { size, ..span };
        let keras = KERAS.contains(&attribute);
        let (keras, pickle) = (keras || is_configuration(&head), pickle::may_import(&head, span.size));
        if !keras && !pickle || !self.told.insert(span) {
            return Ok(());
        }
        if keras {
            let text = head.iter().position(|byte| *byte == 0).map_or(span.size, |end| end as u64);
            let member = self.member(place, Span { size: text, ..span })?;
            self.report.recognised(Format::KerasConfig);
            let looked = keras_config::take_apart(&member, self.report);
            self.gap(&member, looked)?;
        }
        if pickle {
            let member = self.member(place, span)?;
            self.report.recognised(Format::Pickle);
            let looked = pickle::scan_doubtful(&member, self.report);
            self.gap(&member, looked)?;
        }
        Ok(())
    }

    fn member(&self, name: &str, span: Span) -> Result<Input<'a>, Stop> {
        self.file.input.member(name, span.at, span.size)
    }

    /// A gap stands where it is, inside the element.
    fn gap(&mut self, member: &Input<'_>, looked: Result<(), Stop>) -> Result<(), Stop> {
        match looked {
            Err(Stop::Deadline) => Err(Stop::Deadline),
            Err(stop) => {
                self.report.gap(member.place(), &stop);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Bytes without the NULs at the end.
    fn unpadded(&self, span: Span) -> Result<u64, Stop> {
        let mut size = span.size;
        while size > 0 {
            let part = size.min(HEAD as u64);
            let at = span.at.saturating_add(size.saturating_sub(part));
            let bytes = self.file.at(at, part, "HDF5 element")?.bytes(part, HEAD, "HDF5 element")?;
            match bytes.iter().rposition(|byte| *byte != 0) {
                Some(last) => {
                    let kept = (last as u64).saturating_add(1);
                    return Ok(size.saturating_sub(part).saturating_add(kept));
                }
                None => size = size.saturating_sub(part),
            }
        }
        Ok(0)
    }
}

/// Whether this is JSON of a Keras object under some other name.
fn is_configuration(head: &[u8]) -> bool {
    let contains = |wanted: &[u8]| memchr::memmem::find(head, wanted).is_some();
    json::starts_object(head) && contains(b"\"class_name\"") && contains(b"\"config\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_an_object_with_a_class() {
        assert!(is_configuration(br#"{"class_name": "Dense", "config": {}}"#));
        assert!(!is_configuration(br#"["class_name", "config"]"#));
        assert!(!is_configuration(br#"{"encoding": "array"}"#));
    }
}

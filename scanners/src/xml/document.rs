//! One element after the other.

use std::io;

use quick_xml::Reader;
use quick_xml::events::attributes::AttrError;
use quick_xml::events::{BytesStart, Event};

use super::doctype::{Doctype, references};
use super::encoding::{Narrow, Width, is_like_ascii};
use super::{ENTITY_DECLARATION, ENTITY_EXPANSION, EXTERNAL_ENTITY};
use crate::{Input, Limit, Report, Stop};

/// Characters of one tag or text; matrices of neural networks in PMML take a few MiB.
const MAX_PIECE: usize = 32 << 20;

/// Characters of a document type declaration; one for a model has a hundred.
const MAX_DOCTYPE: usize = 1 << 20;

/// Characters of a text or an attribute that are kept.
const MAX_TEXT: usize = 64 << 10;

/// Attributes of one element; real ones have under 50.
const MAX_ATTRIBUTES: usize = 1_024;

/// Elements inside elements. Trees in PMML nest one element for each level of the tree.
const MAX_DEPTH: usize = 4_096;

/// Characters that all references may expand to; nobody declares entities in a model to begin with.
const MAX_EXPANSION: u64 = 1 << 20;

/// An element with its attributes.
#[derive(Debug)]
pub(crate) struct Element {
    /// Its name without the prefix.
    pub(crate) name: String,
    /// Where its tag starts.
    pub(crate) offset: u64,
    /// Names without their prefixes, and values with characters for their numbers.
    pub(crate) attributes: Vec<(String, String)>,
}

impl Element {
    /// The value of the first attribute of this name.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(each, _)| each == name).map(|(_, value)| value.as_str())
    }
}

/// One step through a document.
#[derive(Debug)]
pub(crate) enum Step {
    /// An element starts; an empty one ends with the next step.
    Open(Element),
    /// The innermost element ends.
    Close,
    /// Text, or a part of it, and where it starts.
    Text(String, u64),
}

/// Steps through a document, and says itself what is wrong with its declarations.
pub(crate) struct Document<'i, 'a> {
    input: &'i Input<'a>,
    width: Width,
    reader: Reader<Narrow<'i, 'a>>,
    buffer: Vec<u8>,
    doctype: Doctype,
    expanded: u64,
    depth: usize,
    /// The element before was empty, so it also ends.
    pending_close: bool,
}

impl<'i, 'a> Document<'i, 'a> {
    /// Starts at the first character.
    ///
    /// # Errors
    /// [`Stop::Unsupported`] for encodings that do not contain ASCII.
    pub(crate) fn new(input: &'i Input<'a>) -> Result<Self, Stop> {
        let head = input.window(0, 64)?;
        let width = Width::of(&head).ok_or(Stop::Unsupported("XML encoding"))?;
        let mut reader = Reader::from_reader(Narrow::new(input, width));
        let config = reader.config_mut();
        config.allow_dangling_amp = true;
        Ok(Self {
            input,
            width,
            reader,
            buffer: Vec::new(),
            doctype: Doctype::default(),
            expanded: 0,
            depth: 0,
            pending_close: false,
        })
    }

    /// The next step; `None` at the end.
    ///
    /// # Errors
    /// [`Stop::Malformed`] where it is not well-formed; [`Stop::Limit`], and [`Stop`] of the input.
    pub(crate) fn next(&mut self, report: &mut Report<'_>) -> Result<Option<Step>, Stop> {
        if std::mem::take(&mut self.pending_close) {
            return Ok(Some(Step::Close));
        }
        loop {
            let offset = self.width.offset(self.reader.buffer_position());
            self.buffer.clear();
            self.reader.get_mut().allow(MAX_PIECE);
            let event = match self.reader.read_event_into(&mut self.buffer) {
                Ok(event) => event,
                Err(error) => return Err(stop(error, offset)),
            };
            match event {
                Event::Start(tag) => {
                    if self.depth >= MAX_DEPTH {
                        return Err(Stop::Limit(Limit::Count("nested XML elements")));
                    }
                    self.depth = self.depth.saturating_add(1);
                    return opened(&tag, offset, &self.doctype, &mut self.expanded).map(Some);
                }
                Event::Empty(tag) => {
                    self.pending_close = true;
                    return opened(&tag, offset, &self.doctype, &mut self.expanded).map(Some);
                }
                Event::End(_) => {
                    self.depth = self.depth.saturating_sub(1);
                    return Ok(Some(Step::Close));
                }
                Event::Text(text) => {
                    if !text.trim_start().is_empty() {
                        return Ok(Some(Step::Text(start_of(&text), offset)));
                    }
                }
                Event::CData(text) => return Ok(Some(Step::Text(start_of(&text), offset))),
                Event::GeneralRef(name) => {
                    let name: &str = &name;
                    self.expanded = self.expanded.saturating_add(self.doctype.expansion(name));
                    if let Ok(text) = quick_xml::escape::unescape(&format!("&{name};")) {
                        return Ok(Some(Step::Text(text.into_owned(), offset)));
                    }
                }
                Event::Decl(declaration) => {
                    if let Some(Ok(encoding)) = declaration.encoding()
                        && !is_like_ascii(&encoding)
                    {
                        return Err(Stop::Unsupported("XML encoding"));
                    }
                }
                Event::DocType(text) if text.len() > MAX_DOCTYPE => {
                    return Err(Stop::Limit(Limit::Length("XML document type")));
                }
                Event::DocType(text) => {
                    self.doctype = Doctype::read(&text);
                    declared(&self.doctype, self.input, offset, report);
                }
                Event::Eof if self.depth > 0 => return Err(Stop::Malformed { what: "XML", offset }),
                Event::Eof => {
                    self.judge_expansion(report);
                    return Ok(None);
                }
                Event::Comment(_) | Event::PI(_) => {}
            }
        }
    }

    /// Many references to one long entity grow as well as entities in entities do.
    fn judge_expansion(&self, report: &mut Report<'_>) {
        if self.expanded > MAX_EXPANSION && self.doctype.largest() <= MAX_EXPANSION {
            let text = format!("references expand to {} characters", self.expanded);
            report.hit(&ENTITY_EXPANSION, self.input.place().clone(), &text, &[]);
        }
    }
}

/// Reports what a document type declaration does.
fn declared(doctype: &Doctype, input: &Input<'_>, offset: u64, report: &mut Report<'_>) {
    let place = input.place().at(offset);
    for address in doctype.opens.iter().take(8) {
        let text = format!("an XML parser that follows external entities opens {address}");
        report.hit(&EXTERNAL_ENTITY, place.clone(), &text, &[("address", address)]);
    }
    let largest = doctype.largest();
    if largest > MAX_EXPANSION {
        let size = if largest == u64::MAX {
            "without an end".to_owned()
        } else {
            format!("to {largest} characters")
        };
        report.hit(&ENTITY_EXPANSION, place, &format!("an entity expands {size}"), &[]);
    } else if doctype.declares && doctype.opens.is_empty() {
        report.hit(&ENTITY_DECLARATION, place, "the document declares entities of its own", &[]);
    }
}

fn opened(tag: &BytesStart<'_>, offset: u64, doctype: &Doctype, expanded: &mut u64) -> Result<Step, Stop> {
    let mut attributes = Vec::new();
    for attribute in tag.attributes().with_checks(false) {
        let broken = |_: AttrError| Stop::Malformed { what: "XML attribute", offset };
        let attribute = attribute.map_err(broken)?;
        if attributes.len() >= MAX_ATTRIBUTES {
            return Err(Stop::Limit(Limit::Count("XML attributes")));
        }
        for name in references(&attribute.value) {
            *expanded = expanded.saturating_add(doctype.expansion(&name));
        }
        let value = quick_xml::escape::unescape_with(&attribute.value, |name| {
            Some(quick_xml::escape::resolve_xml_entity(name).unwrap_or_default())
        });
        let value = value.map_or_else(|_| start_of(&attribute.value), |value| start_of(&value));
        attributes.push((attribute.key.local_name().into_inner().to_owned(), value));
    }
    Ok(Step::Open(Element { name: tag.local_name().into_inner().to_owned(), offset, attributes }))
}

/// As much of a text as is kept.
fn start_of(text: &str) -> String {
    text.get(..text.floor_char_boundary(MAX_TEXT)).unwrap_or_default().to_owned()
}

/// The stop that an error of the parser stands for.
fn stop(error: quick_xml::Error, offset: u64) -> Stop {
    let quick_xml::Error::Io(error) = error else { return Stop::Malformed { what: "XML", offset } };
    if error.kind() == io::ErrorKind::FileTooLarge {
        return Stop::Limit(Limit::Length("XML tag or text"));
    }
    // The parser shares its errors, and nobody else holds this one any more.
    match std::sync::Arc::try_unwrap(error).map(io::Error::downcast::<Stop>) {
        Ok(Ok(stop)) => stop,
        Ok(Err(error)) => Stop::Io(error),
        Err(error) => Stop::Io(error.kind().into()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use assay_core::Limits;

    use super::*;
    use crate::{Budget, Collected, MemorySpool};

    /// Names of elements with `/` where they end, texts, what was said, and how it ended.
    fn walked(bytes: &[u8]) -> (Vec<String>, Collected, Option<Stop>) {
        let budget = Budget::new(Limits::default(), Instant::now() + Duration::from_secs(60));
        let spool = MemorySpool::default();
        let input = Input::file("x.xml", &bytes, &budget, &spool);
        let mut facts = Collected::default();
        let mut report = Report::new(&mut facts, 100);
        let mut steps = Vec::new();
        let mut document = Document::new(&input).unwrap();
        let ended = loop {
            match document.next(&mut report) {
                Ok(None) => break None,
                Ok(Some(Step::Open(element))) => {
                    let attributes: Vec<String> =
                        element.attributes.iter().map(|(name, value)| format!(" {name}={value}")).collect();
                    steps.push(format!("{}@{}{}", element.name, element.offset, attributes.concat()));
                }
                Ok(Some(Step::Close)) => steps.push("/".to_owned()),
                Ok(Some(Step::Text(text, at))) => steps.push(format!("{text:?}@{at}")),
                Err(stop) => break Some(stop),
            }
        };
        (steps, facts, ended)
    }

    #[test]
    fn elements_attributes_and_texts_come_with_their_places() {
        let (steps, facts, ended) =
            walked(b"<?xml version='1.0'?><p:a x='1&#105;&lt;'> <b/>t<![CDATA[<c>]]>&amp;</p:a>");
        assert_eq!(steps, ["a@21 x=1i<", "b@43", "/", "\"t\"@47", "\"<c>\"@48", "\"&\"@63", "/"]);
        assert!(facts.is_clean() && ended.is_none());
        let wide: Vec<u8> = "<a><b/></a>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(walked(&wide).0, ["a@0", "b@6", "/", "/"]);
    }

    #[test]
    fn what_is_not_well_formed_or_too_much_is_an_end() {
        for text in ["<a>", "<a></b>", "<a x=1></a>", "<a", "<a><!-- </a>"] {
            assert!(matches!(walked(text.as_bytes()).2, Some(Stop::Malformed { .. })), "{text}");
        }
        assert!(walked(format!("<a {}/>", "x='' ".repeat(MAX_ATTRIBUTES)).as_bytes()).2.is_none());
        for text in [
            "<a>".repeat(MAX_DEPTH + 1),
            format!("<a {}/>", "x='' ".repeat(MAX_ATTRIBUTES + 1)),
            format!("<a x='{}'/>", "x".repeat(MAX_PIECE)),
        ] {
            assert!(matches!(walked(text.as_bytes()).2, Some(Stop::Limit(_))));
        }
        let declared = b"<?xml version='1.0' encoding='utf-7'?><a/>";
        assert!(matches!(walked(declared).2, Some(Stop::Unsupported(_))));
    }

    #[test]
    fn many_references_to_one_entity_are_counted() {
        let text = |times: usize| {
            let long = "x".repeat(1 << 10);
            format!(
                "<!DOCTYPE a [<!ENTITY e '{long}'>]><a b='{}'>{}</a>",
                "&e;".repeat(times),
                "&e;".repeat(times)
            )
        };
        assert_eq!(walked(text(3).as_bytes()).1.rules(), ["xml-entity-declaration"]);
        let rules = walked(text(600).as_bytes()).1;
        assert_eq!(rules.rules(), ["xml-entity-declaration", "xml-entity-expansion"]);
    }
}

//! Builds the tree from events, with everything bounded.

use std::borrow::Cow;
use std::cell::Cell;
use std::collections::BTreeMap;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::offsets::Offsets;
use super::relaxed::{Refused, Relaxed};
use crate::json::{Node, Value};
use crate::{Budget, Limit, Stop};

/// Open collections; loaders written in Python stop before 1,000.
const MAX_DEPTH: usize = 192;

/// Values in one stream. The longest configurations are lists of some 100,000 tokens.
const MAX_NODES: u32 = 500_000;

/// Anchors in one stream; honest files have some hundreds.
const MAX_ANCHORS: usize = 50_000;

/// Indicators that the parser may take in before it gives an event. In `[…]` and `{…}` it holds what it has taken,
/// some 500 bytes for each, until it knows that the whole is no key; honest files write long lists over lines.
const MAX_HELD: u32 = 200_000;

/// Tags that are kept.
const MAX_TAGS: usize = 100_000;

/// Characters of aliased scalars that are copied; honest files repeat a few words.
const MAX_COPIED: usize = 16 << 20;

/// Bytes read again because a line was refused, in all; most files have one such line or none.
const MAX_REREAD: usize = 4 << 20;

/// A tag as its URI: handles are resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    /// Where the tagged value starts.
    pub(crate) offset: u64,
    /// `tag:yaml.org,2002:…` or `!…`.
    pub(crate) name: String,
}

/// Everything in a YAML stream, as far as it could be read.
#[derive(Debug, Default)]
pub(crate) struct Stream {
    /// The documents.
    pub(crate) documents: Vec<Node<'static>>,
    /// The tags of all documents.
    pub(crate) tags: Vec<Tag>,
    /// Values there are when every alias is followed.
    pub(crate) expanded: u64,
    /// Why it ends before its end.
    pub(crate) stop: Option<Stop>,
}

/// Reads a stream of documents. Offsets are those in `original`, which has as many characters.
pub(crate) fn read(text: &str, original: &str, budget: &Budget) -> Stream {
    let mut relaxed = Relaxed::default();
    let mut spent = 0_usize;
    loop {
        let (stream, refused) = read_once(text, original, &relaxed, budget);
        spent = spent.saturating_add(text.len());
        let again = spent <= MAX_REREAD && refused.is_some_and(|refused| relaxed.indent(text, refused));
        if !again {
            return stream;
        }
    }
}

fn read_once(text: &str, original: &str, relaxed: &Relaxed, budget: &Budget) -> (Stream, Option<Refused>) {
    let mut builder = Builder::new(original, relaxed);
    let held = Cell::new(0_u32);
    // The text ends for the parser where it would hold too much.
    let characters = relaxed.characters(text).map_while(|character| {
        let more = u32::from(matches!(character, ',' | ':' | '[' | ']' | '{' | '}' | '?'));
        held.set(held.get().saturating_add(more));
        (held.get() <= MAX_HELD).then_some(character)
    });
    let mut parser = Parser::new_from_iter(characters);
    let (mut stream, mut refused) = (Stream::default(), None);
    loop {
        let event = parser.next_event();
        if held.replace(0) > MAX_HELD {
            stream.stop = Some(Stop::Limit(Limit::Memory("YAML in brackets")));
            break;
        }
        let step = match event {
            None => break,
            Some(Ok((event, span))) => {
                budget.charge(64).and_then(|()| builder.event(event, span, &mut stream))
            }
            Some(Err(error)) => {
                let character = relaxed.original(error.marker().index());
                refused = Refused::of(error.info(), character);
                Err(Stop::Malformed { what: "YAML", offset: builder.offsets.byte(character) })
            }
        };
        if let Err(stop) = step {
            stream.stop = Some(stop);
            break;
        }
    }
    builder.finish(&mut stream);
    (stream, refused)
}

/// A collection that has not ended.
enum Open {
    Sequence(Vec<Node<'static>>),
    Mapping { members: Vec<(Cow<'static, str>, Node<'static>)>, key: Option<String> },
}

struct Level {
    offset: u64,
    anchor: usize,
    open: Open,
    /// Values in it, aliases followed.
    expanded: u64,
}

struct Builder<'t> {
    offsets: Offsets<'t>,
    relaxed: &'t Relaxed,
    levels: Vec<Level>,
    nodes: u32,
    copied: usize,
    /// Scalars that have an anchor.
    scalars: BTreeMap<usize, String>,
    /// Values behind each anchor.
    sizes: BTreeMap<usize, u64>,
}

impl<'t> Builder<'t> {
    fn new(text: &'t str, relaxed: &'t Relaxed) -> Self {
        Self {
            offsets: Offsets::new(text),
            relaxed,
            levels: Vec::new(),
            nodes: 0,
            copied: 0,
            scalars: BTreeMap::new(),
            sizes: BTreeMap::new(),
        }
    }

    fn event(&mut self, event: Event<'_>, span: Span, stream: &mut Stream) -> Result<(), Stop> {
        let offset = self.offsets.byte(self.relaxed.original(span.start.index()));
        let (tag, anchor, open) = match event {
            Event::Scalar(text, style, anchor, tag) => {
                self.tag(tag.as_deref(), offset, stream)?;
                let value = scalar(&text, style);
                if anchor > 0 {
                    self.scalars.insert(anchor, text.into_owned());
                    self.sizes.insert(anchor, 1);
                }
                return self.value(Node { offset, value }, 1, stream);
            }
            Event::Alias(anchor) => return self.alias(anchor, offset, stream),
            Event::SequenceStart(anchor, tag) => (tag, anchor, Open::Sequence(Vec::new())),
            Event::MappingStart(anchor, tag) => {
                (tag, anchor, Open::Mapping { members: Vec::new(), key: None })
            }
            Event::SequenceEnd | Event::MappingEnd => return self.close(stream),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => return Ok(()),
        };
        self.tag(tag.as_deref(), offset, stream)?;
        if self.levels.len() >= MAX_DEPTH {
            return Err(Stop::Limit(Limit::Recursion));
        }
        self.levels.push(Level { offset, anchor, open, expanded: 1 });
        Ok(())
    }

    fn tag(
        &mut self,
        tag: Option<&saphyr_parser::Tag>,
        offset: u64,
        stream: &mut Stream,
    ) -> Result<(), Stop> {
        let Some(tag) = tag else { return Ok(()) };
        if stream.tags.len() >= MAX_TAGS {
            return Err(Stop::Limit(Limit::Count("YAML tags")));
        }
        stream.tags.push(Tag { offset, name: format!("{}{}", tag.handle, tag.suffix) });
        Ok(())
    }

    fn alias(&mut self, anchor: usize, offset: u64, stream: &mut Stream) -> Result<(), Stop> {
        let value = match self.scalars.get(&anchor) {
            None => Value::Null,
            Some(text) => {
                self.copied = self.copied.saturating_add(text.len());
                if self.copied > MAX_COPIED {
                    return Err(Stop::Limit(Limit::Memory("YAML aliases")));
                }
                Value::Text(Cow::Owned(text.clone()))
            }
        };
        let size = self.sizes.get(&anchor).copied().unwrap_or(1);
        self.value(Node { offset, value }, size, stream)
    }

    fn close(&mut self, stream: &mut Stream) -> Result<(), Stop> {
        let Some(level) = self.levels.pop() else { return Ok(()) };
        if level.anchor > 0 {
            self.sizes.insert(level.anchor, level.expanded);
        }
        let expanded = level.expanded;
        self.value(level.node(), expanded, stream)
    }

    /// Puts a value into the collection that is open, or makes it a document.
    fn value(&mut self, node: Node<'static>, size: u64, stream: &mut Stream) -> Result<(), Stop> {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes > MAX_NODES {
            return Err(Stop::Limit(Limit::Memory("YAML values")));
        }
        if self.sizes.len() > MAX_ANCHORS {
            return Err(Stop::Limit(Limit::Count("YAML anchors")));
        }
        match self.levels.last_mut() {
            None => {
                stream.expanded = stream.expanded.saturating_add(size);
                stream.documents.push(node);
            }
            Some(level) => level.put(node, size),
        }
        Ok(())
    }

    /// Keeps what stands in collections that never ended.
    fn finish(mut self, stream: &mut Stream) {
        while let Some(level) = self.levels.pop() {
            let expanded = level.expanded;
            match self.levels.last_mut() {
                None => stream.documents.push(level.node()),
                Some(outer) => outer.put(level.node(), expanded),
            }
        }
    }
}

impl Level {
    fn put(&mut self, node: Node<'static>, size: u64) {
        self.expanded = self.expanded.saturating_add(size);
        match &mut self.open {
            Open::Sequence(items) => items.push(node),
            Open::Mapping { members, key } => match key.take() {
                Some(key) => members.push((Cow::Owned(key), node)),
                None => match node.value {
                    Value::Text(text) => *key = Some(text.into_owned()),
                    Value::Null | Value::Bool(_) | Value::Number(_) => *key = Some(String::new()),
                    // A collection as a key: what is in it stands beside the values.
                    Value::Array(_) | Value::Object(_) => {
                        members.push((Cow::Borrowed(""), node));
                        *key = Some(String::new());
                    }
                },
            },
        }
    }

    fn node(self) -> Node<'static> {
        let value = match self.open {
            Open::Sequence(items) => Value::Array(items),
            Open::Mapping { members, .. } => Value::Object(members),
        };
        Node { offset: self.offset, value }
    }
}

/// Words stay text but for the truth values that rules ask for; numbers are never asked for.
fn scalar(text: &str, style: ScalarStyle) -> Value<'static> {
    match (style, text) {
        (ScalarStyle::Plain, "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON") => {
            Value::Bool(true)
        }
        (ScalarStyle::Plain, "false" | "False" | "FALSE") => Value::Bool(false),
        (ScalarStyle::Plain, "" | "~" | "null" | "Null" | "NULL") => Value::Null,
        _ => Value::Text(Cow::Owned(text.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use assay_core::Limits;

    use super::*;

    fn stream(text: &str) -> Stream {
        read(text, text, &Budget::new(Limits::default(), Instant::now() + Duration::from_secs(60)))
    }

    fn tags(text: &str) -> Vec<String> {
        let stream = stream(text);
        assert!(stream.stop.is_none(), "{text}: {:?}", stream.stop);
        stream.tags.into_iter().map(|tag| tag.name).collect()
    }

    #[test]
    fn every_spelling_of_a_tag_is_one_tag() {
        let apply = "tag:yaml.org,2002:python/object/apply:os.system";
        for text in [
            "!!python/object/apply:os.system [id]",
            "a: [b, {c: !!python/object/apply:os.system [id]}]",
            "!<tag:yaml.org,2002:python/object/apply:os.system> [id]",
            "%TAG !x! tag:yaml.org,2002:python/object/\n---\n!x!apply:os.system [id]",
            "%TAG !! tag:yaml.org,2002:python/\n---\n!!object/apply:os.system [id]",
            "%TAG ! tag:yaml.org,2002:python/\n---\n!object/apply:os.system [id]",
            "!!python%2Fobject/apply:os%2esystem [id]",
            "&a !!python/object/apply:os.system [id]",
            "a\n---\n!!python/object/apply:os.system\n- id\n",
            "? !!python/object/apply:os.system [id]\n: x",
        ] {
            assert_eq!(tags(text), [apply], "{text}");
        }
    }

    #[test]
    fn aliases_of_scalars_are_followed_and_bombs_are_counted() {
        let followed = stream("a: &x os.system\nb: *x\n*x : 1\n");
        let document = &followed.documents[0];
        assert_eq!(document.member("b").and_then(Node::text), Some("os.system"));
        assert!(document.member("os.system").is_some());
        let mut bomb = "a0: &a0 [x, x]\n".to_owned();
        for level in 1..30 {
            bomb.push_str(&format!("a{level}: &a{level} [*a{0}, *a{0}]\n", level - 1));
        }
        assert!(stream(&bomb).expanded > 1 << 30);
    }

    #[test]
    fn indentation_inside_brackets_and_quotes_does_not_matter() {
        for text in [
            "a: [\n1,\n]\nt: !!python/name:eval\n",
            "a:\n  - [\n 1, # x\n  2\n ]\n  - !!python/name:eval\n",
            "a: {\nb: c\n}\nt: [!!python/name:eval ]\n",
            "a: \"x\n\ny\nz\"\nt: !!python/name:eval\n",
            "a: [\n\t1,\n\t!!python/name:eval ]\n",
        ] {
            assert_eq!(tags(text), ["tag:yaml.org,2002:python/name:eval"], "{text}");
            let offset = usize::try_from(stream(text).tags[0].offset).unwrap();
            assert!(text[offset..].starts_with("!!python"), "{text} at {offset}");
        }
        assert!(stream("a: [\n]]\n").stop.is_some());
    }

    #[test]
    fn depth_and_what_is_broken_have_an_end() {
        let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(stream(&deep(MAX_DEPTH)).stop.is_none());
        assert!(matches!(stream(&deep(MAX_DEPTH + 1)).stop, Some(Stop::Limit(Limit::Recursion))));
        let wide = |pairs: usize| format!("[{}]", "a: b,".repeat(pairs));
        assert!(stream(&wide(MAX_HELD as usize / 2 - 2)).stop.is_none());
        assert!(matches!(stream(&wide(MAX_HELD as usize)).stop, Some(Stop::Limit(Limit::Memory(_)))));
        let listed = "- [a, b]\n".repeat(MAX_HELD as usize / 4);
        assert!(stream(&listed).stop.is_none());
        let broken = stream("a: os.system\nb: [1\nc: 2\n");
        assert!(matches!(broken.stop, Some(Stop::Malformed { what: "YAML", .. })));
        assert_eq!(broken.documents[0].member("a").and_then(Node::text), Some("os.system"));
    }
}

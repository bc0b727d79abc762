//! Reads items one after the other and says what runs.

use assay_core::{Rule, RuleId, Severity};

use super::calls::{is_unsafe, judge};
use super::cells::{Cells, Flags, Kind};
use super::frame::{Compiled, CompiledStep, Frame, Naming, Next, Place};
use super::shown::{MAX_TEXT, Nature, Shown};
use super::stream::{Encoding, Stream};
use crate::{Input, Limit, Report, Stop, examine};

/// Items inside each other; R's own limit for expressions is 5,000.
const MAX_DEPTH: usize = 10_000;

/// Names and environments that later items refer to.
const MAX_REFERENCES: usize = 1 << 20;

/// Numbers of compiled code that are looked at; R's own largest function has about 20,000.
const MAX_CODE: u64 = 1 << 20;

/// Variables that R calls when it starts or ends with a saved workspace.
const STARTUP: &[&str] = &[".First", ".First.sys", ".Last", ".Last.sys"];

const RUNS: &[&str] = &["CWE-502", "CVE-2024-27322", "AML.T0011.000", "AML.T0010", "OWASP-LLM03"];

pub(crate) const PROMISE: Rule = Rule {
    id: RuleId::new("r-promise"),
    severity: Severity::Critical,
    summary: "Using the loaded object evaluates an expression that the file holds",
    taxonomy: RUNS,
};
pub(crate) const UNSAFE_CALL: Rule = Rule {
    id: RuleId::new("r-unsafe-call"),
    severity: Severity::High,
    summary: "Stored code calls a function that runs commands, or loads or fetches code",
    taxonomy: &["CWE-94", "AML.T0011.000", "AML.T0010", "OWASP-LLM03"],
};
pub(crate) const STARTUP_FUNCTION: Rule = Rule {
    id: RuleId::new("r-startup-function"),
    severity: Severity::High,
    summary: "A function that R calls by itself when it starts or ends with this workspace",
    taxonomy: &["CWE-94", "AML.T0011.000", "OWASP-LLM03"],
};
pub(crate) const MAPPED_FILE: Rule = Rule {
    id: RuleId::new("r-mapped-file"),
    severity: Severity::Medium,
    summary: "Loading maps another file into memory as a vector",
    taxonomy: &["CWE-73", "CWE-200"],
};
pub(crate) const LAZY_ARGUMENT: Rule = Rule {
    id: RuleId::new("r-lazy-argument"),
    severity: Severity::Low,
    summary: "An environment holds an argument that was never evaluated; asking for it evaluates its expression",
    taxonomy: &["CWE-502"],
};
pub(crate) const ACTIVE_BINDING: Rule = Rule {
    id: RuleId::new("r-active-binding"),
    severity: Severity::Low,
    summary: "A variable is a function that runs whenever it is read",
    taxonomy: &["CWE-94"],
};
pub(crate) const PERSISTENT_NAME: Rule = Rule {
    id: RuleId::new("r-persistent-name"),
    severity: Severity::Low,
    summary: "The program that loads it is asked for an object by name",
    taxonomy: &["CWE-502"],
};
pub(crate) const CLOSURE: Rule = Rule {
    id: RuleId::new("r-closure"),
    severity: Severity::Low,
    summary: "The object holds functions, which run when they are called",
    taxonomy: &["CWE-94"],
};

/// Reads one item with everything in it.
pub(crate) struct Machine<'m, 'i, 'a, 'r, 's> {
    stream: Stream<'i, 'a>,
    input: &'m Input<'a>,
    report: &'r mut Report<'s>,
    frames: Vec<Frame>,
    /// Names of symbols; of everything else that can be referred to, nothing.
    references: Vec<Option<Box<str>>>,
    calls: u64,
    closures: Option<(u64, u64)>,
}

impl<'m, 'i, 'a, 'r, 's> Machine<'m, 'i, 'a, 'r, 's> {
    pub(crate) fn new(stream: Stream<'i, 'a>, input: &'m Input<'a>, report: &'r mut Report<'s>) -> Self {
        Self { stream, input, report, frames: Vec::new(), references: Vec::new(), calls: 0, closures: None }
    }

    /// Reads the list of objects that `load` reads, and gives the offset after it.
    ///
    /// # Errors
    /// [`Stop`] where it breaks; what was found until there is in the report.
    pub(crate) fn objects(self) -> Result<u64, Stop> {
        self.whole(Place::Objects)
    }

    /// Reads the one object that `readRDS` reads, and gives the offset after it.
    ///
    /// # Errors
    /// [`Stop`] where it breaks; what was found until there is in the report.
    pub(crate) fn object(self) -> Result<u64, Stop> {
        self.whole(Place::Data)
    }

    fn whole(mut self, place: Place) -> Result<u64, Stop> {
        let read = self.run(place);
        if let Some((count, at)) = self.closures {
            self.hit(&CLOSURE, at, &format!("functions that are stored: {count}"), &count.to_string());
        }
        read.map(|()| self.stream.position())
    }

    fn run(&mut self, place: Place) -> Result<(), Stop> {
        let mut value = self.item(place)?;
        loop {
            if let Some(value) = value {
                self.check(&value);
                match self.frames.last_mut() {
                    Some(frame) => frame.take(value),
                    None => return Ok(()),
                }
            }
            let next = self.frames.last().map_or(Next::Done, Frame::next);
            value = match next {
                Next::Item(place) => self.item(place)?,
                Next::Rest => self.rest()?,
                Next::Texts => self.texts()?,
                Next::Code => self.code()?,
                Next::Constants => self.constants()?,
                Next::Stored => self.stored(Place::Code)?,
                Next::StoredRest => self.stored_rest()?,
                Next::Done => self.close()?,
            };
        }
    }

    fn hit(&mut self, rule: &Rule, at: u64, message: &str, detail: &str) {
        self.report.hit(rule, self.input.place().at(at), message, &[("code", detail)]);
    }

    /// Looks at a value that is about to be taken by the frame it belongs to.
    fn check(&mut self, value: &Shown) {
        match self.frames.last() {
            Some(Frame::Cells(cells))
                if cells.place == Place::Objects
                    && value.nature == Nature::Closure
                    && STARTUP.contains(&cells.tag()) =>
            {
                let (at, name) = (cells.at, cells.tag().to_owned());
                self.hit(&STARTUP_FUNCTION, at, &format!("R calls {name} by itself"), &name);
            }
            Some(Frame::Compiled(Compiled { step: CompiledStep::Constants, called, number, at, .. }))
                if value.nature == Nature::Symbol && called.contains(number) && is_unsafe(&value.text) =>
            {
                let at = *at;
                self.unsafe_call(at, &format!("compiled code calls {}", value.text), &value.text);
            }
            _ => {}
        }
    }

    fn unsafe_call(&mut self, at: u64, message: &str, code: &str) {
        self.calls = self.calls.saturating_add(1);
        self.hit(&UNSAFE_CALL, at, message, code);
    }

    fn push(&mut self, frame: Frame) -> Result<Option<Shown>, Stop> {
        if self.frames.len() >= MAX_DEPTH {
            return Err(Stop::Limit(Limit::Recursion));
        }
        self.frames.push(frame);
        Ok(None)
    }

    fn refer(&mut self, name: Option<Box<str>>) -> Result<(), Stop> {
        if self.references.len() >= MAX_REFERENCES {
            return Err(Stop::Limit(Limit::Memory("R references")));
        }
        self.references.push(name);
        Ok(())
    }

    /// Reads an item, which may open a frame.
    fn item(&mut self, place: Place) -> Result<Option<Shown>, Stop> {
        let at = self.stream.position();
        let number = self.stream.int()?.cast_unsigned();
        self.typed(number, place, at)
    }

    fn typed(&mut self, number: u32, place: Place, at: u64) -> Result<Option<Shown>, Stop> {
        let flags = Flags::of(number);
        match number & 0xff {
            1 => self.push(Frame::Symbol(None)),
            2 => self.cells(Kind::List, at, place, flags),
            3 => self.cells(Kind::Closure, at, place, flags),
            4 => {
                self.stream.int()?;
                self.refer(None)?;
                self.push(Frame::Environment(0))
            }
            5 => self.cells(Kind::Promise, at, place, flags),
            6 => self.cells(Kind::Call, at, place, flags),
            7 | 8 => {
                let size = self.stream.int()?;
                let shown = Shown::new(Nature::Symbol, self.stream.text(size, MAX_TEXT)?);
                self.ended(shown, flags)
            }
            9 => self.characters(flags, place),
            10 | 13 => self.numbers(4, place, flags),
            14 => self.numbers(8, place, flags),
            15 => {
                let count = self.stream.length()?;
                self.stream.skip(count, 16, 2)?;
                self.ended(Shown::other(), flags)
            }
            16 => {
                let left = self.stream.length()?;
                let attributes = flags.attributes;
                self.push(Frame::Texts {
                    left,
                    attributes,
                    shown: String::new(),
                    first: place == Place::Code,
                })
            }
            17 => self.cells(Kind::Dots, at, place, flags),
            19 | 20 => {
                let left = self.stream.length()?;
                let place = match (number & 0xff, place) {
                    (20, _) | (_, Place::Code) => Place::Code,
                    (_, Place::Variables) => Place::Variables,
                    (_, Place::Data | Place::Objects | Place::Variable) => Place::Data,
                };
                self.push(Frame::Vector { left, place, attributes: flags.attributes })
            }
            21 => {
                self.stream.int()?;
                self.push(Frame::Compiled(Compiled::new(at, flags.attributes)))
            }
            22 => {
                self.refer(None)?;
                // What it protects and its tag are two items of data.
                self.push(Frame::Vector { left: 2, place: Place::Data, attributes: flags.attributes })
            }
            23 => {
                self.refer(None)?;
                self.ended(Shown::other(), flags)
            }
            24 => self.raw(flags),
            25 => self.ended(Shown::other(), flags),
            238 => self.push(Frame::Alternative { step: 0, at, class: String::new() }),
            241 | 242 | 250 | 251 | 253 | 254 => Ok(Some(Shown::other())),
            247 => self.names(Naming::Persistent, at),
            248 | 249 => self.names(Naming::Package, at),
            252 => Ok(Some(Shown { nature: Nature::Unbound, ..Shown::other() })),
            255 => self.reference(number >> 8).map(Some),
            _ => Err(Stop::Malformed { what: "R type", offset: at }),
        }
    }

    /// What is complete, but for attributes.
    fn ended(&mut self, shown: Shown, flags: Flags) -> Result<Option<Shown>, Stop> {
        if flags.attributes {
            return self.push(Frame::Attributes { shown, read: false });
        }
        Ok(Some(shown))
    }

    fn cells(&mut self, kind: Kind, at: u64, place: Place, flags: Flags) -> Result<Option<Shown>, Stop> {
        if kind == Kind::List {
            self.active(place, flags, at);
        }
        let mut cells = Cells::new(kind, at, place, flags);
        cells.calls_before = self.calls;
        self.push(Frame::Cells(Box::new(cells)))
    }

    fn active(&mut self, place: Place, flags: Flags, at: u64) {
        if place == Place::Variables && flags.active {
            self.hit(&ACTIVE_BINDING, at, "a function gives the value of a variable", "");
        }
    }

    fn characters(&mut self, flags: Flags, place: Place) -> Result<Option<Shown>, Stop> {
        let size = self.stream.int()?;
        let keep = if place == Place::Code { MAX_TEXT } else { 0 };
        let text = if size == -1 { "NA".to_owned() } else { self.stream.text(size, keep)? };
        self.ended(Shown::new(Nature::Text, text), flags)
    }

    /// Numbers of 4 or 8 bytes; a single one in code is shown.
    fn numbers(&mut self, size: u64, place: Place, flags: Flags) -> Result<Option<Shown>, Stop> {
        let count = self.stream.length()?;
        if count == 1 && place == Place::Code {
            let text = if size == 4 { self.stream.int()?.to_string() } else { self.stream.real()? };
            return self.ended(Shown::new(Nature::Other, text), flags);
        }
        self.stream.skip(count, size, 1)?;
        self.ended(Shown::other(), flags)
    }

    /// Bytes. Packages keep whole objects and files of their own in them, and unpack them themselves.
    fn raw(&mut self, flags: Flags) -> Result<Option<Shown>, Stop> {
        let count = self.stream.length()?;
        let at = self.stream.position();
        self.stream.skip(count, 1, 1)?;
        if self.stream.encoding() != Encoding::Ascii {
            let head = self.input.window(at, 6)?;
            let again = matches!(head.as_slice(), b"X\n\0\0\0\x02" | b"X\n\0\0\0\x03" | [0x1f, 0x8b, 8, ..]);
            if again && count > head.len() as u64 {
                examine(&self.input.member(&format!("[raw vector at {at:#x}]"), at, count)?, self.report)?;
            }
        }
        self.ended(Shown::other(), flags)
    }

    fn names(&mut self, naming: Naming, at: u64) -> Result<Option<Shown>, Stop> {
        if self.stream.int()? != 0 {
            return Err(self.stream.malformed("R names"));
        }
        let left = u64::try_from(self.stream.int()?).map_err(|_| self.stream.malformed("R names"))?;
        self.push(Frame::Names { left, naming, at, text: String::new() })
    }

    fn reference(&mut self, packed: u32) -> Result<Shown, Stop> {
        let number = if packed == 0 { self.stream.int()?.cast_unsigned() } else { packed };
        let place = usize::try_from(number).ok().and_then(|number| number.checked_sub(1));
        match place.and_then(|place| self.references.get(place)) {
            Some(Some(name)) => Ok(Shown::new(Nature::Symbol, name.to_string())),
            Some(None) => Ok(Shown::other()),
            None => Err(self.stream.malformed("R reference")),
        }
    }

    /// What follows a cell of a list: the next cell, or what ends the list.
    fn rest(&mut self) -> Result<Option<Shown>, Stop> {
        let at = self.stream.position();
        let number = self.stream.int()?.cast_unsigned();
        let Some(Frame::Cells(cells)) = self.frames.last_mut() else {
            return Err(self.stream.malformed("R list"));
        };
        let place = cells.place;
        if number & 0xff == 2 && cells.goes_on() {
            cells.cell(Flags::of(number));
            self.active(place, Flags::of(number), at);
            return Ok(None);
        }
        let inside = cells.inside();
        self.typed(number, inside, at)
    }

    /// Texts of a vector, without a frame for each.
    fn texts(&mut self) -> Result<Option<Shown>, Stop> {
        loop {
            let Some(Frame::Texts { left: 1.., first, .. }) = self.frames.last() else { return Ok(None) };
            let place = if *first { Place::Code } else { Place::Data };
            let Some(shown) = self.item(place)? else { return Ok(None) };
            if let Some(frame) = self.frames.last_mut() {
                frame.take(shown);
            }
        }
    }

    /// The numbers of compiled code: which constants are called by name. The operations that look functions up are 23
    /// to 27, and their operand is the number of a constant.
    fn code(&mut self) -> Result<Option<Shown>, Stop> {
        let at = self.stream.position();
        let number = self.stream.int()?.cast_unsigned();
        if number & 0xff != 13 {
            return self.typed(number, Place::Code, at);
        }
        let count = self.stream.length()?;
        let mut before = 0;
        for _ in 0..count.min(MAX_CODE) {
            let word = self.stream.int()?;
            if let (23..=27, Ok(constant), Some(Frame::Compiled(compiled))) =
                (before, u32::try_from(word), self.frames.last_mut())
            {
                compiled.called.insert(constant);
            }
            before = word;
        }
        if count > MAX_CODE {
            return Err(Stop::Limit(Limit::Count("R bytecode")));
        }
        self.ended(Shown::other(), Flags::of(number))
    }

    fn constants(&mut self) -> Result<Option<Shown>, Stop> {
        let count = u64::try_from(self.stream.int()?).map_err(|_| self.stream.malformed("R constants"))?;
        if let Some(Frame::Compiled(compiled)) = self.frames.last_mut() {
            compiled.left = count;
        }
        Ok(Some(Shown::other()))
    }

    /// An item of compiled code: calls and lists are stored without flags, others as usual behind their type.
    fn stored(&mut self, place: Place) -> Result<Option<Shown>, Stop> {
        let at = self.stream.position();
        let kind = self.stream.int()?;
        self.stored_as(kind, place, at)
    }

    fn stored_as(&mut self, kind: i32, place: Place, at: u64) -> Result<Option<Shown>, Stop> {
        let kind = if kind == 244 {
            self.stream.int()?;
            self.stream.int()?
        } else {
            kind
        };
        match kind {
            21 if matches!(self.frames.last(), Some(Frame::Compiled(_))) => {
                self.push(Frame::Compiled(Compiled::new(at, false)))
            }
            2 | 239 => self.cells(Kind::List, at, place, Flags::stored(kind == 239)),
            6 | 240 => self.cells(Kind::Call, at, place, Flags::stored(kind == 240)),
            243 => {
                self.stream.int()?;
                Ok(Some(Shown::other()))
            }
            _ => self.item(place),
        }
    }

    fn stored_rest(&mut self) -> Result<Option<Shown>, Stop> {
        let at = self.stream.position();
        let kind = self.stream.int()?;
        match (kind, self.frames.last_mut()) {
            (2 | 239, Some(Frame::Cells(cells))) => {
                cells.cell(Flags::stored(kind == 239));
                Ok(None)
            }
            _ => self.stored_as(kind, Place::Code, at),
        }
    }

    /// A frame is complete: what it holds is judged, and what it amounts to goes to the frame around it.
    fn close(&mut self) -> Result<Option<Shown>, Stop> {
        let Some(frame) = self.frames.pop() else { return Err(self.stream.malformed("R item")) };
        Ok(Some(match frame {
            Frame::Cells(cells) => self.close_cells(&cells),
            Frame::Symbol(name) => {
                let name = name.unwrap_or_default();
                self.refer(Some(name.as_str().into()))?;
                Shown::new(Nature::Symbol, name)
            }
            Frame::Texts { shown, .. } => Shown::new(Nature::Text, shown),
            Frame::Attributes { shown, .. } => shown,
            Frame::Alternative { at, class, .. } => {
                if class.starts_with("mmap_") {
                    self.hit(&MAPPED_FILE, at, "a vector is taken from another file", &class);
                }
                Shown::other()
            }
            Frame::Names { naming, at, text, .. } => {
                self.refer(None)?;
                if naming == Naming::Persistent {
                    self.hit(
                        &PERSISTENT_NAME,
                        at,
                        &format!("the object is asked for by the name {text}"),
                        &text,
                    );
                }
                Shown::other()
            }
            Frame::Compiled(_) => Shown::new(Nature::Compiled, "compiled code".to_owned()),
            Frame::Vector { .. } | Frame::Environment(_) => Shown::other(),
        }))
    }

    fn close_cells(&mut self, cells: &Cells) -> Shown {
        let shown = cells.shown();
        match (cells.kind, &cells.first) {
            (Kind::Call, Some(head)) => {
                if let Some(why) = judge(head, &cells.arguments) {
                    self.unsafe_call(cells.at, &format!("{} {why}", shown.text), &shown.text);
                }
            }
            (Kind::Closure, _) => {
                let (count, first) = self.closures.unwrap_or((0, cells.at));
                self.closures = Some((count.saturating_add(1), first));
            }
            (Kind::Promise, _) => self.promise(cells),
            (Kind::Call | Kind::List | Kind::Dots, _) => {}
        }
        shown
    }

    /// A promise without a value runs its expression when the value is asked for. Arguments that a function did not need
    /// are kept so in its environment; anywhere else R writes none.
    fn promise(&mut self, cells: &Cells) {
        let runs = matches!(cells.rest.nature, Nature::Call | Nature::Compiled);
        if !cells.pending() || !runs {
            return;
        }
        let code = &cells.rest.text;
        if cells.place == Place::Variable && self.calls == cells.calls_before {
            self.hit(&LAZY_ARGUMENT, cells.at, &format!("asking for the argument evaluates {code}"), code);
        } else {
            self.hit(&PROMISE, cells.at, &format!("using the object evaluates {code}"), code);
        }
    }
}

//! MessagePack: Flax and other JAX checkpoints, `flax_model.msgpack`.
//!
//! Nothing in MessagePack runs by itself; loaders unpickle what they find in byte strings and extensions. Byte strings,
//! extensions and texts that are pickles are examined, and keys and texts that no tree of parameters has are told.
//!
//! Source: "MessagePack specification"; `flax/serialization.py`, whose extensions are 1 an array, 2 a complex number, 3 a
//! NumPy scalar; `msgpack_numpy.py`, which unpickles arrays of kind `O`.

use std::collections::BTreeSet;

use assay_core::{Format, Rule, RuleId, Severity};

use crate::command_text::{COMMAND_TEXT, judge};
use crate::{Cursor, Input, Limit, Probe, Report, Scanner, Stop, pickle};

/// Open arrays and maps; msgpack for Python stops at 1,024.
const MAX_DEPTH: usize = 1024;

/// Bytes of a value that tell what it is.
const HEAD: usize = 64 << 10;

/// Bytes of a key that are read.
const MAX_KEY: usize = 256;

/// Names that such files have.
const ENDINGS: &[&str] = &[".msgpack", ".mpk", ".msgpack.flax"];

const PICKLED_VALUE: Rule = Rule {
    id: RuleId::new("msgpack-pickled-value"),
    severity: Severity::Medium,
    summary: "A value is a pickle, which some loader will unpickle",
    taxonomy: &["CWE-502", "AML.T0010", "OWASP-LLM03"],
};
const ODD_KEY: Rule = Rule {
    id: RuleId::new("msgpack-odd-key"),
    severity: Severity::High,
    summary: "A key names what Python uses to build or run objects; no parameter is called so",
    taxonomy: &["CWE-915", "AML.T0010"],
};
const DUPLICATE_KEY: Rule = Rule {
    id: RuleId::new("msgpack-duplicate-key"),
    severity: Severity::Medium,
    summary: "A key stands twice in a map, so readers take different values",
    taxonomy: &["CWE-436"],
};
const TRAILING: Rule = Rule {
    id: RuleId::new("msgpack-trailing-data"),
    severity: Severity::Medium,
    summary: "Bytes follow the value that readers of one value refuse or never see",
    taxonomy: &["CWE-506"],
};
const RULES: &[Rule] = &[PICKLED_VALUE, ODD_KEY, COMMAND_TEXT, DUPLICATE_KEY, TRAILING];

/// Keys with which Python builds objects or finds what runs, or that name a function that restores.
const ODD_KEYS: &[&str] = &[
    "__builtins__",
    "__call__",
    "__class__",
    "__code__",
    "__getstate__",
    "__globals__",
    "__import__",
    "__init__",
    "__module__",
    "__new__",
    "__reduce__",
    "__reduce_ex__",
    "__setstate__",
    "__subclasses__",
    "custom_restore",
    "deserialize_fn",
    "restore_fn",
];

/// Scanner of MessagePack files.
#[derive(Debug)]
pub(super) struct Msgpack;

impl Scanner for Msgpack {
    fn format(&self) -> Format {
        Format::Msgpack
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        let collection = matches!(probe.head.first(), Some(0x81..=0x9f | 0xdc..=0xdf));
        probe.named(ENDINGS) && collection || begins_tree(probe.head)
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        let mut scan = Scan { input, report, cursor: input.cursor(0, u64::MAX), open: Vec::new() };
        scan.value()?;
        let end = scan.cursor.position();
        let rest = input.size().saturating_sub(end);
        if rest > 0 {
            report.hit(&TRAILING, input.place().at(end), &format!("{rest} bytes after the value"), &[]);
            let member = input.member(&format!("[bytes at {end:#x}]"), end, rest)?;
            return crate::examine(&member, report);
        }
        Ok(())
    }
}

/// Whether a map begins here whose first key is a name and whose first value is a map or an extension, as in every tree
/// of parameters.
fn begins_tree(head: &[u8]) -> bool {
    let after_map = match head {
        [0x81..=0x8f, rest @ ..] | [0xde, _, _, rest @ ..] | [0xdf, _, _, _, _, rest @ ..] => rest,
        _ => return false,
    };
    let (size, rest) = match after_map {
        [short @ 0xa1..=0xbf, rest @ ..] => (usize::from(*short & 0x1f), rest),
        [0xd9, size, rest @ ..] => (usize::from(*size), rest),
        _ => return false,
    };
    let Some((key, rest)) = rest.split_at_checked(size) else { return false };
    let named =
        key.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/'));
    let inside = matches!(rest.first(), Some(0x81..=0x8f | 0xde | 0xdf | 0xc7..=0xc9 | 0xd4..=0xd8));
    named && inside
}

/// A collection that is open.
struct Open {
    left: u64,
    /// For a map: the key that was read last and, as long as they are in order, nothing else.
    keys: Option<Keys>,
}

/// The keys of one map.
struct Keys {
    /// Whether a key comes next.
    next: bool,
    seen: BTreeSet<Vec<u8>>,
}

/// Keys of one map that are compared; a layer has a handful, and the largest trees some thousands.
const MAX_KEYS: usize = 65_536;

/// What stands at the position.
enum Item {
    Plain(u64),
    Text(u64),
    Bytes(u64),
    Extension(u64),
    Array(u64),
    Map(u64),
}

struct Scan<'i, 'a, 'r, 's> {
    input: &'i Input<'a>,
    report: &'r mut Report<'s>,
    cursor: Cursor<'i, 'a>,
    open: Vec<Open>,
}

impl Scan<'_, '_, '_, '_> {
    /// One value with everything in it.
    fn value(&mut self) -> Result<(), Stop> {
        loop {
            let at = self.cursor.position();
            let is_key = self.open.last_mut().is_some_and(Open::step);
            let item = self.item()?;
            match item {
                Item::Plain(size) => self.cursor.skip(size, "MessagePack number")?,
                Item::Text(size) if is_key => self.key(size, at)?,
                Item::Text(size) => self.bytes(size, true)?,
                Item::Bytes(size) | Item::Extension(size) => self.bytes(size, false)?,
                Item::Array(count) => self.collection(count, None)?,
                Item::Map(count) => {
                    let keys = Keys { next: true, seen: BTreeSet::new() };
                    self.collection(count.saturating_mul(2), Some(keys))?;
                }
            }
            while self.open.last().is_some_and(|open| open.left == 0) {
                self.open.pop();
            }
            if self.open.is_empty() {
                return Ok(());
            }
        }
    }

    fn collection(&mut self, left: u64, keys: Option<Keys>) -> Result<(), Stop> {
        if self.open.len() >= MAX_DEPTH {
            return Err(Stop::Limit(Limit::Recursion));
        }
        if left > self.cursor.left() {
            return Err(self.cursor.malformed("MessagePack count"));
        }
        self.open.push(Open { left, keys });
        Ok(())
    }

    fn item(&mut self) -> Result<Item, Stop> {
        let first = self.cursor.u8("MessagePack value")?;
        Ok(match first {
            0x00..=0x7f | 0xe0..=0xff | 0xc0 | 0xc2 | 0xc3 => Item::Plain(0),
            0x80..=0x8f => Item::Map(u64::from(first & 0x0f)),
            0x90..=0x9f => Item::Array(u64::from(first & 0x0f)),
            0xa0..=0xbf => Item::Text(u64::from(first & 0x1f)),
            0xc1 => return Err(self.cursor.malformed("MessagePack value")),
            0xc4..=0xc6 => Item::Bytes(self.size(first.saturating_sub(0xc4))?),
            0xc7..=0xc9 => Item::Extension(self.size(first.saturating_sub(0xc7))?.saturating_add(1)),
            0xcc | 0xd0 => Item::Plain(1),
            0xcd | 0xd1 => Item::Plain(2),
            0xca | 0xce | 0xd2 => Item::Plain(4),
            0xcb | 0xcf | 0xd3 => Item::Plain(8),
            0xd4..=0xd8 => Item::Extension((1_u64 << (first & 7).saturating_sub(4)).saturating_add(1)),
            0xd9..=0xdb => Item::Text(self.size(first.saturating_sub(0xd9))?),
            0xdc | 0xdd => Item::Array(self.size(first.saturating_sub(0xdb))?),
            0xde | 0xdf => Item::Map(self.size(first.saturating_sub(0xdd))?),
        })
    }

    /// A big-endian length of 1, 2 or 4 bytes.
    fn size(&mut self, width: u8) -> Result<u64, Stop> {
        let what = "MessagePack length";
        Ok(match width {
            0 => u64::from(self.cursor.u8(what)?),
            1 => u64::from(u16::from_be_bytes(self.cursor.array(what)?)),
            _ => u64::from(u32::from_be_bytes(self.cursor.array(what)?)),
        })
    }

    fn key(&mut self, size: u64, at: u64) -> Result<(), Stop> {
        let start = self.cursor.position();
        self.cursor.skip(size, "MessagePack key")?;
        let key = self.input.window(start, usize::try_from(size).unwrap_or(MAX_KEY).min(MAX_KEY))?;
        let name = String::from_utf8_lossy(&key).into_owned();
        let place = self.input.place().at(at);
        if ODD_KEYS.contains(&name.as_str()) {
            self.report.hit(&ODD_KEY, place.clone(), &format!("a key is {name}"), &[("key", &name)]);
        }
        let keys = self.open.last_mut().and_then(|open| open.keys.as_mut());
        if let Some(keys) = keys.filter(|keys| keys.seen.len() < MAX_KEYS && size <= MAX_KEY as u64)
            && !keys.seen.insert(key)
        {
            self.report.hit(&DUPLICATE_KEY, place, &format!("{name} stands twice"), &[("key", &name)]);
        }
        Ok(())
    }

    /// A text or bytes. An extension begins with its type, and holds MessagePack or what a program of its own reads.
    fn bytes(&mut self, size: u64, is_text: bool) -> Result<(), Stop> {
        let start = self.cursor.position();
        self.cursor.skip(size, "MessagePack bytes")?;
        let head = self.input.window(start, usize::try_from(size).unwrap_or(HEAD).min(HEAD))?;
        if is_text {
            let text = String::from_utf8_lossy(&head);
            judge(&text, "a text", self.input.place().at(start), self.report);
        }
        if pickle::may_import(&head, size) {
            return self.pickled(start, size);
        }
        match head.split_first() {
            Some((_, inner)) if !is_text && pickle::may_import(inner, size.saturating_sub(1)) => {
                self.pickled(start.saturating_add(1), size.saturating_sub(1))
            }
            _ => Ok(()),
        }
    }

    fn pickled(&mut self, start: u64, size: u64) -> Result<(), Stop> {
        let member = self.input.member(&format!("[value at {start:#x}]"), start, size)?;
        self.report.hit(&PICKLED_VALUE, member.place().clone(), "a value is a pickle", &[]);
        pickle::examine_value(&member, self.report)
    }
}

impl Open {
    /// Steps to the next item, and tells whether it is a key.
    fn step(&mut self) -> bool {
        self.left = self.left.saturating_sub(1);
        let Some(keys) = &mut self.keys else { return false };
        let is_key = keys.next;
        keys.next = !is_key;
        is_key
    }
}

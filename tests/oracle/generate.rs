//! Pickle programs: operations that mostly fit the stack, the marks and the memo, written in every way there is.

use crate::operands::{self, NAMES};
use crate::random::Random;

/// What a value on the stack is good for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Tuple,
    List,
    Dict,
    Set,
    Global,
    Object,
    Other,
}

/// A program being written: its operations, and what they leave behind.
pub(crate) struct Writer<'r> {
    random: &'r mut Random,
    operations: Vec<Vec<u8>>,
    stack: Vec<Kind>,
    marks: Vec<usize>,
    memo: Vec<(u32, Kind)>,
}

/// The operations of one pickle, without `STOP`.
pub(crate) fn operations(random: &mut Random) -> Vec<Vec<u8>> {
    let mut writer =
        Writer { random, operations: Vec::new(), stack: Vec::new(), marks: Vec::new(), memo: Vec::new() };
    if !writer.random.once_in(4) {
        let protocol = u8::try_from(writer.random.below(6)).unwrap_or(0);
        writer.put(&[0x80, protocol]);
    }
    for _ in 0..writer.random.below(40) + 3 {
        writer.step();
    }
    writer.close();
    writer.operations
}

impl Writer<'_> {
    fn put(&mut self, operation: &[u8]) {
        self.operations.push(operation.to_vec());
    }

    fn push(&mut self, operation: &[u8], kind: Kind) {
        self.put(operation);
        self.stack.push(kind);
    }

    /// Values above the last mark.
    fn height(&self) -> usize {
        self.stack.len() - self.marks.last().copied().unwrap_or(0)
    }

    fn top(&self) -> Option<Kind> {
        self.stack.last().copied().filter(|_| self.height() > 0)
    }

    fn drop(&mut self, count: usize) {
        let floor = self.marks.last().copied().unwrap_or(0);
        self.stack.truncate(self.stack.len().saturating_sub(count).max(floor));
    }

    fn step(&mut self) {
        match self.random.below(24) {
            0..=3 => self.value(),
            4..=6 => self.name(),
            7..=9 => self.call(),
            10 => self.state(),
            11..=12 => self.fill(),
            13..=14 => self.memo(),
            15 => self.mark(),
            16..=17 => self.gather(),
            18 => self.shuffle(),
            19 => self.persistent(),
            20 => self.whole_call(),
            21 => self.shared(),
            22 if self.random.once_in(3) => self.rare(),
            _ => self.value(),
        }
    }

    fn value(&mut self) {
        match self.random.below(10) {
            0..=2 => {
                let text = operands::word(self.random);
                let text = operands::text(self.random, &text);
                self.push(&text, Kind::Text);
            }
            3..=4 => {
                let number = operands::number(self.random);
                self.push(&number, Kind::Other);
            }
            5 => {
                let bytes = operands::bytes(self.random);
                self.push(&bytes, Kind::Other);
            }
            6 => self.push(b"}", Kind::Dict),
            7 => self.push(b"]", Kind::List),
            8 => self.push(b")", Kind::Tuple),
            _ => {
                let (operation, kind) = self.random.pick(&[
                    (b"N".as_slice(), Kind::Other),
                    (b"N", Kind::Other),
                    (b"N", Kind::Other),
                    (b"\x88", Kind::Other),
                    (b"\x89", Kind::Other),
                    (b"\x8f", Kind::Set),
                ]);
                self.push(operation, kind);
            }
        }
    }

    fn global_name(&mut self) -> (String, String) {
        let (module, name) = self.random.pick(NAMES);
        match self.random.below(8) {
            0 => (module.to_owned(), format!("{name}.{}", operands::word(self.random))),
            1 => (operands::word(self.random), operands::word(self.random)),
            _ => (module.to_owned(), name.to_owned()),
        }
    }

    fn name(&mut self) {
        let (module, name) = self.global_name();
        match self.random.below(10) {
            0..=3 => {
                let global = [b"c", module.as_bytes(), b"\n", name.as_bytes(), b"\n"].concat();
                self.push(&global, Kind::Global);
            }
            4 => {
                let code = self.random.pick(&[1, 1, 2, 300, 70_000, 7, 0]);
                let extension = operands::extension(self.random, code);
                self.push(&extension, Kind::Global);
            }
            5 => {
                // The names lie in a tuple, a copy, or under another index.
                let [module, name] = [module, name].map(|text| operands::text(self.random, &text));
                self.put(&module);
                let put = operands::put(self.random, 254);
                self.put(&put);
                self.remember(254, Kind::Text);
                self.put(&name);
                self.put(b"2");
                self.put(b"0");
                self.push(b"\x93", Kind::Global);
            }
            _ => {
                let [module, name] = [module, name].map(|text| operands::text(self.random, &text));
                self.put(&module);
                self.put(&name);
                self.push(b"\x93", Kind::Global);
            }
        }
    }

    fn call(&mut self) {
        let callable = matches!(self.top(), Some(Kind::Global | Kind::Object));
        if !callable && !self.random.once_in(30) {
            self.name();
        }
        match self.random.below(5) {
            0..=2 => {
                self.arguments();
                let call = if self.random.once_in(3) { b"\x81" } else { b"R" };
                self.put(call);
                self.drop(2);
                self.stack.push(Kind::Object);
            }
            3 => {
                self.arguments();
                let keywords = self.keywords();
                self.put(keywords);
                self.put(b"\x92");
                self.drop(2);
                self.stack.push(Kind::Object);
            }
            _ => {
                let (module, name) = self.global_name();
                let inst = [b"i", module.as_bytes(), b"\n", name.as_bytes(), b"\n"].concat();
                if self.marks.is_empty() {
                    self.mark();
                }
                let from = self.marks.pop().unwrap_or(0);
                self.stack.truncate(from);
                self.push(&inst, Kind::Object);
            }
        }
    }

    fn keywords(&mut self) -> &'static [u8] {
        if self.random.once_in(3) { b"}\x8c\x01kNs" } else { b"}" }
    }

    /// Makes the top something that can be the arguments of a call.
    fn arguments(&mut self) {
        match self.random.below(8) {
            0..=1 => self.push(b")", Kind::Tuple),
            2 => self.push(b"](K\x01e", Kind::List),
            3 if self.random.once_in(10) => self.value(),
            3..=4 => {
                self.element_tuple();
                self.stack.push(Kind::Tuple);
            }
            _ => {
                if self.random.once_in(2) {
                    self.name()
                } else {
                    self.value()
                }
                self.put(b"\x85");
                self.stack.pop();
                self.stack.push(Kind::Tuple);
            }
        }
    }

    fn state(&mut self) {
        if !matches!(self.top(), Some(Kind::Global | Kind::Object)) && !self.random.once_in(20) {
            self.whole_call();
        }
        let word = operands::word(self.random);
        let key = operands::text(self.random, &word);
        let state: Vec<u8> = match self.random.below(6) {
            0 => b"}".to_vec(),
            1 => [b"}".to_vec(), key, b"K\x01s".to_vec()].concat(),
            2 => [b"N}".to_vec(), key, b"Ns\x86".to_vec()].concat(),
            3 => [b"}2".to_vec(), key, b"Ns0".to_vec()].concat(),
            4 => b"(K\x01Nt".to_vec(),
            _ => b"N".to_vec(),
        };
        self.put(&state);
        self.put(b"b");
    }

    fn fill(&mut self) {
        let target = self.top();
        if !matches!(target, Some(Kind::Global | Kind::Object | Kind::List | Kind::Dict | Kind::Set))
            && !self.random.once_in(30)
        {
            return self.memo();
        }
        let (one, many, pairs): (&[u8], &[u8], usize) = match (target, self.random.below(10)) {
            (Some(Kind::Dict), 0..=8) => (b"s", b"u", 2),
            (Some(Kind::Set), 0..=8) => (b"\x90", b"\x90", 1),
            (Some(Kind::List), 0..=8) | (_, 0..=4) => (b"a", b"e", 1),
            (_, 5..=8) => (b"s", b"u", 2),
            _ => (b"\x90", b"\x90", 1),
        };
        let single = one != many && self.random.once_in(2);
        if !single {
            self.put(b"(");
        }
        let count = if single { 1 } else { self.random.below(4) };
        for _ in 0..count * pairs {
            let value = self.element();
            self.put(&value);
        }
        self.put(if single { one } else { many });
    }

    fn element(&mut self) -> Vec<u8> {
        match (self.random.below(5), self.memo.is_empty()) {
            (0, false) => {
                let (index, _) = self.random.pick(&self.memo);
                operands::get(self.random, index)
            }
            (1, _) => {
                let word = operands::word(self.random);
                operands::text(self.random, &word)
            }
            (2, _) => operands::number(self.random),
            _ => b"N".to_vec(),
        }
    }

    fn memo(&mut self) {
        let Some(top) = self.top() else { return self.value() };
        match self.random.below(6) {
            0..=1 => {
                self.put(b"\x94");
                self.remember(u32::try_from(self.memo.len()).unwrap_or(0), top);
            }
            2 => {
                let index = self.random.pick(&[0, 1, 2, 5, 9, 200, 255, 256, 1 << 20]);
                let put = operands::put(self.random, index);
                self.put(&put);
                self.remember(index, top);
            }
            _ if !self.memo.is_empty() => {
                let (index, kind) = self.random.pick(&self.memo);
                let get = operands::get(self.random, index);
                self.push(&get, kind);
            }
            _ => {
                self.put(b"\x94");
                self.remember(u32::try_from(self.memo.len()).unwrap_or(0), top);
            }
        }
    }

    fn remember(&mut self, index: u32, kind: Kind) {
        self.memo.retain(|(known, _)| *known != index);
        self.memo.push((index, kind));
    }

    fn mark(&mut self) {
        self.put(b"(");
        self.marks.push(self.stack.len());
    }

    fn gather(&mut self) {
        let Some(from) = self.marks.pop() else {
            let count = self.height().min(self.random.below(3) + 1);
            let (operation, count): (&[u8], usize) =
                [(b")".as_slice(), 0), (b"\x85", 1), (b"\x86", 2), (b"\x87", 3)][count];
            self.drop(count);
            return self.push(operation, Kind::Tuple);
        };
        let height = self.stack.len() - from;
        let callable = matches!(self.stack.get(from), Some(Kind::Global | Kind::Object));
        self.stack.truncate(from);
        match self.random.below(6) {
            0..=2 => self.push(b"t", Kind::Tuple),
            3 => self.push(b"l", Kind::List),
            4 if height.is_multiple_of(2) => self.push(b"d", Kind::Dict),
            4 => self.put(b"1"),
            _ if callable || height > 0 && self.random.once_in(30) => self.push(b"o", Kind::Object),
            _ => self.push(b"\x91", Kind::Other),
        }
    }

    fn shuffle(&mut self) {
        match self.random.below(5) {
            0..=1 if self.height() > 0 => {
                let top = self.top().unwrap_or(Kind::Other);
                self.push(b"2", top);
            }
            2 if self.height() > 0 => {
                self.put(b"0");
                self.stack.pop();
            }
            3 => self.put(b"(0"),
            _ => self.put(b"(N2t0"),
        }
    }

    fn persistent(&mut self) {
        if self.random.once_in(2) {
            self.push(b"Pid\n", Kind::Object);
        } else if self.height() > 0 {
            self.put(b"Q");
            self.stack.pop();
            self.stack.push(Kind::Object);
        }
    }

    /// A call that works, as picklers and attackers write it.
    fn whole_call(&mut self) {
        self.name();
        self.element_tuple();
        let call = self.random.pick(&[b"R", b"R", b"\x81"]);
        self.put(call);
        self.drop(1);
        self.stack.push(Kind::Object);
    }

    fn element_tuple(&mut self) {
        self.put(b"(");
        for _ in 0..self.random.below(4) {
            let element = self.element();
            self.put(&element);
        }
        self.put(b"t");
    }

    /// One container under two references, filled through one and used through the other.
    fn shared(&mut self) {
        let (empty, kind): (&[u8], Kind) =
            self.random.pick(&[(b"]".as_slice(), Kind::List), (b"}", Kind::Dict)]);
        self.push(empty, kind);
        if self.random.once_in(2) {
            self.push(b"2", kind);
        } else {
            let put = operands::put(self.random, 77);
            let get = operands::get(self.random, 77);
            self.put(&put);
            self.push(&get, kind);
            self.remember(77, kind);
        }
        self.fill();
        self.put(b"0");
        self.stack.pop();
    }

    fn rare(&mut self) {
        let operation = self.random.pick(&[
            b"\x80\x02".as_slice(),
            b"\x80\x04",
            b"\x80\x00",
            b"\x98",
            b"1",
            b"t",
            b"e",
            b"b",
            b"R",
            b"o",
            b"\x93",
            b"\xff",
            b"\x97",
            b"\x97",
        ]);
        self.put(operation);
    }

    fn close(&mut self) {
        while self.marks.pop().is_some() {
            let end = self.random.pick(&[b"1", b"t"]);
            self.put(end);
        }
        self.put(b"N");
    }
}

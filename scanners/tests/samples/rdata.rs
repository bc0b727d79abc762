//! R's saved objects: promises, calls and functions in each place that uses them, and models that only look so.

use assay_core::Format;

use super::Sample;

/// The items of one object, in XDR.
type Items = Vec<u8>;

fn int(number: u32) -> Items {
    number.to_be_bytes().to_vec()
}

/// Flags of a kind: 0x200 attributes, 0x400 a tag.
fn sized(flags: u32, content: &[u8]) -> Items {
    let size = u32::try_from(content.len()).unwrap_or_default();
    [int(flags), int(size), content.to_vec()].concat()
}

fn symbol(name: &str) -> Items {
    [int(1), sized(0x40009, name.as_bytes())].concat()
}

fn text(text: &str) -> Items {
    [int(16), int(1), sized(0x40009, text.as_bytes())].concat()
}

const NIL: u32 = 254;
const GLOBAL: u32 = 253;
const UNBOUND: u32 = 252;

/// Untagged cells of a kind, the rest being lists.
fn cells(kind: u32, items: &[Items]) -> Items {
    let mut all: Vec<u8> = Vec::new();
    for (number, item) in items.iter().enumerate() {
        all.extend(int(if number == 0 { kind } else { 2 }));
        all.extend(item);
    }
    [all, int(NIL)].concat()
}

fn call(items: &[Items]) -> Items {
    cells(6, items)
}

fn system() -> Items {
    call(&[symbol("system"), text("id")])
}

/// A promise in the global environment.
fn promise(value: &[u8], expression: &[u8]) -> Items {
    [&int(0x405), &int(GLOBAL), value, expression].concat()
}

/// A function without arguments.
fn closure(body: &[u8]) -> Items {
    [&int(0x403), &int(GLOBAL), &int(NIL), body].concat()
}

/// An environment with one variable; `flags` are the variable's.
fn environment(flags: u32, value: &[u8]) -> Items {
    let frame = [&int(0x402 | flags), &symbol("x"), value, &int(NIL)].map(AsRef::<[u8]>::as_ref).concat();
    [int(4), int(0), int(GLOBAL), frame, int(NIL), int(NIL)].concat()
}

fn object(items: &[u8]) -> Vec<u8> {
    [b"X\n".as_slice(), &int(2), &int(0x0004_0202), &int(0x0002_0300), items].concat()
}

/// What `save` writes for one object.
fn saved(name: &str, value: &[u8]) -> Vec<u8> {
    let list = [&int(0x402), &symbol(name), value, &int(NIL)].map(AsRef::<[u8]>::as_ref).concat();
    [b"RDX2\n", object(&list).as_slice()].concat()
}

/// Compiled code that calls its one constant.
fn compiled(name: &str) -> Items {
    let code = [int(13), int(4), int(12), int(23), int(0), int(1)].concat();
    [int(21), int(1), code, int(1), int(1), symbol(name)].concat()
}

pub(crate) fn samples() -> Vec<Sample> {
    let sample = |name, bytes, rules| Sample { name, file: "x.rds", format: Format::Rdata, bytes, rules };
    let pending = promise(&int(UNBOUND), &system());
    let harmless = call(&[symbol("c"), text("id")]);
    let ascii =
        b"A\n2\n262658\n131840\n1029\n253\n252\n6\n1\n262153\n6\nsys\\164em\n2\n16\n1\n262153\n2\nid\n254\n";
    let listed = [int(19), int(1), pending.clone()].concat();
    let model = [call(&[symbol("lm"), symbol("y")]), environment(0, &text("data"))];
    let both: &[&str] = &["r-promise", "r-unsafe-call"];
    let unsafe_call: &[&str] = &["r-unsafe-call"];
    let mapped =
        [int(238), cells(2, &[symbol("mmap_real"), symbol("base"), int(NIL)]), text("/etc/passwd"), int(NIL)];
    let native = [b"B\n\x02\0\0\0\x02\x02\x04\0\0\x03\x02\0".as_slice(), b"\xfe\0\0\0"].concat();
    vec![
        sample("a model: its call and its data", object(&[int(19), int(2), model.concat()].concat()), &[]),
        sample("a promise that has its value", object(&promise(&text("x"), &harmless)), &[]),
        sample("a promise of a name", object(&promise(&int(UNBOUND), &symbol("x"))), &[]),
        sample("nothing, in the byte order of the writer", native, &[]),
        sample("a promise instead of data", object(&pending), both),
        sample("a promise among data", object(&listed), both),
        sample("a promise as words", ascii.to_vec(), both),
        sample("a promise that load binds", saved("model", &pending), both),
        sample("a promise of harmless code", object(&promise(&int(UNBOUND), &harmless)), &["r-promise"]),
        sample("a promise of compiled code", object(&promise(&int(UNBOUND), &compiled("c"))), &["r-promise"]),
        sample("an argument that runs a command", object(&environment(0, &pending)), both),
        sample(
            "an argument that was not needed",
            object(&environment(0, &promise(&int(UNBOUND), &harmless))),
            &["r-lazy-argument"],
        ),
        sample(
            "a variable that is a function",
            object(&environment(1 << 27, &closure(&harmless))),
            &["r-active-binding", "r-closure"],
        ),
        sample("a function", object(&closure(&system())), &["r-closure", "r-unsafe-call"]),
        sample(
            "a function that R calls",
            saved(".First", &closure(&harmless)),
            &["r-closure", "r-startup-function"],
        ),
        sample("a call", object(&system()), unsafe_call),
        sample("a call by name", object(&call(&[symbol("do.call"), text("system")])), unsafe_call),
        sample(
            "a call behind a package",
            object(&call(&[call(&[symbol("::"), symbol("base"), symbol("system")]), text("id")])),
            unsafe_call,
        ),
        sample(
            "a text that is evaluated",
            object(&call(&[symbol("eval"), call(&[symbol("str2lang"), text("id")])])),
            unsafe_call,
        ),
        sample("compiled code without its source", object(&compiled("system")), unsafe_call),
        sample("a raw vector of an object", object(&sized(24, &object(&pending))), both),
        sample("another file as a vector", object(&mapped.concat()), &["r-mapped-file"]),
        sample(
            "an object by name",
            object(&[int(247), int(0), int(1), sized(0x40009, b"x")].concat()),
            &["r-persistent-name"],
        ),
        sample(
            "bytes after the object",
            object(&[system(), b"more".to_vec()].concat()),
            &["r-trailing-data", "r-unsafe-call"],
        ),
    ]
}

//! Pickles that abuse what is listed as harmless, exhaust whoever loads them, or hide another pickle in a string; and what
//! picklers write that looks alike.

use assay_core::Format;

use super::Sample;
use super::pickle_bytes::{call, global, proto, stack_global, text};

fn sample(name: &'static str, bytes: Vec<u8>, rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "model.pkl", format: Format::Pickle, bytes, rules }
}

const UNEXPECTED: &[&str] = &["pickle-unexpected-call"];
const UNKNOWN: &[&str] = &["pickle-unknown-global"];
const EXPANSION: &[&str] = &["pickle-expansion"];
const NESTED: &[&str] = &["pickle-nested-pickle"];
const FOREIGN: &[&str] = &["pickle-foreign-mutation"];

pub(crate) fn samples() -> Vec<Sample> {
    let mut samples = constructors();
    samples.extend(makers());
    samples.extend(attributes());
    samples.extend(laughs());
    samples.extend(indexes());
    samples.extend(strings());
    samples
}

/// `callable(*arguments)`: MARK, TUPLE, REDUCE.
fn apply(callable: &[u8], arguments: &[&[u8]]) -> Vec<u8> {
    [callable, b"(", arguments.concat().as_slice(), b"tR"].concat()
}

/// What walks, converts or counts as long as the pickle says.
fn constructors() -> Vec<Sample> {
    let count = apply(&stack_global("itertools", "count"), &[]);
    let range = call(&stack_global("builtins", "range"), b"\x8a\x08\0\0\0\0\0\0\0\x10");
    let of = |name, argument: &[u8]| proto(4, &[&call(&stack_global("builtins", name), argument)]);
    let power = apply(&stack_global("builtins", "pow"), &[b"K\x0a", b"J\xff\xff\xff\x7f"]);
    let ordered = call(&stack_global("collections", "OrderedDict"), &text("echo"));
    let fraction = |number| proto(4, &[&call(&stack_global("fractions", "Fraction"), &text(number))]);
    let array = call(&stack_global("numpy", "ndarray"), b"J\xff\xff\xff\x7f\x85");
    let ones = call(&stack_global("numpy", "ones"), b"J\xff\xff\xff\x7f");
    vec![
        sample("a list of endless numbers", of("list", &count), UNEXPECTED),
        sample("a sum of 2^60 numbers", of("sum", &range), UNEXPECTED),
        sample("as many bytes as it says", of("bytearray", b"J\xff\xff\xff\x7f"), UNEXPECTED),
        sample("a power that takes for ever", proto(4, &[&power]), UNEXPECTED),
        sample("a dict of a text", proto(4, &[&ordered]), UNEXPECTED),
        sample("a fraction with an exponent", fraction("1e999999999"), UNEXPECTED),
        sample("a fraction", fraction("1/3"), &[]),
        sample("an array made at once", proto(4, &[&array]), UNEXPECTED),
        sample("an array of ones", proto(4, &[&ones]), UNEXPECTED),
        sample("a set of a list, as protocol 2 writes it", of("set", b"](K\x01K\x02e"), &[]),
        sample("a length of a list", of("len", b"]"), &[]),
    ]
}

/// Functions that make or call what they are given.
fn makers() -> Vec<Sample> {
    let reconstructor = stack_global("copyreg", "_reconstructor");
    let dict = stack_global("builtins", "dict");
    let booster = stack_global("xgboost.core", "Booster");
    let evil = stack_global("mymodel", "Net");
    let by = |class: &[u8], base: &[u8], state: &[u8]| apply(&reconstructor, &[class, base, state]);
    let function = [stack_global("copyreg", "__newobj__"), evil.clone(), b"\x85\x81".to_vec()].concat();
    let makes = [stack_global("copyreg", "__newobj__"), b"(".to_vec(), evil.clone(), b"t".to_vec()].concat();
    let array = apply(&stack_global("dill._dill", "_create_array"), &[&makes, b"N"]);
    let reduce = [stack_global("numpy.core.multiarray", "_reconstruct"), b"(".to_vec()].concat();
    let reduce = [reduce, stack_global("numpy", "ndarray"), b"K\0\x85C\x01bt".to_vec()].concat();
    let honest = apply(&stack_global("dill._dill", "_create_array"), &[&reduce, b"N"]);
    let distance = call(&stack_global("sklearn.metrics._dist_metrics", "PyFuncDistance64"), &evil);
    vec![
        sample("a base that is constructed", proto(4, &[&by(&dict, &evil, b"N")]), UNKNOWN),
        sample(
            "a base whose constructor opens files",
            proto(4, &[&by(&booster, &booster, &text("x"))]),
            UNEXPECTED,
        ),
        sample("a base of Python", proto(4, &[&by(&dict, &dict, b"}")]), &[]),
        sample("a function made an instance of", proto(4, &[&function]), UNEXPECTED_AND_IMPORT),
        sample("a class made by a function that is called", proto(4, &[&array]), UNKNOWN),
        sample("an array as dill writes it", proto(4, &[&honest]), &[]),
        sample("a function called by a distance", proto(4, &[&distance]), UNKNOWN),
    ]
}

const UNEXPECTED_AND_IMPORT: &[&str] = &["pickle-unexpected-call", "pickle-unknown-import"];

/// States whose every part goes through `setattr`.
fn attributes() -> Vec<Sample> {
    let class = [b"}".to_vec(), text("__class__"), stack_global("datetime", "date"), b"s".to_vec()].concat();
    let plain = [b"}".to_vec(), text("note"), b"K\x01s".to_vec()].concat();
    let parameter = stack_global("torch._utils", "_rebuild_parameter_with_state");
    let with = |state: &[u8]| proto(4, &[&apply(&parameter, &[b"N\x89}", state])]);
    let easy = [stack_global("easydict", "EasyDict"), b")R".to_vec()].concat();
    let item = [text("__class__"), stack_global("builtins", "dict"), b"s".to_vec()].concat();
    vec![
        sample("another class through attributes", with(&class), UNEXPECTED),
        sample("attributes of a parameter", with(&plain), &[]),
        sample("items that are attributes", proto(4, &[&easy, &item]), FOREIGN),
    ]
}

/// References to references.
fn laughs() -> Vec<Sample> {
    let levels = |level: &dyn Fn(u8) -> Vec<u8>| (0..40).flat_map(level).collect::<Vec<u8>>();
    let tuples = levels(&|n| vec![b'0', b'(', b'h', n, b'h', n, b'h', n, b't', 0x94]);
    let lists = levels(&|n| vec![b'0', b']', 0x94, b'(', b'h', n, b'h', n, b'h', n, b'e']);
    let dicts = levels(&|n| vec![b'0', b'}', 0x94, b'(', b'K', 0, b'h', n, b'K', 1, b'h', n, b'u']);
    let copies = b"2\x86".repeat(60);
    let itself = b"h\0a".repeat(60);
    // Every child refers to the list it stands in.
    let parents =
        [b"]\x94".to_vec(), [b"(".to_vec(), b"}K\0h\0s".repeat(9), b"e".to_vec()].concat().repeat(12)]
            .concat();
    let shared = [b"](K\x01K\x02e\x94](".to_vec(), b"h\0".repeat(100), b"e".to_vec()].concat();
    vec![
        sample("tuples of tuples", proto(4, &[b"K\x01\x85\x94", &tuples]), EXPANSION),
        sample("lists of lists", proto(4, &[b"K\x01\x85\x94", &lists]), EXPANSION),
        sample("dicts of dicts", proto(4, &[b"K\x01\x85\x94", &dicts]), EXPANSION),
        sample("copies of copies", proto(4, &[b")", &copies]), EXPANSION),
        sample("a list that holds itself sixty times", proto(4, &[b"]\x94", &itself]), EXPANSION),
        sample("children that refer to where they stand", proto(4, &[&parents]), &[]),
        sample("a list shared a hundred times", proto(4, &[&shared]), &[]),
        sample("a list that holds itself", proto(4, &[b"]\x94h\0a"]), &[]),
    ]
}

/// Memo entries that reserve memory.
fn indexes() -> Vec<Sample> {
    let index: &[&str] = &["pickle-memo-index"];
    vec![
        sample("a memo of 32 GiB", proto(2, &[b"Nr\xff\xff\xff\x7f"]), index),
        sample("a memo of 64 GiB, as text", proto(2, &[b"Np4000000000\n"]), index),
        sample("a memo with a hole", proto(2, &[b"Nr\0\0\x01\0"]), &[]),
    ]
}

/// Pickles in strings: nothing runs before somebody unpickles them.
fn strings() -> Vec<Sample> {
    let inner = proto(2, &[&call(&global("posix", "system"), b"U\x04true")]);
    let hex: String = inner.iter().map(|byte| format!("{byte:02x}")).collect();
    let base64 = "gAJjcG9zaXgKc3lzdGVtClUEdHJ1ZYVSLg==";
    let twice = "Z0FKamNHOXphWGdLYzNsemRHVnRDbFVFZEhKMVpZVlNMZz09";
    let bytes = |opcode: &[u8], content: &[u8]| {
        [opcode, &[u8::try_from(content.len()).unwrap_or(u8::MAX)], content].concat()
    };
    let array = [b"\x96".to_vec(), (inner.len() as u64).to_le_bytes().to_vec(), inner.clone()].concat();
    let line = b"cposix\nsystem\n(S'true'\ntR.";
    let data = proto(4, &[b"}", &text("answer"), b"K\x2as"]);
    let ordered = proto(4, &[&stack_global("collections", "OrderedDict"), b")R"]);
    vec![
        sample("a pickle in bytes", proto(4, &[&bytes(b"C", &inner)]), NESTED),
        sample("a pickle in a bytearray", proto(5, &[&array]), NESTED),
        sample("a pickle of protocol 0 in bytes", proto(4, &[&bytes(b"C", line)]), NESTED),
        sample("a pickle in a string of Python 2", proto(2, &[&bytes(b"U", &inner)]), NESTED),
        sample("a pickle in base64", proto(4, &[&text(base64)]), NESTED),
        sample("a pickle in base64 twice", proto(4, &[&text(twice)]), NESTED),
        sample("a pickle in hexadecimal digits", proto(4, &[&text(&hex)]), NESTED),
        sample("a pickle of data in bytes", proto(4, &[&bytes(b"C", &data)]), &[]),
        sample("a pickle of harmless objects in bytes", proto(4, &[&bytes(b"C", &ordered)]), &[]),
        sample("a key that looks like base64", proto(4, &[&text("gASVencoderLayerAttentionWeights")]), &[]),
        sample(
            "the name of a file that begins like a global",
            proto(4, &[&text("config of the model")]),
            &[],
        ),
    ]
}

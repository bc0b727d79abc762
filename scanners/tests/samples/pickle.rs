//! Pickles: every way to name, to call and to change something, and data that only looks odd.

use assay_core::Format;

use super::Sample;
use super::pickle_bytes::{array_wrapper, call, frame, global, inst, proto, stack_global, text};

fn sample(name: &'static str, bytes: Vec<u8>, rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "model.pkl", format: Format::Pickle, bytes, rules }
}

const UNSAFE: &[&str] = &["pickle-unsafe-global"];
const UNKNOWN: &[&str] = &["pickle-unknown-global"];
const FOREIGN: &[&str] = &["pickle-foreign-mutation"];

pub(crate) fn samples() -> Vec<Sample> {
    let mut samples = near_misses();
    samples.extend(names());
    samples.extend(calls());
    samples.extend(as_libraries_write());
    samples.extend(changes());
    samples.extend(readers());
    samples.extend(arrays());
    samples.extend(shared());
    samples.extend(streams());
    samples
}

fn near_misses() -> Vec<Sample> {
    let ordered = stack_global("collections", "OrderedDict");
    let encode = [global("_codecs", "encode"), b"X\x01\0\0\0aX\x06\0\0\0latin1\x86R".to_vec()].concat();
    let reconstructor = [
        global("copy_reg", "_reconstructor"),
        b"(".to_vec(),
        global("datetime", "date"),
        global("__builtin__", "object"),
        b"NtR".to_vec(),
    ];
    let partial = [
        stack_global("functools", "partial"),
        stack_global("builtins", "len"),
        b"\x85R(".to_vec(),
        stack_global("builtins", "len"),
        b")}Ntb".to_vec(),
    ];
    vec![
        sample("plain data, protocol 0", b"(dp0\nS'a'\np1\nI1\nsS'b'\np2\nF1.5\ns.".to_vec(), &[]),
        sample("plain data, protocol 5", proto(5, &[&frame(6), b"]\x94(K\x01e"]), &[]),
        sample("two pickles", [proto(2, &[b"N"]), proto(2, &[b"N"])].concat(), &[]),
        sample("a dict with order", proto(4, &[&ordered, b")R\x94(", &text("a"), b"K\x01u"]), &[]),
        sample("bytes in protocol 2", proto(2, &[&encode]), &[]),
        sample("an instance in protocol 0", [reconstructor.concat(), b".".to_vec()].concat(), &[]),
        sample("a partial of a harmless function", proto(4, &[&partial.concat()]), &[]),
        sample("a string that names a command", proto(4, &[&text("os.system('id')")]), &[]),
        sample(
            "the names of a dangerous global as data",
            proto(4, &[&text("os"), &text("system"), b"\x86"]),
            &[],
        ),
    ]
}

fn names() -> Vec<Sample> {
    let escaped = b"Vp\\u006fsix\nVsystem\n\x93".to_vec();
    let python2 = [b"S'\\x6fs'\nS'sys\\164em'\n\x93".to_vec()].concat();
    let memo =
        [text("posix"), b"\x94".to_vec(), text("system"), b"\x940".to_vec(), b"0h\x00h\x01\x93".to_vec()]
            .concat();
    let computed = [call(&stack_global("builtins", "str"), b"K\x01"), text("system"), vec![0x93]].concat();
    vec![
        sample("imported, not called", proto(4, &[&stack_global("os", "system")]), &["pickle-unsafe-import"]),
        sample(
            "unknown, not called",
            proto(4, &[&stack_global("mymodel", "relu")]),
            &["pickle-unknown-import"],
        ),
        sample("a walk", proto(4, &[&stack_global("mymodel", "Outer.Inner")]), &["pickle-dotted-global"]),
        sample(
            "a walk to a module",
            proto(4, &[&stack_global("random", "_os.system")]),
            &["pickle-unsafe-import"],
        ),
        sample("escapes of a line", proto(2, &[&call(&escaped, &text("id"))]), UNSAFE),
        sample("escapes of a string", proto(2, &[&call(&python2, &text("id"))]), UNSAFE),
        sample("names from the memo", proto(4, &[&call(&memo, &text("id"))]), UNSAFE),
        sample("names of Python 2", proto(2, &[&call(&global("__builtin__", "eval"), b"U\x011")]), UNSAFE),
        sample("a computed name", proto(4, &[&computed]), &["pickle-unresolved-global"]),
        sample("a number", proto(2, &[b"\x82\x01"]), &["pickle-extension-code"]),
        sample("an id", proto(2, &[b"K\x01Q"]), &["pickle-persistent-id"]),
    ]
}

/// What libraries write, and the same a step further.
fn as_libraries_write() -> Vec<Sample> {
    let method = |name| {
        let named =
            [&global("__builtin__", "getattr")[..], &global("zoneinfo", "ZoneInfo"), &text(name), b"\x86R"];
        proto(2, &[&named.concat(), &text("Europe/Berlin"), b"\x88\x86R"])
    };
    let encoded = |pickle: &str| {
        let bytes = [&global("_codecs", "encode")[..], &text(pickle), &text("latin1"), b"\x86R"].concat();
        proto(2, &[&global("torch.storage", "_load_from_bytes"), &bytes, b"\x85R"])
    };
    let booster = stack_global("xgboost.core", "Booster");
    let slice = call(&stack_global("dill._dill", "_load_type"), &text("slice"));
    let code = call(&stack_global("dill._dill", "_load_type"), &text("CodeType"));
    let three = b"K\0K\x01N\x87R";
    vec![
        sample("a method named through getattr", method("_unpickle"), &[]),
        sample("another method named through getattr", method("from_file"), UNSAFE),
        sample("bytes of torch as encoded text", encoded("}."), &[]),
        sample("a payload in encoded text", encoded("cposix\nsystem\n(S'id'\ntR."), NESTED_UNSAFE),
        sample("a booster made empty", proto(4, &[&booster, b")\x81}b"]), &[]),
        sample(
            "the constructor of a booster",
            proto(4, &[&call(&booster, &text("/etc/passwd"))]),
            &["pickle-unexpected-call"],
        ),
        sample("a type that dill names", proto(4, &[&slice, three]), &[]),
        sample("a type of code that dill names", proto(4, &[&code, three]), UNSAFE_COMPUTED),
        sample(
            "a distribution runs a string of its state",
            proto(4, &[&stack_global("scipy.stats._continuous_distns", "norm_gen"), b")\x81}b"]),
            UNSAFE,
        ),
    ]
}

const NESTED_UNSAFE: &[&str] = &["pickle-nested-pickle", "pickle-unsafe-global"];
const UNSAFE_COMPUTED: &[&str] = &["pickle-computed-callable", "pickle-unsafe-global"];

fn calls() -> Vec<Sample> {
    let system = stack_global("posix", "system");
    let id = text("id");
    let import = call(&stack_global("importlib", "import_module"), &text("os"));
    let getattr = [stack_global("builtins", "getattr"), import, text("system"), vec![0x86, b'R']].concat();
    let attrgetter = call(&stack_global("operator", "attrgetter"), &text("system"));
    let partial =
        [stack_global("functools", "partial"), stack_global("mymodel", "run"), id.clone(), vec![0x86, b'R']];
    let zip = [global("_codecs", "encode"), b"X\x01\0\0\0aX\x03\0\0\0zip\x86R".to_vec()].concat();
    vec![
        sample("REDUCE", proto(4, &[&call(&system, &id)]), UNSAFE),
        sample("REDUCE, protocol 0", b"cposix\nsystem\n(S'id'\ntR.".to_vec(), UNSAFE),
        sample("NEWOBJ", proto(4, &[&system, &id, b"\x85\x81"]), UNSAFE),
        sample("NEWOBJ_EX", proto(4, &[&system, &id, b"\x85}\x92"]), UNSAFE),
        sample("OBJ", proto(4, &[b"(", &system, &id, b"o"]), UNSAFE),
        sample("INST", [b"(S'id'\n".to_vec(), inst("posix", "system"), b".".to_vec()].concat(), UNSAFE),
        sample(
            "before a malformed end",
            [&proto(4, &[&call(&system, &id)])[..], b"\xff"].concat(),
            &["pickle-trailing-data", "pickle-unsafe-global"],
        ),
        sample(
            "in the second pickle",
            [proto(4, &[b"N"]), proto(4, &[&call(&system, &id)])].concat(),
            UNSAFE,
        ),
        sample("resolved through getattr", proto(4, &[&call(&getattr, &id)]), UNSAFE),
        sample(
            "a computed callable",
            proto(4, &[&call(&attrgetter, &id)]),
            &["pickle-computed-callable", "pickle-unsafe-global"],
        ),
        sample("unknown", proto(4, &[&stack_global("mymodel", "Net"), b")\x81"]), UNKNOWN),
        sample("unknown, to be called later", proto(4, &[&partial.concat()]), UNKNOWN),
        sample("a harmless function otherwise", proto(2, &[&zip]), &["pickle-unexpected-call"]),
    ]
}

fn changes() -> Vec<Sample> {
    let size = stack_global("numpy", "log");
    let date = stack_global("datetime", "date");
    let state = [b"N}".to_vec(), text("__class__"), b"Ns\x86b".to_vec()].concat();
    vec![
        sample("BUILD on a function", proto(4, &[&size, b"}b"]), &["pickle-mutated-global"]),
        sample("SETITEM on a function", proto(4, &[&size, b"K\x01K\x02s"]), &["pickle-mutated-global"]),
        sample(
            "APPENDS on a module's list",
            proto(4, &[&stack_global("sys", "path"), b"(K\x01e"]),
            &["pickle-mutated-global"],
        ),
        sample("SETITEM on a date", proto(4, &[&date, b")\x81K\x01K\x02s"]), &["pickle-foreign-mutation"]),
        sample(
            "another class through slots",
            proto(4, &[&date, b")\x81", &state]),
            &["pickle-foreign-mutation"],
        ),
    ]
}

fn readers() -> Vec<Sample> {
    let id = call(&stack_global("posix", "system"), &text("id"));
    let differs: &[&str] = &["pickle-reader-differential", "pickle-unsafe-global"];
    let frames: &[&str] = &["pickle-frame-boundary", "pickle-unsafe-global"];
    vec![
        sample("a number in base 16", proto(2, &[b"I0x41\n0", &id]), differs),
        sample("a number with underscores", proto(2, &[b"L1_000L\n0", &id]), differs),
        sample("a string that is no ASCII", proto(2, &[b"S'\xc3\xa9'\n0", &id]), UNSAFE),
        sample("an argument that leaves its frame", proto(4, &[&frame(2), &id]), frames),
        sample("a frame longer than the file", proto(4, &[&frame(999), &id]), frames),
        sample("a frame in a frame", proto(4, &[&frame(60), &frame(1), &id]), frames),
        sample(
            "bytes behind the pickle",
            [proto(2, &[b"N"]), b"\xffabc".to_vec()].concat(),
            &["pickle-trailing-data"],
        ),
    ]
}

/// Containers under two references, and functions that somebody else calls: what no call shows by itself.
fn shared() -> Vec<Sample> {
    let date = call(&stack_global("datetime", "date"), b"K\x01");
    let class = [text("__class__"), b"Ns".to_vec()].concat();
    let twice = [date.clone(), b"N}2".to_vec(), class.clone(), b"0\x86b".to_vec()];
    let remembered = [date.clone(), b"N}q\x07".to_vec(), class, b"0h\x07\x86b".to_vec()];
    let mut many = [date, b"N}(".to_vec()].concat();
    for key in 0..40_u8 {
        many.extend([b'K', key, b'N']);
    }
    many.extend([text("__class__"), b"Nu\x86b".to_vec()].concat());
    let unpickler = stack_global("torch.storage", "_load_from_bytes");
    let own = [
        stack_global("types", "SimpleNamespace"),
        b")R}".to_vec(),
        text("__setstate__"),
        unpickler.clone(),
        b"sbC\x02N.b".to_vec(),
    ];
    let encoded = [global("_codecs", "encode"), b"X\x01\0\0\0NX\x06\0\0\0latin1\x86R".to_vec()].concat();
    let list = [stack_global("copyreg", "_reconstructor"), b"](".to_vec(), stack_global("datetime", "date")];
    let list = [list.concat(), stack_global("builtins", "object"), b"NeK\0".to_vec()].concat();
    let list = [list, stack_global("mymodel", "Net"), b"sR".to_vec()].concat();
    let partials =
        [stack_global("functools", "partial"), stack_global("functools", "partial"), b"\x85R".to_vec()];
    vec![
        sample("slots filled through a copy", proto(4, &[&twice.concat()]), FOREIGN),
        sample("slots filled through the memo", proto(4, &[&remembered.concat()]), FOREIGN),
        sample("more slots than are kept", proto(4, &[&many]), FOREIGN),
        sample(
            "an object that unpickles its next state",
            proto(4, &[&own.concat()]),
            &["pickle-foreign-mutation", "pickle-unexpected-call"],
        ),
        sample("bytes of an old protocol that are unpickled", proto(2, &[&call(&unpickler, &encoded)]), &[]),
        sample(
            "arguments in a list of which one is replaced",
            proto(4, &[&list]),
            &["pickle-unexpected-call", "pickle-unknown-import"],
        ),
        sample("a partial of partial", proto(4, &[&partials.concat()]), &[]),
    ]
}

/// What comes behind a pickle, and ends that only some readers accept.
fn streams() -> Vec<Sample> {
    let odd = [proto(2, &[b"N"]), b"cmy-model\nrun\n)R.".to_vec()].concat();
    let number = [proto(2, &[b"N"]), b"\x82\x01.".to_vec()].concat();
    vec![
        sample("a name without its line end", b"\x80\x02(S'id'\niposix\nsystem_".to_vec(), UNSAFE),
        sample("a second pickle with a name that is no identifier", odd, UNKNOWN),
        sample("a second pickle that names by number", number, &["pickle-extension-code"]),
        sample(
            "a name that depends on the encoding",
            proto(2, &[b"U\x03\xc3\xb3sU\x06system\x93"]),
            &["pickle-unresolved-global"],
        ),
        sample(
            "half a surrogate pair in a name",
            proto(2, &[b"V\\ud83d\nVa\n\x93"]),
            &["pickle-unresolved-global"],
        ),
        sample(
            "an index with a sign",
            proto(2, &[b"Nq\x00g-0\n", &call(&stack_global("posix", "system"), &text("id"))]),
            UNSAFE,
        ),
        sample(
            "a float that C reads up to a NUL byte",
            proto(2, &[b"F1.5\0x\n"]),
            &["pickle-reader-differential"],
        ),
    ]
}

fn arrays() -> Vec<Sample> {
    let padded = b"\x03\xff\xff\xff".to_vec();
    let numbers = [vec![b']', 0x94], array_wrapper("f8", 2), padded.clone(), vec![b'R'; 16]].concat();
    let id = call(&stack_global("posix", "system"), &text("id"));
    let objects = [array_wrapper("O8", 2), proto(4, &[&id])].concat();
    let operations = [b"0".to_vec(), id.clone(), b".".to_vec(), vec![0; 40]].concat();
    let length = u8::try_from(operations.len() / 8).unwrap_or(0);
    let unpadded = array_wrapper("f8", length);
    let at = unpadded.len().saturating_sub(4);
    let unpadded = [&unpadded[..at], b"Nub"].concat();
    let plain = [unpadded, operations[..usize::from(length) * 8].to_vec()].concat();
    let framed = [frame(200), array_wrapper("f8", 1), b"\0".to_vec(), vec![b'R'; 8]].concat();
    let fields = array_wrapper("V8", 2);
    vec![
        sample("the bytes of an array that pickle.load runs", proto(4, &[&plain]), UNSAFE),
        sample(
            "an array inside a frame",
            [proto(4, &[&framed]), vec![b'N'; 200]].concat(),
            &["pickle-frame-boundary", "pickle-trailing-data"],
        ),
        sample("an array of a size that comes later", proto(4, &[&fields, &padded, &[b'R'; 16]]), &[]),
        sample("the bytes of an array", proto(4, &[&numbers, b"a"]), &[]),
        sample("a call behind the bytes of an array", proto(4, &[&numbers, b"a", &id]), UNSAFE),
        sample("a call among the objects of an array", proto(4, &[&objects]), UNSAFE),
    ]
}

//! Names, texts, numbers and indices, in every spelling that some unpickler takes.

use crate::random::Random;

/// Globals worth naming: harmless, dangerous, unknown, of Python 2, and walks.
pub(crate) const NAMES: &[(&str, &str)] = &[
    ("os", "system"),
    ("posix", "system"),
    ("builtins", "eval"),
    ("builtins", "getattr"),
    ("builtins", "dict"),
    ("builtins", "str"),
    ("__builtin__", "eval"),
    ("__builtin__", "getattr"),
    ("__builtin__", "apply"),
    ("__builtin__", "object"),
    ("__builtin__", "xrange"),
    ("exceptions", "StandardError"),
    ("copy_reg", "_reconstructor"),
    ("copyreg", "_reconstructor"),
    ("copyreg", "__newobj__"),
    ("UserDict", "IterableUserDict"),
    ("itertools", "izip"),
    ("commands", "getoutput"),
    ("Tkinter", "Tk"),
    ("urllib", "urlopen"),
    ("collections", "OrderedDict"),
    ("collections", "defaultdict"),
    ("datetime", "date"),
    ("functools", "partial"),
    ("_codecs", "encode"),
    ("operator", "attrgetter"),
    ("importlib", "import_module"),
    ("pkgutil", "resolve_name"),
    ("numpy", "dtype"),
    ("numpy", "ndarray"),
    ("numpy.core.multiarray", "_reconstruct"),
    ("joblib.numpy_pickle", "NumpyArrayWrapper"),
    ("torch.storage", "_load_from_bytes"),
    ("torch._utils", "_rebuild_tensor_v2"),
    ("types", "SimpleNamespace"),
    ("mymodel", "Net"),
    ("mymodel.layers", "relu"),
    ("random", "_os.system"),
    ("sys", "modules"),
    ("__main__", "Model"),
    ("b\u{fc}cher", "r\u{e9}sum\u{e9}"),
];

/// A short word, sometimes one that is no name.
pub(crate) fn word(random: &mut Random) -> String {
    let words = [
        "os",
        "system",
        "id",
        "true",
        "a",
        "key",
        "shape",
        "dtype",
        "latin1",
        "__class__",
        "__setstate__",
        "__dict__",
        "x.y",
        "two words",
        "",
        "a\tb",
        "\u{e9}",
        "\u{1f600}",
        "'",
        "\\",
        "\\x41",
        "\\u0041",
        "None",
        "0",
        "f8",
    ];
    random.pick(&words).to_owned()
}

/// A text, by any of the operations that make one.
pub(crate) fn text(random: &mut Random, text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let short = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
    let wide = u32::from(short);
    match random.below(11) {
        0 => [&[0x8d], u64::from(wide).to_le_bytes().as_slice(), bytes].concat(),
        1 => [b"X", wide.to_le_bytes().as_slice(), bytes].concat(),
        2 => [b"T", wide.to_le_bytes().as_slice(), bytes].concat(),
        3 => [&[b'U', short], bytes].concat(),
        4 => [b"S", repr(random, text).as_slice(), b"\n"].concat(),
        5 => [b"V", line(random, text).as_slice(), b"\n"].concat(),
        _ => [&[0x8c, short], bytes].concat(),
    }
}

/// The repr of a Python 2 string, with more escapes than Python writes.
fn repr(random: &mut Random, text: &str) -> Vec<u8> {
    let quote = random.pick(b"'\"");
    let mut out = vec![quote];
    for byte in text.bytes() {
        match random.below(8) {
            0 => out.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
            1 => out.extend_from_slice(format!("\\{byte:03o}").as_bytes()),
            _ if matches!(byte, b'\\' | b'\n') => out.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
            _ => out.push(byte),
        }
    }
    if random.once_in(40) {
        out.extend_from_slice(random.pick(&[
            b"\\q".as_slice(),
            b"\\7",
            b"\\777",
            b"\\",
            b"\\x4",
            b"\xe9",
            b"\\\r",
        ]));
    }
    if !random.once_in(200) {
        out.push(quote);
    }
    out
}

/// A line of `raw-unicode-escape`.
fn line(random: &mut Random, text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    for character in text.chars() {
        let code = u32::from(character);
        match random.below(6) {
            0 if code < 0x1_0000 => out.extend_from_slice(format!("\\u{code:04x}").as_bytes()),
            1 => out.extend_from_slice(format!("\\U{code:08x}").as_bytes()),
            _ if code < 0x100 && code != 10 => out.push(u8::try_from(code).unwrap_or(b'?')),
            _ => out.extend_from_slice(format!("\\U{code:08x}").as_bytes()),
        }
    }
    if random.once_in(60) {
        out.extend_from_slice(random.pick(&[
            b"\\u12".as_slice(),
            b"\\ud83d",
            b"\\\\u0041",
            b"\\",
            b"\\U00110000",
            b"\r",
        ]));
    }
    out
}

/// A number, by any of the operations that make one.
pub(crate) fn number(random: &mut Random) -> Vec<u8> {
    let byte = random.byte();
    match random.below(40) {
        0 => [b"J", random.next().to_le_bytes().get(..4).unwrap_or_default()].concat(),
        1 => vec![b'M', byte, random.byte()],
        2 => [b"G", random.next().to_le_bytes().as_slice()].concat(),
        3 => vec![0x8a, 2, byte, 1],
        4 => vec![0x8b, 1, 0, 0, 0, byte],
        5 => {
            let odd = [
                "0x1f",
                "0o17",
                "0b1",
                "1_000",
                " 5",
                "5 ",
                "+7",
                "-3",
                "010",
                "00",
                "01",
                "0",
                "1",
                "+1",
                "\t9",
                "5\0x",
                "0X_1F",
                "1__0",
                "_1",
                "",
                "99999999999999999999",
                "-9223372036854775808",
                "5L",
                "\x0b8",
                "0x",
            ];
            let spelled = random.pick(&odd);
            let operation = if random.once_in(3) { "L" } else { "I" };
            let end = if operation == "L" && random.once_in(2) { "L\n" } else { "\n" };
            format!("{operation}{spelled}{end}").into_bytes()
        }
        6 => {
            let odd = [
                "1.5", "inf", "-nan", "1e999", ".5", "1_0.5", " 2.5", "2.5 ", "0x1p3", "", "1.5\0x",
                "infinity", "1e",
            ];
            format!("F{}\n", random.pick(&odd)).into_bytes()
        }
        _ => vec![b'K', byte],
    }
}

/// Bytes, by any of the operations that make them.
pub(crate) fn bytes(random: &mut Random) -> Vec<u8> {
    let content: &[u8] =
        random.pick(&[b"".as_slice(), b"abc", b"\x80\x04N.", b"cos\nsystem\n.", b"\xff\0", b"os"]);
    let length = content.len();
    let short = u8::try_from(length).unwrap_or(0);
    match random.below(5) {
        0 => [b"B", u32::from(short).to_le_bytes().as_slice(), content].concat(),
        1 => [&[0x8e], u64::from(short).to_le_bytes().as_slice(), content].concat(),
        2 => [&[0x96], u64::from(short).to_le_bytes().as_slice(), content].concat(),
        _ => [&[b'C', short], content].concat(),
    }
}

/// A code of the extension registry.
pub(crate) fn extension(random: &mut Random, code: u32) -> Vec<u8> {
    let bytes = code.to_le_bytes();
    match random.below(3) {
        0 if code < 256 => vec![0x82, bytes[0]],
        1 if code < 65_536 => vec![0x83, bytes[0], bytes[1]],
        _ => [&[0x84], bytes.as_slice()].concat(),
    }
}

/// `PUT` of an index, in any spelling.
pub(crate) fn put(random: &mut Random, index: u32) -> Vec<u8> {
    indexed(random, index, [b'q', b'r', b'p'])
}

/// `GET` of an index, in any spelling.
pub(crate) fn get(random: &mut Random, index: u32) -> Vec<u8> {
    indexed(random, index, [b'h', b'j', b'g'])
}

fn indexed(random: &mut Random, index: u32, [short, long, line]: [u8; 3]) -> Vec<u8> {
    match random.below(5) {
        0..=2 if index < 256 => vec![short, index.to_le_bytes()[0]],
        3 => {
            let spelled = match random.below(8) {
                0 => format!(" {index} "),
                1 => format!("+{index}"),
                2 => format!("0{index}"),
                3 => format!("{index}\0x"),
                4 => format!("-{index}"),
                _ => index.to_string(),
            };
            [&[line], spelled.as_bytes(), b"\n"].concat()
        }
        _ => [&[long], index.to_le_bytes().as_slice()].concat(),
    }
}

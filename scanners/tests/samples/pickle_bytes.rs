//! Writes pickles one operation at a time.

/// `module\nname\n`
fn lines(module: &str, name: &str) -> Vec<u8> {
    format!("{module}\n{name}\n").into_bytes()
}

/// `GLOBAL`
pub(super) fn global(module: &str, name: &str) -> Vec<u8> {
    [b"c".to_vec(), lines(module, name)].concat()
}

/// `INST`, without its mark.
pub(super) fn inst(module: &str, name: &str) -> Vec<u8> {
    [b"i".to_vec(), lines(module, name)].concat()
}

/// `SHORT_BINUNICODE`
pub(super) fn text(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
    [&[0x8c, length], text.as_bytes()].concat()
}

/// `STACK_GLOBAL` of two constants.
pub(super) fn stack_global(module: &str, name: &str) -> Vec<u8> {
    [text(module), text(name), vec![0x93]].concat()
}

/// `PROTO`, the operations, `STOP`.
pub(super) fn proto(version: u8, operations: &[&[u8]]) -> Vec<u8> {
    [&[0x80, version], operations.concat().as_slice(), b"."].concat()
}

/// `FRAME` of a length.
pub(super) fn frame(length: u64) -> Vec<u8> {
    [&[0x95], length.to_le_bytes().as_slice()].concat()
}

/// `callable(argument)`: TUPLE1, REDUCE.
pub(super) fn call(callable: &[u8], argument: &[u8]) -> Vec<u8> {
    [callable, argument, &[0x85, b'R']].concat()
}

/// A joblib array wrapper of `count` items of a dtype, up to its `BUILD`.
pub(super) fn array_wrapper(dtype: &str, count: u8) -> Vec<u8> {
    [
        stack_global("joblib.numpy_pickle", "NumpyArrayWrapper"),
        b")\x81}(".to_vec(),
        text("shape"),
        vec![b'K', count, 0x85],
        text("dtype"),
        call(&stack_global("numpy", "dtype"), &text(dtype)),
        text("numpy_array_alignment_bytes"),
        b"K\x10ub".to_vec(),
    ]
    .concat()
}

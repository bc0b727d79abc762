//! Arrow: types that are pickles, in streams, files and Feather, and types that are only named.

use assay_core::Format;

use super::Sample;
use super::flatbuffer_bytes::{Writer, four};
use super::pickle_bytes::{call, global, proto, text};

/// `os.system("id")` of protocol 2.
pub(super) fn pickle() -> Vec<u8> {
    proto(2, &[&call(&global("posix", "system"), &text("id"))])
}

const NAME: &str = "ARROW:extension:name";
const METADATA: &str = "ARROW:extension:metadata";

type Pairs<'p> = &'p [(&'p str, &'p [u8])];

fn pairs(writer: &mut Writer, pairs: Pairs<'_>) -> usize {
    let mut tables = Vec::new();
    for (key, value) in pairs {
        let (key, value) = (writer.bytes(key.as_bytes()), writer.bytes(value));
        tables.push(writer.table(&[Some(Err(key)), Some(Err(value))]));
    }
    writer.vector(&tables)
}

/// A schema with metadata and one list, whose items have metadata too.
fn schema(writer: &mut Writer, own: Pairs<'_>, items: Pairs<'_>) -> usize {
    let metadata = pairs(writer, items);
    let name = writer.bytes(b"item");
    let item = writer.table(&[Some(Err(name)), None, None, None, None, None, Some(Err(metadata))]);
    let children = writer.vector(&[item]);
    let name = writer.bytes(b"x");
    let list = writer.table(&[Some(Err(name)), None, None, None, None, Some(Err(children))]);
    let fields = writer.vector(&[list]);
    let own = pairs(writer, own);
    writer.table(&[None, Some(Err(fields)), Some(Err(own))])
}

/// A message of a schema, behind its length.
pub(super) fn message(own: Pairs<'_>, items: Pairs<'_>) -> Vec<u8> {
    let mut writer = Writer::default();
    let schema = schema(&mut writer, own, items);
    let root = writer.table(&[Some(Ok(4)), Some(Ok(1)), Some(Err(schema))]);
    let message = writer.finish(root);
    [b"\xff\xff\xff\xff".as_slice(), &four(message.len()), &message].concat()
}

const END: &[u8] = b"\xff\xff\xff\xff\0\0\0\0";

fn file(first: &[u8], own: Pairs<'_>, items: Pairs<'_>) -> Vec<u8> {
    let mut writer = Writer::default();
    let schema = schema(&mut writer, own, items);
    let root = writer.table(&[Some(Ok(4)), Some(Err(schema))]);
    let footer = writer.finish(root);
    [b"ARROW1\0\0", first, END, &footer, &four(footer.len()), b"ARROW1"].concat()
}

fn feather(metadata: &[u8]) -> Vec<u8> {
    let mut writer = Writer::default();
    let (name, metadata) = (writer.bytes(b"x"), writer.bytes(metadata));
    let column = writer.table(&[Some(Err(name)), None, None, None, Some(Err(metadata))]);
    let columns = writer.vector(&[column]);
    let root = writer.table(&[None, None, Some(Err(columns))]);
    let footer = writer.finish(root);
    [b"FEA1\0\0\0\0", footer.as_slice(), &four(footer.len()), b"FEA1"].concat()
}

pub(crate) fn samples() -> Vec<Sample> {
    let sample = |name, file, bytes, rules| Sample { name, file, format: Format::Arrow, bytes, rules };
    let pickle = pickle();
    let hostile: Pairs<'_> = &[(NAME, b"arrow.py_extension_type"), (METADATA, &pickle)];
    let plain: Pairs<'_> = &[(NAME, b"arrow.uuid"), (METADATA, b"")];
    let pickled: &[&str] = &["arrow-pickled-type", "pickle-unsafe-global"];
    let other: &[&str] = &["arrow-pickled-metadata", "pickle-unsafe-global"];
    let unmarked = message(plain, hostile)[4..].to_vec();
    vec![
        sample("a type that is only named", "x", message(&[("pandas", b"{}")], plain), &[]),
        sample("a file", "x.arrow", file(&message(&[], plain), &[], plain), &[]),
        sample("a table of Feather 1", "x.feather", feather(b"{\"a\": 1}"), &[]),
        sample("a type of items", "x", [&message(&[], hostile), END].concat(), pickled),
        sample("a stream from before 0.15", "x.arrow", unmarked, pickled),
        sample("only those who stream a file see it", "x", file(&message(&[], hostile), &[], plain), pickled),
        sample(
            "only those who read the footer see it",
            "x",
            file(&message(&[], plain), &[], hostile),
            pickled,
        ),
        sample("a pickle under another key", "x", message(&[("unischema.v1", &pickle)], plain), other),
        sample("a pickle in Feather 1", "x", feather(&pickle), other),
        sample(
            "bytes after the end",
            "x",
            // Without its mark a stream is whole too, so the type makes every cut seen.
            [&message(&[], hostile), END, b"more"].concat(),
            &["arrow-pickled-type", "arrow-trailing-data", "pickle-unsafe-global"],
        ),
    ]
}

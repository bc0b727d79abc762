//! HDF5 files, written by [`super::hdf5_bytes`]. Pickles are inert, and external files are only named.

use assay_core::Format;

use super::Sample;
use super::hdf5_bytes::{
    Hdf5, NONE, attribute, byte, collection, header, link, local_heap, old_header, sealed, slot, text,
    valued_link, variable, words,
};

/// `os.system("true")`, as PyTables writes attributes.
const PICKLE: &[u8] = b"cos\nsystem\n(S'true'\ntR.";
/// What pandas writes beside a table.
const DATA: &[u8] = b"(lp0\n(I1\n(lp1\nVindex\np2\natp3\na.";
/// A legacy Keras model with code.
const LAMBDA: &str = r#"{"class_name": "Sequential", "config": {"layers": [{"class_name": "Lambda",
    "config": {"function": ["4wAA", null, null], "function_type": "lambda"}}]}}"#;
/// The same without.
const DENSE: &str = r#"{"class_name": "Sequential", "config": {"layers": [{"class_name": "Dense",
    "config": {"units": 2, "activation": "relu"}}]}}"#;

const LINK_INFO: u8 = 0x02;
const DATATYPE: u8 = 0x03;
const LINK: u8 = 0x06;
const EXTERNAL_FILES: u8 = 0x07;
const LAYOUT: u8 = 0x08;
const FILTERS: u8 = 0x0b;
const ATTRIBUTE: u8 = 0x0c;
const CONTINUATION: u8 = 0x10;

pub(crate) fn samples() -> Vec<Sample> {
    let sample = |(name, bytes, rules)| Sample { name, file: "x.h5", format: Format::Hdf5, bytes, rules };
    near_misses().into_iter().chain(elsewhere()).chain(contents()).chain(structures()).map(sample).collect()
}

type Row = (&'static str, Vec<u8>, &'static [&'static str]);

/// A file with these messages in its root group.
fn flat(messages: &[(u8, Vec<u8>)]) -> Vec<u8> {
    Hdf5::new().finish(messages)
}

/// A file whose group `g` has these messages.
fn nested(mut file: Hdf5, messages: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let group = file.put(header(messages));
    file.finish(&[(LINK, link("g", group))])
}

fn fixed(name: &str, value: &[u8]) -> (u8, Vec<u8>) {
    (ATTRIBUTE, attribute(name, &text(value.len()), value))
}

/// An attribute of a variable length in `file`.
fn loose(file: &mut Hdf5, name: &str, value: &[u8]) -> (u8, Vec<u8>) {
    let heap = file.put(collection(&[value]));
    (ATTRIBUTE, attribute(name, &variable(), &slot(value.len(), heap, 1)))
}

fn near_misses() -> Vec<Row> {
    let behind = [vec![b' '; 512], flat(&[])].concat();
    let mut keras = Hdf5::new();
    let model = loose(&mut keras, "model_config", DENSE.as_bytes());
    let soft = (LINK, valued_link(1, "soft", b"/g"));
    let mut loops = Hdf5::new();
    let itself = loops.put(header(&[(LINK, link("again", 48))]));
    let own = virtual_dataset(&["."]);
    let deflated = (FILTERS, vec![2, 1, 1, 0, 0, 0, 1, 0, 6, 0, 0, 0]);
    let chunks = (LAYOUT, [vec![3, 2, 2], words(&[NONE]), vec![4, 0, 0, 0, 1, 0, 0, 0]].concat());
    vec![
        ("an empty root group", flat(&[]), &[]),
        ("behind a user block", behind, &[]),
        ("a legacy Keras model", nested(keras, &[model, fixed("backend", b"tensorflow")]), &[]),
        ("a soft link", flat(&[soft]), &[]),
        ("a group that links to itself", loops.finish(&[(LINK, link("loop", itself))]), &[]),
        ("a virtual dataset over its own file", own, &[]),
        ("compressed chunks", flat(&[(DATATYPE, byte()), chunks, deflated]), &[]),
        ("pickled lists as pandas writes them", flat(&[fixed("non_index_axes", DATA)]), &[]),
        ("text that ends like a pickle", flat(&[fixed("title", b"cos(x)\nand sin(x).")]), &[]),
        ("an old file", old_file(&[(0x0c, old_attribute("title", b"a text"))]), &[]),
    ]
}

fn elsewhere() -> Vec<Row> {
    let value = b"\0/etc/passwd\0/x\0";
    let external = (LINK, valued_link(64, "weights", value));
    vec![
        ("an external link", nested(Hdf5::new(), std::slice::from_ref(&external)), &["hdf5-external-link"]),
        ("an external link in a continuation", continued(external), &["hdf5-external-link"]),
        ("an external link in a heap", dense_link(&valued_link(64, "w", value)), &["hdf5-external-link"]),
        ("external storage", external_storage(), &["hdf5-external-storage"]),
        ("a virtual dataset over two files", virtual_dataset(&[".", "b.h5"]), &["hdf5-virtual-dataset"]),
    ]
}

fn contents() -> Vec<Row> {
    let mut code = Hdf5::new();
    let model = loose(&mut code, "model_config", LAMBDA.as_bytes());
    let loss = br#"{"loss": {"module": "os", "class_name": "function", "config": "system"}}"#;
    let mut array = Hdf5::new();
    // Compressed chunks refer to it, and nothing else does.
    array.put(collection(&[b"text", PICKLE]));
    let chunks = (LAYOUT, [vec![3, 2, 2], words(&[64]), vec![1, 0, 0, 0, 16, 0, 0, 0]].concat());
    let mut raw = Hdf5::new();
    let at = raw.put(PICKLE.to_vec());
    let contiguous = (LAYOUT, [vec![3, 1], words(&[at, PICKLE.len() as u64])].concat());
    let padded = [PICKLE, &[0; 9]].concat();
    vec![
        ("code in model_config", nested(code, &[model]), &["keras-lambda-code"]),
        ("code in padded text", flat(&[fixed("model_config", LAMBDA.as_bytes())]), &["keras-lambda-code"]),
        ("code under another name", flat(&[fixed("m", LAMBDA.as_bytes())]), &["keras-lambda-code"]),
        ("a hostile loss", flat(&[fixed("training_config", loss)]), &["keras-unsafe-reference"]),
        ("a pickled attribute", nested(Hdf5::new(), &[fixed("p", &padded)]), &["pickle-unsafe-global"]),
        (
            "a pickle in a variable-length array",
            array.finish(&[(DATATYPE, variable()), chunks]),
            &["pickle-unsafe-global"],
        ),
        (
            "a pickle as the bytes of a dataset",
            raw.finish(&[(DATATYPE, byte()), contiguous]),
            &["pickle-unsafe-global"],
        ),
        (
            "a pickled attribute of an old file",
            old_file(&[(0x0c, old_attribute("p", PICKLE))]),
            &["pickle-unsafe-global"],
        ),
    ]
}

fn structures() -> Vec<Row> {
    let mut damaged = flat(&[fixed("a", b"text")]);
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    let filter = (FILTERS, vec![2, 1, 0xe7, 0x7f, 0, 0, 0, 0, 0, 0]);
    let chunks = (LAYOUT, [vec![3, 2, 2], words(&[NONE]), vec![4, 0, 0, 0, 1, 0, 0, 0]].concat());
    let pickle = [b"\x80\x02".as_slice(), PICKLE].concat();
    vec![
        ("a wrong checksum", damaged, &["hdf5-checksum-mismatch"]),
        ("an unknown filter", flat(&[(DATATYPE, byte()), chunks, filter]), &["hdf5-unknown-filter"]),
        ("bytes after the end", [flat(&[]), b"just a text".to_vec()].concat(), &["hdf5-trailing-data"]),
        (
            "a pickle after the end",
            [flat(&[]), pickle.clone()].concat(),
            &["hdf5-trailing-data", "pickle-unsafe-global"],
        ),
        (
            "a pickle as the user block",
            [pickle.clone(), vec![0; 512 - pickle.len()], flat(&[])].concat(),
            &["pickle-trailing-data", "pickle-unsafe-global", "polyglot-file"],
        ),
    ]
}

/// A message that stands in a second block of its header.
fn continued(message: (u8, Vec<u8>)) -> Vec<u8> {
    let mut file = Hdf5::new();
    let mut block = b"OCHK".to_vec();
    block.push(message.0);
    block.extend((message.1.len() as u16).to_le_bytes());
    block.push(0);
    block.extend(&message.1);
    let block = sealed(block);
    let size = block.len() as u64;
    let at = file.put(block);
    file.finish(&[(CONTINUATION, words(&[at, size]))])
}

/// A group whose only link lies in a fractal heap.
fn dense_link(link: &[u8]) -> Vec<u8> {
    let mut file = Hdf5::new();
    // The root of the heap is one direct block: signature, version, heap, offset, then objects.
    let mut block = [b"FHDB\0".to_vec(), words(&[0]), vec![0; 4]].concat();
    let offset = block.len() as u16;
    block.extend(link);
    block.resize(512, 0);
    let block = file.put(block);
    let mut heap = b"FRHP\0\x07\0\0\0\0\0\x02\0\0".to_vec();
    heap.extend(words(&[0, NONE, 0, NONE, 512, 512, 0, 1, 0, 0, 0, 0]));
    heap.extend([4, 0]);
    heap.extend(words(&[512, 1024]));
    heap.extend([32, 0, 1, 0]);
    heap.extend(words(&[block]));
    heap.extend([0, 0]);
    let heap = file.put(sealed(heap));
    let mut id = vec![0];
    id.extend(u32::from(offset).to_le_bytes());
    id.extend((link.len() as u16).to_le_bytes());
    let mut leaf = sealed([b"BTLF\0\x05".to_vec(), vec![0; 4], id].concat());
    leaf.resize(64, 0);
    let leaf = file.put(leaf);
    let mut index = b"BTHD\0\x05".to_vec();
    index.extend([64, 0, 0, 0, 11, 0, 0, 0, 100, 40]);
    index.extend(words(&[leaf]));
    index.extend([1, 0]);
    index.extend(words(&[1]));
    let index = file.put(sealed(index));
    file.finish(&[(LINK_INFO, [vec![0, 0], words(&[heap, index])].concat())])
}

fn external_storage() -> Vec<u8> {
    let mut file = Hdf5::new();
    let names = file.put(b"\0\0\0\0\0\0\0\0/etc/passwd\0".to_vec());
    let heap = file.put(local_heap(20, names));
    let list = [vec![1, 0, 0, 0, 1, 0, 1, 0], words(&[heap, 8, 0, 4])].concat();
    let layout = [vec![3, 1], words(&[NONE, 4])].concat();
    file.finish(&[(DATATYPE, byte()), (LAYOUT, layout), (EXTERNAL_FILES, list)])
}

/// A dataset that takes everything from a dataset of each of these files.
fn virtual_dataset(sources: &[&str]) -> Vec<u8> {
    let all = [3, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let mut list = [vec![0], words(&[sources.len() as u64])].concat();
    for source in sources {
        list.extend(source.as_bytes());
        list.extend(b"\0data\0");
        list.extend([all, all].concat());
    }
    let mut file = Hdf5::new();
    let heap = file.put(collection(&[&sealed(list)]));
    let layout = [vec![4, 3], words(&[heap]), vec![1, 0, 0, 0]].concat();
    file.finish(&[(DATATYPE, byte()), (LAYOUT, layout)])
}

/// A file of version 0 whose object `g` has these messages.
fn old_file(messages: &[(u16, Vec<u8>)]) -> Vec<u8> {
    let mut file = Hdf5::new();
    file.put(vec![0; 48]);
    let object = file.put(old_header(messages));
    let names = file.put(b"\0\0\0\0\0\0\0\0g\0\0\0\0\0\0\0".to_vec());
    let heap = file.put(local_heap(16, names));
    let leaf = [b"SNOD\x01\0\x01\0".to_vec(), words(&[8, object, 0, 0, 0])].concat();
    let leaf = file.put(leaf);
    let tree = [b"TREE\0\0\x01\0".to_vec(), words(&[NONE, NONE, 0, leaf, 8])].concat();
    let tree = file.put(tree);
    let root = file.put(old_header(&[(0x11, words(&[tree, heap]))]));
    file.finish_old(root)
}

/// An attribute of version 1, whose parts are padded to eight bytes.
fn old_attribute(name: &str, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![1, 0];
    for size in [name.len() + 1, 8, 8] {
        bytes.extend((size as u16).to_le_bytes());
    }
    bytes.extend(name.as_bytes());
    bytes.resize(8 + (name.len() + 1).next_multiple_of(8), 0);
    bytes.extend(text(value.len()));
    bytes.extend([1, 0, 0, 0, 0, 0, 0, 0]);
    bytes.extend(value);
    bytes
}

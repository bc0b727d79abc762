use super::*;
use crate::testing::scan;

fn bytes(number: u8, content: &[u8]) -> Vec<u8> {
    // Two bytes hold every tag and length here.
    let varint = |number: usize| [(number & 0x7f) as u8 | 0x80, (number >> 7) as u8];
    let tag = usize::from(number) << 3 | 2;
    [&varint(tag)[..], &varint(content.len()), content].concat()
}

fn located(path: &str) -> Vec<u8> {
    let pair = [bytes(1, b"location"), bytes(2, path.as_bytes())].concat();
    let graph = bytes(5, &bytes(13, &pair));
    [b"\x08\x08".to_vec(), bytes(8, b"\x10\x0d"), bytes(7, &graph)].concat()
}

#[test]
fn a_path_that_leaves_the_folder_is_found_for_any_system() {
    for path in [
        "../w",
        "a/../../w",
        "a/..",
        "..\\w",
        "a\\w",
        "/etc/passwd",
        "\\\\192.0.2.1\\s",
        "C:\\w",
        "c:w",
        "file:///w",
        "file:w",
        "https://example.com/w",
        "w\0.bin",
        "*/_ORT_MEM_ADDR_/*",
        "~/w",
        ".. /w",
    ] {
        assert_eq!(scan(&Onnx, "m", &located(path)).rules(), ["onnx-external-path"], "{path:?}");
    }
}

#[test]
fn a_file_in_the_folder_is_nothing_to_report() {
    for path in ["w", "./w", "..w", "a..b", "model.onnx.data", ""] {
        assert!(scan(&Onnx, "m", &located(path)).is_clean(), "{path:?}");
    }
}

#[test]
fn other_content_is_not_recognised() {
    let near_misses: [&[u8]; 10] = [
        b"",
        b"\x08\x01",
        b"\x08\x01\x12\x03abc",
        b"\x80\x04\x95\0\0\0\0\0\0\0\0}.",
        b"version https://git-lfs.github.com/spec/v1\n",
        b"# A model\n",
        b"{\"ir_version\": 8}",
        b"\x08\x0a\0\0\0\0\0\0{}        ",
        b"2\x05hello:\x02\x0a\x00",
        b"PK\x03\x04",
    ];
    for head in near_misses {
        assert_ne!(likeness(head, head.len() as u64), Likeness::Model, "{head:?}");
    }
    assert_eq!(likeness(&located("w"), 90), Likeness::Model);
}

#[test]
fn a_folder_of_data_is_worth_a_look() {
    assert_eq!(scan(&Onnx, "m", &located("a/b.bin")).rules(), ["onnx-external-folder"]);
}

#[test]
fn a_long_field_in_front_hides_no_model() {
    let long = |number: u8| [vec![number << 3 | 2, 0x80, 0x80, 0x10], vec![b' '; 1000]].concat();
    let graph = [vec![0x08, 0x08, 0x3a, 0x80, 0x80, 0x20], long(10)].concat();
    assert_eq!(likeness(&graph, 1 << 20), Likeness::Model);
    assert_eq!(likeness(&[vec![0x08, 0x08], long(15)].concat(), 1 << 20), Likeness::Begun);
    assert_eq!(likeness(&long(15), 1 << 20), Likeness::Begun);
}

#[test]
fn the_order_of_the_fields_does_not_hide_a_model() {
    let graph = bytes(7, &bytes(1, &bytes(4, b"Relu")));
    let model = [bytes(99, b"unknown"), graph, b"\x08\x08".to_vec()].concat();
    assert_eq!(likeness(&model, model.len() as u64), Likeness::Model);
    let documented = [b"\x08\x08\x32".to_vec(), b"\x80\x80\x10".to_vec(), vec![b'a'; 1000]].concat();
    assert_eq!(likeness(&documented, 1 << 20), Likeness::Model);
}

#[test]
fn a_function_of_the_model_is_no_custom_operator() {
    let node = |domain: &[u8]| bytes(1, &[bytes(4, b"Mine"), bytes(7, domain)].concat());
    let model = |domain: &[u8]| {
        let function = bytes(25, &[bytes(1, b"Mine"), bytes(10, b"my.domain")].concat());
        [b"\x08\x08".to_vec(), bytes(7, &node(domain)), bytes(8, b""), function].concat()
    };
    assert!(scan(&Onnx, "m", &model(b"my.domain")).is_clean());
    assert_eq!(scan(&Onnx, "m", &model(b"your.domain")).rules(), ["onnx-custom-operator"]);
}

#[test]
fn what_stands_before_a_break_is_judged() {
    let mut model = located("../w");
    model.push(0xff);
    let facts = scan(&Onnx, "m", &model);
    assert_eq!((facts.rules(), facts.gaps.len()), (vec!["onnx-external-path"], 1));
}

#[test]
fn graphs_in_graphs_have_an_end() {
    let mut graph = bytes(1, &bytes(4, b"Relu"));
    for _ in 0..60 {
        graph = bytes(1, &bytes(5, &bytes(6, &graph)));
    }
    let facts = scan(&Onnx, "m", &[b"\x08\x01".to_vec(), bytes(7, &graph)].concat());
    assert_eq!(facts.gaps[0].kind, assay_core::GapKind::Limit);
}

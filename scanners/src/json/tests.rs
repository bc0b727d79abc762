use super::*;

fn texts(json: &str) -> Vec<String> {
    let root = parse(json.as_bytes(), 0).unwrap();
    root.items().unwrap().iter().map(|item| item.text().unwrap().to_owned()).collect()
}

#[test]
fn what_python_loads_is_read() {
    for good in ["null", " {} ", "[NaN, -Infinity]", "\u{feff}[]", r#"{"a": [1, -0.5e+3, true], "b": {}}"#] {
        assert!(parse(good.as_bytes(), 0).is_ok(), "{good}");
    }
    assert_eq!(texts(r#"["\u005f\ud83d\ude00\ud800x", "\n\/"]"#), ["_😀\u{fffd}x", "\n/"]);
}

#[test]
fn what_is_not_json_is_malformed_where_it_breaks() {
    for (bad, at) in [
        ("{", 1),
        ("{} x", 3),
        ("[1,]", 3),
        ("{\"a\" 1}", 5),
        ("[01]", 1),
        ("[1}", 2),
        ("\"a", 0),
        ("[\"\n\"]", 1),
        ("{\"a\":1,}", 7),
    ] {
        match parse(bad.as_bytes(), 0) {
            Err(Stop::Malformed { what: "JSON", offset }) => assert_eq!(offset, at, "{bad}"),
            other => panic!("{bad}: {other:?}"),
        }
    }
    assert!(parse(b"[\"\xff\"]", 0).is_err());
    assert!(parse(b"[\"\\n\xff\"]", 0).is_err());
}

#[test]
fn depth_is_limited_and_never_a_crash() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(deep(MAX_DEPTH).as_bytes(), 0).is_ok());
    assert!(matches!(parse(deep(MAX_DEPTH + 1).as_bytes(), 0), Err(Stop::Limit(Limit::Recursion))));
    assert!(parse("[".repeat(1 << 20).as_bytes(), 0).is_err());
}

#[test]
fn duplicates_are_kept_and_the_last_counts() {
    let root = parse(br#"{"a": "x", "a": "y"}"#, 10).unwrap();
    assert_eq!(root.member("a").unwrap().text(), Some("y"));
    assert!(matches!(&root.value, Value::Object(members) if members.len() == 2));
    assert_eq!(root.member("a").unwrap().offset, 26);
}

#[test]
fn objects_and_templates_are_told_apart() {
    for json in ["{}", " { \"a\": 1}", "\u{feff}{\n}", "    "] {
        assert!(starts_object(json.as_bytes()), "{json}");
    }
    for template in ["{{ x }}", "{% if %}", "{# x #}", "text", "", "[]"] {
        assert!(!starts_object(template.as_bytes()), "{template}");
    }
}

#[test]
fn only_plain_digits_are_an_unsigned_number() {
    let root = parse(b"[7, -7, 7.0, 7e1, 18446744073709551616]", 0).unwrap();
    let numbers: Vec<_> = root.items().unwrap().iter().map(Node::unsigned).collect();
    assert_eq!(numbers, [Some(7), None, None, None, None]);
}

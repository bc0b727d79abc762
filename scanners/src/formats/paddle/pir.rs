//! Programs of PaddlePaddle 3 as JSON: operators under `#`, with their dialect shortened to a number (`1.conv2d`).

use super::Operator;
use crate::json::{self, Value};
use crate::{Input, Probe, Report, Stop};

/// The longest program that is read; one of 10,000 operators has some ten MiB.
const MAX_JSON: usize = 100 << 20;

/// Bytes in which the magic stands; it is the first member.
const BEGINNING: usize = 4096;

pub(super) fn recognises(probe: &Probe<'_>) -> bool {
    let head = probe.head.get(..BEGINNING).unwrap_or(probe.head);
    let has = |words: &[u8]| memchr::memmem::find(head, words).is_some();
    json::starts_object(probe.head) && has(b"\"base_code\"") && has(b"\"pir\"")
}

pub(super) fn scan(input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
    let bytes = json::whole(input, MAX_JSON)?;
    let root = json::parse(&bytes, 0)?;
    let mut open = vec![&root];
    while let Some(node) = open.pop() {
        match &node.value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => {
                for (_, name) in members.iter().filter(|(key, _)| key == "#") {
                    let name = name.text().unwrap_or_default();
                    let name = name.rsplit('.').next().unwrap_or(name).to_owned();
                    if super::operators::act(&name).is_some() {
                        let operator =
                            Operator { name, at: node.offset, paths: paths(node), path_next: false };
                        operator.judge(input, report);
                    }
                }
                open.extend(members.iter().map(|(_, value)| value));
            }
            Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
        }
    }
    Ok(())
}

/// Texts of the attributes of an operator that may be paths: `{"N": "file_path", "AT": {"D": "x"}}`.
fn paths(operator: &json::Node<'_>) -> Vec<String> {
    let (mut open, mut paths) = (vec![(operator, false)], Vec::new());
    while let Some((node, wanted)) = open.pop() {
        match &node.value {
            Value::Text(text) if wanted => paths.push(text.clone().into_owned()),
            Value::Array(items) => open.extend(items.iter().map(|item| (item, wanted))),
            Value::Object(members) => {
                let wanted =
                    wanted || node.member("N").and_then(json::Node::text).is_some_and(super::names_a_path);
                let skipped = |key: &str| matches!(key, "#" | "N" | "regions");
                open.extend(
                    members.iter().filter(|(key, _)| !skipped(key)).map(|(_, value)| (value, wanted)),
                );
            }
            Value::Text(_) | Value::Number(_) | Value::Bool(_) | Value::Null => {}
        }
    }
    paths
}

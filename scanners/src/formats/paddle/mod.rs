//! PaddlePaddle's programs: `__model__` and `.pdmodel` (protocol buffers), and the JSON of version 3.
//!
//! Source: `paddle/fluid/framework/framework.proto`; `paddle/fluid/pir/serialize_deserialize` for the JSON. Operators
//! that do more than compute are judged by their names and paths, in every block. Parameters (`.pdiparams`) are numbers,
//! and `.pdparams` are pickles for their own scanner. Operators that nobody knows are not told from Paddle's own, of
//! which there are over a thousand.

mod operators;
mod pir;

use assay_core::{Format, Rule, RuleId, Severity};

use self::operators::Act;
use crate::beside::leaves_folder;
use crate::json;
use crate::protobuf::{Peek, PeekedValue, Wire};
use crate::protobuf_walk::{Part, Walk};
use crate::{Input, Probe, Report, Scanner, Stop};

const PYTHON_OPERATOR: Rule = Rule {
    id: RuleId::new("paddle-python-operator"),
    severity: Severity::High,
    summary: "An operator calls a Python function of the process that runs the model",
    taxonomy: &["CWE-94", "CWE-470", "AML.T0010"],
};

const FILE_OPERATOR: Rule = Rule {
    id: RuleId::new("paddle-file-operator"),
    severity: Severity::High,
    summary: "An operator reads or writes a file outside the model's folder, or writes one at all",
    taxonomy: &["CWE-22", "CWE-73", "AML.T0010"],
};

const NETWORK_OPERATOR: Rule = Rule {
    id: RuleId::new("paddle-network-operator"),
    severity: Severity::High,
    summary: "An operator opens connections when the model runs",
    taxonomy: &["CWE-918", "AML.T0010", "AML.T0025"],
};

const RULES: &[Rule] = &[PYTHON_OPERATOR, FILE_OPERATOR, NETWORK_OPERATOR];

/// Scanner of PaddlePaddle programs.
#[derive(Debug)]
pub(super) struct Paddle;

impl Scanner for Paddle {
    fn format(&self) -> Format {
        Format::Paddle
    }

    fn rules(&self) -> &'static [Rule] {
        RULES
    }

    fn recognises(&self, probe: &Probe<'_>) -> bool {
        is_program(probe.head, probe.size)
            || probe.named(&[".pdmodel", "__model__"]) && probe.head.first() == Some(&0x0a)
            || pir::recognises(probe)
    }

    /// As JSON it is one file to all formats that are JSON.
    fn fills(&self, probe: &Probe<'_>) -> bool {
        self.recognises(probe) && !json::starts_object(probe.head)
    }

    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop> {
        if input.window(0, 1)?.first() != Some(&0x0a) {
            return pir::scan(input, report);
        }
        let (wire, root) = Wire::new(input);
        let mut operator = Operator::default();
        let walked = Walk::new(wire, grammar).message(Kind::Program, root, &mut |kind, field, at, text| {
            match (kind, field) {
                (Kind::Operator, 3) => (operator.name, operator.at) = (text.to_owned(), at),
                (Kind::Attribute, 1) => operator.path_next = names_a_path(text),
                (Kind::Attribute, 5 | 8) if operator.path_next => operator.paths.push(text.to_owned()),
                // A name behind its value would hide it.
                (Kind::Attribute, 0) => operator.path_next = true,
                (Kind::Operator, 0) => std::mem::take(&mut operator).judge(input, report),
                _ => {}
            }
        });
        // What stands before a break is judged too.
        if walked.is_err() {
            operator.judge(input, report);
        }
        walked
    }
}

/// One operator, as it is read: its name may stand behind its attributes.
#[derive(Default)]
struct Operator {
    name: String,
    at: u64,
    /// Texts of attributes that may be paths.
    paths: Vec<String>,
    path_next: bool,
}

/// Whether an attribute of this name is a path: `file_path`, `model_file`, `file_names`.
fn names_a_path(attribute: &str) -> bool {
    ["path", "file", "dir"].iter().any(|word| attribute.contains(word))
}

impl Operator {
    fn judge(self, input: &Input<'_>, report: &mut Report<'_>) {
        let (rule, what) = match operators::act(&self.name) {
            Some(Act::Python) => (&PYTHON_OPERATOR, self.name.clone()),
            Some(Act::Network) => (&NETWORK_OPERATOR, self.name.clone()),
            Some(Act::Write) => (&FILE_OPERATOR, format!("{} {}", self.name, self.paths.join(" "))),
            Some(Act::Read) => {
                let outside = self.paths.iter().find_map(|text| Some((text, leaves_folder(text)?)));
                let Some((path, wrong)) = outside else { return };
                (&FILE_OPERATOR, format!("{} {path}: {wrong}", self.name))
            }
            None => return,
        };
        let message = format!("{}: {what}", rule.summary);
        report.hit(rule, input.place().at(self.at), &message, &[("operator", &self.name)]);
    }
}

/// The messages on the way to an operator's attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Program,
    Block,
    Operator,
    Attribute,
}

fn grammar(kind: Kind, field: u32) -> Part<Kind> {
    match (kind, field) {
        (Kind::Program, 1) => Part::Message(Kind::Block),
        (Kind::Block, 4) => Part::Message(Kind::Operator),
        (Kind::Operator, 4) => Part::Message(Kind::Attribute),
        (Kind::Operator, 3) | (Kind::Attribute, 1 | 5 | 8) => Part::Text,
        _ => Part::Skipped,
    }
}

/// Whether this starts with the block 0, which has no parent.
fn is_program(head: &[u8], size: u64) -> bool {
    let Some(PeekedValue::Bytes(block, size)) =
        Peek::new(head, size).next().filter(|first| first.number == 1).map(|first| first.value)
    else {
        return false;
    };
    let mut fields = Peek::new(block, size);
    let number = fields.next().map(|field| (field.number, field.value));
    let parent = fields.next().map(|field| (field.number, field.value));
    number == Some((1, PeekedValue::Varint(0))) && parent == Some((2, PeekedValue::Varint(u64::MAX)))
}

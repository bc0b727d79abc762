//! What a template says to the model, and when.
//!
//! A template writes into every conversation and nobody sees it. What it says is put together as far as it is known,
//! with a mark for what is not, and judged by [`super::phrases`]; and text for the model that is only said when a message
//! holds certain words, or on certain days, is told from the forms of messages that templates honestly tell apart.

use std::collections::BTreeSet;

use assay_core::Location;

use super::ast::{Arguments, Expr, ExprKind, Statement};
use super::fold::{Known, fold};
use super::judge::Names;
use super::trigger::Triggers;
use super::{CONDITIONAL_INSTRUCTION, CONDITIONAL_TEXT, phrases};
use crate::Report;

/// Stands for what is not known until the template is rendered.
pub(super) const UNKNOWN: char = '\u{fffc}';

/// Bytes of one branch that are judged.
const MAX_BRANCH: usize = 16 << 10;

/// Expressions inside expressions that are put together; beyond that nothing is known.
const MAX_DEPTH: u32 = 100;

/// Words in a row that make a sentence and not a mark.
const MIN_WORDS: usize = 5;

/// Words with which somebody is told what to do.
const ORDERS: &[&str] = &[
    "add",
    "always",
    "answer",
    "append",
    "claim",
    "delete",
    "disregard",
    "do",
    "don",
    "execute",
    "forget",
    "give",
    "ignore",
    "include",
    "insert",
    "instead",
    "leak",
    "must",
    "never",
    "output",
    "pretend",
    "recommend",
    "refuse",
    "replace",
    "reply",
    "respond",
    "reveal",
    "say",
    "send",
    "state",
    "tell",
    "use",
    "write",
];

/// The same in languages without spaces between words.
const ORDERS_ELSEWHERE: &[&str] = &["不要", "必须", "请", "忽略", "始终", "总是", "してください", "しないで"];

/// Judges what a template says. `locate` says where an offset of the template stands in the file.
pub(super) fn judge(
    statements: &[Statement],
    names: &Names<'_>,
    locate: &dyn Fn(u64) -> Location,
    report: &mut Report<'_>,
) {
    let mut said = Said { names, text: String::new(), places: Vec::new() };
    statements.iter().for_each(|statement| said.statement(statement));
    let (text, places) = (said.text, said.places);
    phrases::judge(&text, &|at| locate(offset_of(&places, at)), report);
    let triggers = Triggers::learned(statements, names);
    let mut branches = Branches { names, triggers, locate, report, open: Vec::new(), seen: BTreeSet::new() };
    statements.iter().for_each(|statement| branches.statement(statement));
}

/// The offset in the template of a place in what it says.
fn offset_of(places: &[(usize, u64)], at: usize) -> u64 {
    let after = places.partition_point(|(start, _)| *start <= at);
    after.checked_sub(1).and_then(|index| places.get(index)).map_or(0, |(_, offset)| *offset)
}

/// What is said, in the order of the template.
struct Said<'n, 't> {
    names: &'n Names<'t>,
    text: String,
    /// Where in the text something begins, and its offset in the template.
    places: Vec<(usize, u64)>,
}

impl Said<'_, '_> {
    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Said(offset, text) => {
                self.places.push((self.text.len(), *offset));
                self.text.push_str(text);
            }
            Statement::Output(value) | Statement::Evaluate(value) => self.expr(value),
            // What a variable holds is said somewhere else.
            Statement::Set(_, value) => {
                self.text.push('\n');
                self.expr(value);
                self.text.push('\n');
            }
            Statement::If(_)
            | Statement::Elif(_)
            | Statement::Else
            | Statement::Only(_)
            | Statement::End
            | Statement::SetBlock(..)
            | Statement::For(..)
            | Statement::Macro(..)
            | Statement::Load(..) => {}
        }
    }

    fn expr(&mut self, expr: &Expr) {
        self.places.push((self.text.len(), expr.offset));
        put_together(expr, self.names, 0, &mut self.text);
    }
}

/// Appends what an expression says.
fn put_together(expr: &Expr, names: &Names<'_>, depth: u32, text: &mut String) {
    let next = depth.saturating_add(1);
    if depth >= MAX_DEPTH {
        return text.push(UNKNOWN);
    }
    if let ExprKind::Text(literal) = &expr.kind {
        return text.push_str(literal);
    }
    if let Known::Texts(all) = fold(expr, &names.variables) {
        return text.push_str(&all.join(" "));
    }
    match &expr.kind {
        ExprKind::Binary("~" | "+", left, right) => {
            put_together(left, names, next, text);
            put_together(right, names, next, text);
        }
        ExprKind::Condition(value, _, otherwise) => {
            put_together(value, names, next, text);
            text.push(' ');
            if let Some(otherwise) = otherwise {
                put_together(otherwise, names, next, text);
            }
        }
        // A refusal is for whoever wrote the messages, not for the model.
        ExprKind::Call(callee, _) if is_refusal(callee) => {}
        ExprKind::Call(callee, arguments) => {
            arguments_of(arguments, names, next, text);
            put_together(callee, names, next, text);
        }
        ExprKind::Filter(of, _, arguments) => {
            of.iter().for_each(|of| put_together(of, names, next, text));
            arguments_of(arguments, names, next, text);
        }
        ExprKind::Attribute(of, _) | ExprKind::Item(of, _) | ExprKind::Slice(of, _) => {
            put_together(of, names, next, text);
        }
        ExprKind::List(items) => items.iter().for_each(|item| {
            put_together(item, names, next, text);
            text.push(' ');
        }),
        ExprKind::Binary("and" | "or", left, right) => {
            put_together(left, names, next, text);
            text.push(' ');
            put_together(right, names, next, text);
        }
        ExprKind::Dict(pairs) => pairs.iter().for_each(|(_, value)| {
            put_together(value, names, next, text);
            text.push(' ');
        }),
        ExprKind::Text(_)
        | ExprKind::Number(_)
        | ExprKind::Constant
        | ExprKind::Name(_)
        | ExprKind::Test(..)
        | ExprKind::Binary(..)
        | ExprKind::Unary(_) => text.push(UNKNOWN),
    }
}

fn arguments_of(arguments: &Arguments, names: &Names<'_>, depth: u32, text: &mut String) {
    for (_, value) in arguments {
        text.push(' ');
        put_together(value, names, depth, text);
        text.push(' ');
    }
}

fn is_refusal(callee: &Expr) -> bool {
    matches!(&callee.kind, ExprKind::Name(name) if name == "raise_exception")
}

/// A branch that is open, and what is said in it.
#[derive(Default)]
struct Branch {
    trigger: Option<String>,
    offset: u64,
    text: String,
}

/// Follows branches whose condition is what somebody wrote.
struct Branches<'n, 't, 'r, 's> {
    names: &'n Names<'t>,
    triggers: Triggers<'n>,
    locate: &'n dyn Fn(u64) -> Location,
    report: &'r mut Report<'s>,
    open: Vec<Branch>,
    /// Triggers and sentences that were told.
    seen: BTreeSet<(String, String)>,
}

impl Branches<'_, '_, '_, '_> {
    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Said(_, text) => self.say(text),
            Statement::If(condition) => {
                self.open.push(Branch {
                    trigger: self.triggers.of(condition),
                    offset: condition.offset,
                    text: String::new(),
                });
            }
            Statement::For(_, values) => {
                self.open.push(Branch {
                    trigger: self.triggers.of(values),
                    offset: values.offset,
                    text: String::new(),
                });
            }
            Statement::Only(condition) => {
                let trigger = self.triggers.of(condition);
                if let Some(last) = self.open.last_mut() {
                    last.trigger = last.trigger.take().or(trigger);
                }
            }
            Statement::Elif(condition) => {
                self.judge_last();
                let trigger = self.triggers.of(condition);
                if let Some(last) = self.open.last_mut() {
                    (last.trigger, last.offset) = (last.trigger.take().or(trigger), condition.offset);
                }
            }
            // `not in` has its words here.
            Statement::Else => self.judge_last(),
            Statement::End => {
                self.judge_last();
                self.open.pop();
            }
            Statement::Output(value) | Statement::Evaluate(value) | Statement::Set(_, value) => {
                let mut text = String::new();
                put_together(value, self.names, 0, &mut text);
                self.say(&text);
                self.inline(value, &text);
            }
            Statement::SetBlock(..) | Statement::Macro(..) | Statement::Load(..) => {}
        }
    }

    fn say(&mut self, text: &str) {
        for branch in self.open.iter_mut().filter(|branch| branch.trigger.is_some()) {
            let room = MAX_BRANCH.saturating_sub(branch.text.len());
            branch.text.push_str(text.get(..text.floor_char_boundary(room)).unwrap_or(text));
            branch.text.push(' ');
        }
    }

    /// `{{ 'text' if 'word' in message }}` and its like.
    fn inline(&mut self, value: &Expr, text: &str) {
        let trigger = self.triggers.inside(value);
        if let Some(trigger) = trigger {
            self.judge_branch(&Branch {
                trigger: Some(trigger),
                offset: value.offset,
                text: text.to_owned(),
            });
        }
    }

    fn judge_last(&mut self) {
        if let Some(last) = self.open.last_mut() {
            let branch = Branch {
                trigger: last.trigger.clone(),
                offset: last.offset,
                text: std::mem::take(&mut last.text),
            };
            self.judge_branch(&branch);
        }
    }

    fn judge_branch(&mut self, branch: &Branch) {
        let Some(trigger) = &branch.trigger else { return };
        let said = (trigger.clone(), sentence(&branch.text).unwrap_or_default().to_owned());
        if self.seen.insert(said) {
            judge_said(trigger, &branch.text, (self.locate)(branch.offset), self.report);
        }
    }
}

/// Judges what is said when a condition holds.
pub(super) fn judge_said(trigger: &str, said: &str, place: Location, report: &mut Report<'_>) {
    let Some(sentence) = sentence(said) else { return };
    let rule = if is_order(sentence) { CONDITIONAL_INSTRUCTION } else { CONDITIONAL_TEXT };
    let start = sentence.get(..sentence.floor_char_boundary(200)).unwrap_or(sentence).trim();
    let message = format!("when a message or the day meets {trigger:?}, the model is told: {start}");
    report.hit(&rule, place, &message, &[("trigger", trigger), ("text", start)]);
}

/// The first sentence in a text, without the marks between messages.
fn sentence(text: &str) -> Option<&str> {
    let marks = ['<', '>', '[', ']', '{', '}', '|', UNKNOWN, '\n'];
    text.split(marks).find(|part| {
        let words = part
            .split_whitespace()
            .filter(|word| word.chars().filter(|letter| letter.is_alphabetic()).count() >= 2);
        // Languages without spaces write sentences all the same.
        let wide = part.chars().filter(|letter| !letter.is_ascii() && letter.is_alphabetic()).count();
        words.count() >= MIN_WORDS || wide >= MIN_WORDS.saturating_mul(2)
    })
}

fn is_order(text: &str) -> bool {
    let lower = text.to_lowercase();
    let mut words = lower.split(|letter: char| !letter.is_alphanumeric());
    let elsewhere = ORDERS_ELSEWHERE.iter().any(|order| lower.contains(order));
    elsewhere || words.any(|word| ORDERS.contains(&word)) || phrases::speaks_of_more(text)
}

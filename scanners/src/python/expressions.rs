//! Works out what expressions are known to be, and looks at every call in them.

use ruff_python_ast::{
    BoolOp, Comprehension, Expr, ExprAttribute, ExprBinOp, ExprSubscript, FStringPart,
    InterpolatedStringElement, Number, Operator, UnaryOp,
};
use ruff_text_size::{Ranged, TextRange};

use super::fold;
use super::state::{Analysis, Body, Kind, Scope};
use super::texts;
use super::value::{Made, Value};
use crate::Stop;

/// Where a range starts.
pub(super) fn offset(range: TextRange) -> u64 {
    u64::from(u32::from(range.start()))
}

impl<'a> Analysis<'a> {
    /// What the expression is known to be, after looking at everything it calls.
    ///
    /// # Errors
    /// [`Stop::Limit`] when the source is too much.
    pub(super) fn eval(&mut self, expression: &'a Expr) -> Result<Value, Stop> {
        self.charge(1)?;
        match expression {
            Expr::Name(name) => Ok(self.lookup(name.id.as_str())),
            Expr::StringLiteral(text) => {
                let text = text.value.to_str();
                self.charge((text.len() as u64) >> 6)?;
                Ok(Value::text(text, Made::Plain))
            }
            Expr::BytesLiteral(bytes) => {
                let bytes: Vec<u8> = bytes.value.bytes().collect();
                self.charge((bytes.len() as u64) >> 6)?;
                Ok(Value::Bytes(bytes.into(), Made::Plain))
            }
            Expr::NumberLiteral(number) => Ok(match &number.value {
                Number::Int(number) => number.as_i64().map_or(Value::Unknown, Value::Int),
                Number::Float(_) | Number::Complex { .. } => Value::Unknown,
            }),
            Expr::BooleanLiteral(truth) => Ok(Value::Bool(truth.value)),
            Expr::NoneLiteral(_) => Ok(Value::None),
            Expr::EllipsisLiteral(_) => Ok(Value::Unknown),
            Expr::Attribute(attribute) => self.attribute_of(attribute),
            Expr::Call(call) => self.call(call),
            Expr::BinOp(operation) => self.operation(operation),
            Expr::BoolOp(operation) => self.bool_op(operation.op, &operation.values),
            Expr::UnaryOp(operation) => {
                let value = self.eval(&operation.operand)?;
                Ok(match (operation.op, value) {
                    (UnaryOp::USub, Value::Int(number)) => Value::Int(number.saturating_neg()),
                    (UnaryOp::Not, value) => {
                        value.truth().map_or(Value::Unknown, |truth| Value::Bool(!truth))
                    }
                    _ => Value::Unknown,
                })
            }
            Expr::Named(named) => {
                let value = self.eval(&named.value)?;
                self.assign(&named.target, &value)?;
                Ok(value)
            }
            Expr::Lambda(lambda) => {
                let id =
                    self.new_function("lambda", lambda.parameters.as_deref(), Body::Value(&lambda.body))?;
                Ok(Value::Function(id))
            }
            Expr::If(choice) => {
                self.eval(&choice.test)?;
                let (yes, no) = (self.eval(&choice.body)?, self.eval(&choice.orelse)?);
                Ok(yes.or(no))
            }
            Expr::Dict(dict) => {
                let mut values = Vec::new();
                for item in &dict.items {
                    self.optional(item.key.as_ref())?;
                    values.push(self.eval(&item.value)?);
                }
                Ok(Value::list(values))
            }
            Expr::Set(set) => self.items(&set.elts),
            Expr::List(list) => self.items(&list.elts),
            Expr::Tuple(tuple) => self.items(&tuple.elts),
            Expr::ListComp(list) => self.comprehension(&list.generators, &[&list.elt]),
            Expr::SetComp(set) => self.comprehension(&set.generators, &[&set.elt]),
            Expr::Generator(generator) => self.comprehension(&generator.generators, &[&generator.elt]),
            Expr::DictComp(dict) => {
                let parts: Vec<&Expr> = dict.key.as_deref().into_iter().chain([&*dict.value]).collect();
                self.comprehension(&dict.generators, &parts)
            }
            Expr::Await(waiting) => self.eval(&waiting.value),
            Expr::Yield(given) => self.optional(given.value.as_deref()),
            Expr::YieldFrom(given) => self.eval(&given.value),
            Expr::Compare(compare) => {
                let left = self.eval(&compare.left)?;
                let mut right = Value::Unknown;
                for comparator in &compare.comparators {
                    right = self.eval(comparator)?;
                }
                Ok(compared(&left, &compare.ops, &right))
            }
            Expr::FString(text) => {
                let (mut whole, mut known, mut made) = (String::new(), true, Made::Plain);
                for part in text.value.iter() {
                    match part {
                        FStringPart::Literal(literal) => whole.push_str(literal.as_str()),
                        FStringPart::FString(part) => {
                            self.interpolated(part.elements.iter(), &mut whole, &mut known, &mut made)?;
                        }
                    }
                }
                let short = whole.len() <= super::decode::MAX_DECODED;
                Ok(match (known && short, made) {
                    (true, made) => Value::text(&whole, made),
                    (false, Made::Decoded) => Value::Hidden,
                    (false, _) => Value::Unknown,
                })
            }
            Expr::TString(text) => {
                let (mut whole, mut known, mut made) = (String::new(), true, Made::Plain);
                for part in text.value.iter() {
                    self.interpolated(part.elements.iter(), &mut whole, &mut known, &mut made)?;
                }
                Ok(Value::Unknown)
            }
            Expr::Subscript(subscript) => self.subscript(subscript),
            Expr::Starred(starred) => self.eval(&starred.value),
            Expr::Slice(slice) => {
                for part in [&slice.lower, &slice.upper, &slice.step] {
                    self.optional(part.as_deref())?;
                }
                Ok(Value::Unknown)
            }
            Expr::IpyEscapeCommand(command) => {
                self.magic(command.kind, &command.value, offset(command.range));
                Ok(Value::Unknown)
            }
        }
    }

    /// Folding costs as much as the text it makes.
    pub(super) fn charge_folded(&mut self, value: &Value) -> Result<(), Stop> {
        let size = match value {
            Value::Text(text, _) => text.len(),
            Value::Bytes(bytes, _) => bytes.len(),
            Value::List(items) => items.len().saturating_mul(8),
            Value::Unknown
            | Value::Hidden
            | Value::Path(..)
            | Value::Int(_)
            | Value::Bool(_)
            | Value::None
            | Value::Any(_)
            | Value::Function(_)
            | Value::Class(_)
            | Value::Instance(_) => 0,
        };
        self.charge((size as u64) >> 6)
    }

    fn items(&mut self, elements: &'a [Expr]) -> Result<Value, Stop> {
        let items = elements.iter().map(|element| self.eval(element)).collect::<Result<Vec<_>, Stop>>()?;
        Ok(Value::list(items))
    }

    /// A chain of operators leans to the left and may be long.
    fn operation(&mut self, operation: &'a ExprBinOp) -> Result<Value, Stop> {
        let mut spine = vec![operation];
        let mut left = &*operation.left;
        while let Expr::BinOp(inner) = left {
            spine.push(inner);
            left = &inner.left;
        }
        let mut value = self.eval(left)?;
        for operation in spine.into_iter().rev() {
            let right = self.eval(&operation.right)?;
            if operation.op == Operator::Div {
                self.judge_parts(&value, std::slice::from_ref(&right), offset(operation.range));
            }
            value = fold::binary(&value, operation.op, &right);
            self.charge_folded(&value)?;
        }
        Ok(value)
    }

    fn bool_op(&mut self, operator: BoolOp, values: &'a [Expr]) -> Result<Value, Stop> {
        let mut all: Option<Value> = None;
        for value in values {
            let value = self.eval(value)?;
            let ends =
                matches!((operator, value.truth()), (BoolOp::And, Some(false)) | (BoolOp::Or, Some(true)));
            all = Some(match all {
                _ if ends => return Ok(value),
                Some(before) if before.truth().is_none() => before.or(value),
                _ => value,
            });
        }
        Ok(all.unwrap_or(Value::Unknown))
    }

    fn interpolated(
        &mut self,
        elements: impl Iterator<Item = &'a InterpolatedStringElement>,
        whole: &mut String,
        known: &mut bool,
        made: &mut Made,
    ) -> Result<(), Stop> {
        for element in elements {
            match element {
                InterpolatedStringElement::Literal(literal) => whole.push_str(&literal.value),
                InterpolatedStringElement::Interpolation(inserted) => {
                    let value = self.eval(&inserted.expression)?;
                    *made = (*made).max(Made::Assembled).max(value.made());
                    match fold::shown(&value) {
                        Some((text, _)) => whole.push_str(&text),
                        None => *known = false,
                    }
                    if let Some(format) = &inserted.format_spec {
                        *known = false;
                        let mut ignored = String::new();
                        self.interpolated(format.elements.iter(), &mut ignored, known, made)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// One item of what is looped over.
    pub(super) fn one_of(&self, over: &Value) -> Value {
        if let Value::List(items) = over {
            return items.iter().cloned().reduce(Value::or).unwrap_or(Value::Unknown);
        }
        if over.made() == Made::Decoded { Value::Hidden } else { Value::Unknown }
    }

    /// Worked out item by item when it is one loop over constants; otherwise once, with one of the items.
    fn comprehension(&mut self, generators: &'a [Comprehension], parts: &[&'a Expr]) -> Result<Value, Stop> {
        self.scopes.push(Scope::new(Kind::Function));
        let result = self.comprehension_inside(generators, parts);
        self.scopes.pop();
        result
    }

    fn comprehension_inside(
        &mut self,
        generators: &'a [Comprehension],
        parts: &[&'a Expr],
    ) -> Result<Value, Stop> {
        let mut over = Value::Unknown;
        for generator in generators {
            over = self.eval(&generator.iter)?;
            let one = self.one_of(&over);
            self.assign(&generator.target, &one)?;
            for condition in &generator.ifs {
                self.eval(condition)?;
            }
        }
        let simple = matches!((generators, parts), ([one], [_]) if one.ifs.is_empty());
        let constant = |value: &Value| matches!(value, Value::Int(_) | Value::Text(..));
        if let (true, Some(all), [generator], [part]) = (simple, fold::items(&over), generators, parts)
            && all.iter().all(constant)
        {
            let mut items = Vec::new();
            for one in all {
                self.assign(&generator.target, &one)?;
                items.push(self.eval(part)?);
            }
            return Ok(Value::list(items));
        }
        let mut last = Value::Unknown;
        for part in parts {
            last = self.eval(part)?;
        }
        Ok(if last.made() == Made::Decoded { Value::Hidden } else { Value::list(vec![last]) })
    }

    fn attribute_of(&mut self, attribute: &'a ExprAttribute) -> Result<Value, Stop> {
        let owner = self.eval(&attribute.value)?;
        Ok(self.attribute(&owner, attribute.attr.as_str(), Made::Plain))
    }

    /// What `owner.name` leads to; `how` tells how the name came about.
    pub(super) fn attribute(&self, owner: &Value, name: &str, how: Made) -> Value {
        let mut all: Option<Value> = None;
        for owner in owner.alternatives() {
            let value = match owner {
                Value::Path(path, made) => path_attribute(path, *made, name, how),
                Value::Instance(class) | Value::Class(class) => {
                    self.member(*class, name).unwrap_or_else(|| reflection(name))
                }
                Value::Unknown
                | Value::Hidden
                | Value::Text(..)
                | Value::Bytes(..)
                | Value::Int(_)
                | Value::Bool(_)
                | Value::None
                | Value::List(_)
                | Value::Any(_)
                | Value::Function(_) => reflection(name),
            };
            all = Some(match all {
                Some(before) => before.or(value),
                None => value,
            });
        }
        all.unwrap_or(Value::Unknown)
    }

    fn subscript(&mut self, subscript: &'a ExprSubscript) -> Result<Value, Stop> {
        let owner = self.eval(&subscript.value)?;
        if let Expr::Slice(slice) = &*subscript.slice {
            let mut bound = |part: Option<&'a Expr>| -> Result<Option<Value>, Stop> {
                part.map(|part| self.eval(part)).transpose()
            };
            let parts = [
                bound(slice.lower.as_deref())?,
                bound(slice.upper.as_deref())?,
                bound(slice.step.as_deref())?,
            ];
            let numbers = parts.map(|part| match part {
                Some(Value::Int(number)) => Ok(Some(number)),
                Some(_) => Err(()),
                None => Ok(None),
            });
            let [Ok(start), Ok(end), Ok(step)] = numbers else { return Ok(Value::Unknown) };
            let value = texts::slice(&owner, start, end, step);
            self.charge_folded(&value)?;
            return Ok(value);
        }
        let key = self.eval(&subscript.slice)?;
        Ok(self.item(&owner, &key, offset(subscript.range())))
    }

    /// What `owner[key]` leads to.
    pub(super) fn item(&self, owner: &Value, key: &Value, _at: u64) -> Value {
        match (owner, key) {
            (Value::Path(path, made), key) => self.path_item(path, *made, key),
            (_, Value::Int(at)) if fold::items(owner).is_some() => texts::index(owner, *at),
            (Value::List(_), _) => self.one_of(owner),
            (Value::Any(all), _) => {
                all.iter().map(|one| self.item(one, key, 0)).reduce(Value::or).unwrap_or(Value::Unknown)
            }
            (owner, _) if owner.made() == Made::Decoded => Value::Hidden,
            _ => Value::Unknown,
        }
    }

    /// `globals()["x"]`, `vars(os)["system"]`, `sys.modules["os"]`.
    fn path_item(&self, path: &str, made: Made, key: &Value) -> Value {
        let (name, how) = key.as_text().unwrap_or(("?", Made::Plain));
        match path {
            "builtins.globals()" | "builtins.locals()" | "builtins.vars()" => match name {
                "?" => Value::Unknown,
                "__builtins__" => Value::Path("builtins".into(), made.max(how)),
                name => self.lookup(name),
            },
            "sys.modules" => Value::Path(name.into(), made.max(how)),
            path => match path.strip_suffix(".__dict__") {
                Some(module) => Value::step(module, made, name, how),
                None if path == "builtins" => Value::step(path, made, name, how),
                None => Value::step(path, made, "[]", Made::Plain),
            },
        }
    }
}

/// Modules that others keep under their own names: `shutil.os`.
const MODULES_INSIDE: &[&str] = &[
    "os",
    "sys",
    "subprocess",
    "builtins",
    "importlib",
    "socket",
    "shutil",
    "pickle",
    "marshal",
    "ctypes",
    "pty",
];

pub(super) fn path_attribute(path: &str, made: Made, name: &str, how: Made) -> Value {
    if path == "builtins" && name == "__dict__" {
        return Value::Path("builtins".into(), made);
    }
    match name {
        "__subclasses__" if path.starts_with("?.") || path == "builtins.object" => {
            Value::path("?.__subclasses__")
        }
        // `socket.socket` is a class.
        name if name == path => Value::step(path, made, name, how),
        "__globals__" => Value::path("builtins.globals()"),
        "__builtins__" => Value::path("builtins"),
        "__call__" | "__func__" | "__wrapped__" => Value::Path(path.into(), made),
        // `logging.os.system`: one module inside another, but for the packages whose parts have such names.
        name if MODULES_INSIDE.contains(&name)
            && !path.starts_with('.')
            && !path.ends_with(')')
            && path != "builtins" =>
        {
            let inside = !["asyncio", "multiprocessing", "torch", "six.moves", "distutils"].contains(&path);
            if inside { Value::Path(name.into(), made.max(how)) } else { Value::step(path, made, name, how) }
        }
        name => Value::step(path, made, name, how),
    }
}

/// Attributes by which any object leads to the rest of the program.
fn reflection(name: &str) -> Value {
    match name {
        "__globals__" | "f_globals" | "f_builtins" | "gi_frame" => Value::path("builtins.globals()"),
        "__class__" | "__base__" | "__mro__" | "__bases__" => Value::path("?.__class__"),
        _ => Value::Unknown,
    }
}

fn compared(left: &Value, operators: &[ruff_python_ast::CmpOp], right: &Value) -> Value {
    let ([operator], (Value::Int(left), Value::Int(right))) = (operators, (left, right)) else {
        return Value::Unknown;
    };
    match operator {
        ruff_python_ast::CmpOp::Eq => Value::Bool(left == right),
        ruff_python_ast::CmpOp::NotEq => Value::Bool(left != right),
        ruff_python_ast::CmpOp::Lt => Value::Bool(left < right),
        ruff_python_ast::CmpOp::LtE => Value::Bool(left <= right),
        ruff_python_ast::CmpOp::Gt => Value::Bool(left > right),
        ruff_python_ast::CmpOp::GtE => Value::Bool(left >= right),
        ruff_python_ast::CmpOp::Is
        | ruff_python_ast::CmpOp::IsNot
        | ruff_python_ast::CmpOp::In
        | ruff_python_ast::CmpOp::NotIn => Value::Unknown,
    }
}

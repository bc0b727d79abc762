//! What a pickle has on its stack, as far as it matters: names, what was called, and the arguments at hand.
//!
//! Values are small copies. Strings stay in the file and are known by where they stand; contents of containers are
//! kept for a while in [`super::items::Items`].

use super::items::Seq;
use super::opcode::Text;
use super::source::Span;

/// One value on the stack or in the memo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A float, or an integer too long to matter.
    Number,
    /// A string, by where it stands.
    Text(Span, Text),
    /// A byte string, by where it stands.
    Bytes(Span),
    /// A byte string, by where the text stands that it is the Latin-1 encoding of.
    Latin1(Span, Text),
    /// `operator.attrgetter` of a constant.
    Attribute(Span, Text),
    /// A container.
    Seq(Seq),
    /// Some plain value or container: not callable, no name, contents not known.
    Plain,
    /// A global, by its number in the table.
    Global(u32),
    /// What calling a global gave.
    Object(u32),
    /// A numpy dtype, by its number in [`super::joblib::Dtypes`]: its state comes after it is remembered.
    Dtype(u32),
    /// What a loader gives for a persistent id.
    Persistent,
    /// What nobody can tell: the result of a computed call, an extension code, an unresolved name.
    Computed,
    /// A memo entry that was too many to remember.
    Forgotten,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_sixteen_bytes() {
        assert_eq!(size_of::<Value>(), 16);
    }
}

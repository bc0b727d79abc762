//! What the elements of an array are.

use super::literal::Literal;

/// What the elements of an array are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dtype {
    /// Raw values of this many bytes.
    Plain(u64),
    /// Python objects, alone or among other fields: the data are a pickle.
    Object,
    /// Something that NumPy does not write; objects cannot be ruled out.
    Unknown,
}

impl Dtype {
    /// Reads the `descr` of a header.
    pub(crate) fn of(descr: &Literal) -> Self {
        match descr {
            Literal::Text(text) => scalar(text),
            Literal::Sequence(fields) => fields.iter().map(field).fold(Self::Plain(0), Self::then),
            Literal::Dict(_) | Literal::Int(_) | Literal::Bool(_) | Literal::None => Self::Unknown,
        }
    }

    /// Two fields, one after the other.
    fn then(self, next: Self) -> Self {
        match (self, next) {
            (Self::Object, _) | (_, Self::Object) => Self::Object,
            (Self::Plain(one), Self::Plain(other)) => {
                one.checked_add(other).map_or(Self::Unknown, Self::Plain)
            }
            (Self::Unknown, Self::Unknown | Self::Plain(_)) | (Self::Plain(_), Self::Unknown) => {
                Self::Unknown
            }
        }
    }

    fn times(self, shape: &Literal) -> Self {
        let Self::Plain(size) = self else { return self };
        product(shape).and_then(|count| count.checked_mul(size)).map_or(Self::Unknown, Self::Plain)
    }
}

/// The number of elements of a shape; `None` when it is none or overflows.
pub(super) fn product(shape: &Literal) -> Option<u64> {
    match shape {
        Literal::Int(count) => Some(*count),
        Literal::Sequence(sizes) => sizes.iter().try_fold(1_u64, |product, size| match size {
            Literal::Int(size) => product.checked_mul(*size),
            Literal::Dict(_) | Literal::Sequence(_) | Literal::Text(_) | Literal::Bool(_) | Literal::None => {
                None
            }
        }),
        Literal::Dict(_) | Literal::Text(_) | Literal::Bool(_) | Literal::None => None,
    }
}

impl Literal {
    /// The number of elements of this shape; `None` when it is no shape, or too large for any file.
    pub(crate) fn elements(&self) -> Option<u64> {
        match self {
            Self::Sequence(_) => product(self),
            Self::Dict(_) | Self::Text(_) | Self::Int(_) | Self::Bool(_) | Self::None => None,
        }
    }
}

/// `(name, descr)` or `(name, descr, shape)`; the name may be a pair of title and name.
fn field(field: &Literal) -> Dtype {
    let Literal::Sequence(parts) = field else { return Dtype::Unknown };
    match parts.as_slice() {
        [_name, descr] => Dtype::of(descr),
        [_name, descr, shape] => Dtype::of(descr).times(shape),
        _ => Dtype::Unknown,
    }
}

/// An array protocol type string: byte order, kind, size, unit.
fn scalar(text: &str) -> Dtype {
    let bare = text.trim_start_matches(['<', '>', '|', '=']);
    let mut rest = bare.chars();
    let kind = rest.next();
    let size = rest.as_str();
    // A unit, as in `M8[ns]`.
    let size = size.split_once('[').map_or(size, |(size, _)| size);
    match (kind, size.parse::<u64>()) {
        (Some('O'), _) => Dtype::Object,
        (Some('b' | 'i' | 'u' | 'f' | 'c' | 'm' | 'M'), Ok(size @ 1..=32)) => Dtype::Plain(size),
        (Some('S' | 'a' | 'V'), Ok(size)) => Dtype::Plain(size),
        (Some('U'), Ok(size)) => size.checked_mul(4).map_or(Dtype::Unknown, Dtype::Plain),
        (Some('?'), Err(_)) if size.is_empty() => Dtype::Plain(1),
        _ if bare.to_ascii_lowercase().contains("obj") || bare.contains('O') => Dtype::Object,
        _ => Dtype::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::super::parse;
    use super::*;

    fn dtype(descr: &str) -> Dtype {
        Dtype::of(&parse(descr).unwrap())
    }

    #[test]
    fn sizes_are_those_of_numpy() {
        for (descr, size) in [
            ("'<f4'", 4),
            ("'|b1'", 1),
            ("'<U5'", 20),
            ("'|S3'", 3),
            ("'<M8[ns]'", 8),
            ("[('x', '<f4'), ('y', '<i2', (2, 3))]", 16),
            ("[(('title', 'x'), [('a', '|V4'), ('b', '<c16')])]", 20),
        ] {
            assert_eq!(dtype(descr), Dtype::Plain(size), "{descr}");
        }
    }

    #[test]
    fn objects_are_seen_wherever_they_stand() {
        for descr in ["'|O'", "'O'", "'|O8'", "'object'", "'f4,O'", "[('x', '<f4'), ('y', [('z', '|O')])]"] {
            assert_eq!(dtype(descr), Dtype::Object, "{descr}");
        }
    }

    #[test]
    fn what_overflows_or_is_not_written_by_numpy_is_unknown() {
        for descr in ["'<f999999'", "'float'", "''", "[('x', '|S9', (9999999999, 9999999999))]", "3", "{}"] {
            assert_eq!(dtype(descr), Dtype::Unknown, "{descr}");
        }
    }
}

//! The header of an `.npy` file: a Python literal, and the dtype in it.
//!
//! Source: NumPy `lib/_format_impl.py`; NEP 1; NumPy reference, "Array protocol type strings".

mod dtype;
mod literal;

pub(crate) use dtype::Dtype;
pub(crate) use literal::{Literal, parse};

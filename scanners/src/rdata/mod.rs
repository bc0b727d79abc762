//! R's serialization: what `readRDS` and `load` make, and what of it runs.
//!
//! Reading builds objects and runs nothing, but some objects run as soon as they are used: a promise evaluates its
//! expression when its value is asked for (CVE-2024-27322), an active binding calls its function, and functions do what
//! their bodies say. Environments hold honest promises too: the arguments of functions that were not needed yet.
//!
//! Source: "Serialization Formats" of R Internals; `src/main/serialize.c` of R 4. Items lie in each other as deep as an
//! attacker likes, so open ones are kept on a stack of our own. Values of vectors are stepped over.

mod calls;
mod cells;
mod frame;
mod machine;
mod shown;
mod stream;

pub(crate) use self::machine::{
    ACTIVE_BINDING, CLOSURE, LAZY_ARGUMENT, MAPPED_FILE, Machine, PERSISTENT_NAME, PROMISE, STARTUP_FUNCTION,
    UNSAFE_CALL,
};
pub(crate) use self::stream::{Encoding, Stream};

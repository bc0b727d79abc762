//! JSON in which nothing can be read in two ways.

use assay_core::UniqueKeys;
use serde::Deserialize;

use crate::fault::Fault;

/// Reads JSON in which no object says a key twice, and after which nothing follows.
pub(crate) fn strict<'b, T: Deserialize<'b>>(bytes: &'b [u8], part: &'static str) -> Result<T, Fault> {
    serde_json::from_slice::<UniqueKeys>(bytes).map_err(|error| Fault::malformed(part, error))?;
    serde_json::from_slice(bytes).map_err(|error| Fault::malformed(part, error))
}

//! Static analysis of serialized model formats.
//!
//! [`examine`] recognises what a file is by its content and runs every scanner that recognises it; containers call it
//! again for their members. A scanner reads only through [`Input`] and [`Cursor`], which check bounds and charge the
//! [`Budget`], and speaks only through [`Report`]. Nothing here runs, imports, unpickles, resolves or downloads.
//!
//! A new format is one file in `formats/` and its lines in `formats/mod.rs`.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::indexing_slicing,
        clippy::string_slice,
        clippy::arithmetic_side_effects,
        clippy::cast_possible_truncation,
        clippy::cast_possible_wrap,
        clippy::cast_sign_loss
    )
)]

mod arrow;
mod beside;
mod budget;
mod bytecode;
mod codec;
mod collected;
mod command_text;
mod config;
mod crc32c;
mod cursor;
mod examine;
mod flatbuffer;
pub mod formats;
mod hdf5;
mod injected;
mod input;
mod jinja;
mod json;
mod lmdb;
mod loader;
mod member_name;
mod npy;
mod openvino;
mod pickle;
mod probe;
mod protobuf;
mod protobuf_walk;
mod python;
mod pytorch_tar;
mod rdata;
mod report;
mod sevenz;
mod spool;
mod stop;
mod tar;
#[cfg(test)]
mod testing;
mod thrift;
mod values;
mod weights_name;
mod xml;
mod yaml;
mod zip;

pub use budget::Budget;
pub use collected::Collected;
pub use cursor::Cursor;
pub use examine::{POLYGLOT_FILE, examine};
pub use formats::SCANNERS;
pub use input::{Bytes, Input};
pub use loader::Loader;
#[doc(hidden)]
pub use pickle::{Deed, Seen};
pub use probe::Probe;
pub use report::{Report, Sink};
pub use spool::{MemorySpool, Spool};
pub use stop::{Limit, Stop};

use assay_core::{Format, Rule};

/// Every rule that can hit, in the order of the scanners; one that two scanners share stands twice.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    SCANNERS.iter().flat_map(|scanner| scanner.rules()).chain([&POLYGLOT_FILE])
}

/// One format: how to recognise it and what to look for in it.
pub trait Scanner: Sync {
    /// The format that is reported when this scanner recognises an input.
    fn format(&self) -> Format;

    /// Every rule it can hit.
    fn rules(&self) -> &'static [Rule];

    /// Whether the content can be read as this format by some loader. Names are hints, never proof.
    fn recognises(&self, probe: &Probe<'_>) -> bool;

    /// Formats that this one is a more particular reading of, for an input that it recognises: only this one runs.
    fn refines(&self, _probe: &Probe<'_>) -> &'static [Format] {
        &[]
    }

    /// Whether the input is laid out as this format from its first byte or to its last, as opposed to holding it
    /// somewhere inside. An input that two formats fill is a polyglot.
    fn fills(&self, probe: &Probe<'_>) -> bool {
        self.recognises(probe)
    }

    /// Formats that are at home inside or behind this one, such as the zip of labels that tools append to a model: it
    /// is no polyglot for them.
    fn carries(&self) -> &'static [Format] {
        &[]
    }

    /// Looks through the input and reports what it finds.
    ///
    /// # Errors
    /// [`Stop`] where it could not go on; what was found until then is in the report.
    fn scan(&self, input: &Input<'_>, report: &mut Report<'_>) -> Result<(), Stop>;
}

//! Arrow's schemas and messages, wherever they lie: IPC files and streams, Feather, the `ARROW:schema` of Parquet.
//!
//! Source: `format/Schema.fbs`, `Message.fbs` and `File.fbs` of Apache Arrow; "Arrow Columnar Format", serialization and
//! interprocess communication. Only metadata are looked at; the columns' values are stepped over.

mod extension;
mod message;
mod schema;

pub(crate) use self::extension::{PICKLED_METADATA, PICKLED_TYPE, examine_pairs};
pub(crate) use self::message::{messages, starts_stream};
pub(crate) use self::schema::{Pair, pairs, schema};

/// Tables that are followed in one file: one for each message, and those of schemas, which have about 100,000 for 10,000
/// columns.
pub(crate) const MAX_TABLES: u32 = 1 << 21;

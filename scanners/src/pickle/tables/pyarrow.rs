//! pyarrow: arrays, tables, schemas and types (0.15 to 26).

use super::super::judge::{Harmless, Role};

/// Functions that give a type, from numbers, texts and other types.
const TYPES: &str = "type_for_alias binary list_ large_list list_view large_list_view struct timestamp time32 time64 \
                     duration dictionary decimal32 decimal64 decimal128 decimal256 map_ run_end_encoded union \
                     dense_union sparse_union fixed_shape_tensor uuid json_ bool8 opaque field schema";

pub(super) const TABLE: &[Harmless] = &[
    Harmless::of("pyarrow.lib", Role::Function, TYPES),
    Harmless::of(
        "pyarrow.lib",
        Role::Function,
        "_restore_array py_buffer _reconstruct_table _reconstruct_record_batch chunked_array",
    ),
    Harmless::of("pyarrow.lib", Role::Class, "Buffer DictionaryType TimestampType ListType StructType"),
];

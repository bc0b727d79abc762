//! Orbax: metadata of checkpoints, and metadata that name what restores them.

use assay_core::Format;

use super::Sample;

fn sample(name: &'static str, file: &'static str, json: &str, rules: &'static [&'static str]) -> Sample {
    Sample { name, file, format: Format::Orbax, bytes: json.as_bytes().to_vec(), rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    let restores: &[&str] = &["orbax-restore-function"];
    vec![
        sample(
            "a tree",
            "_METADATA",
            r#"{"tree_metadata": {"('params', 'w')": {"key_metadata": [{"key": "params", "key_type": 2}],
            "value_metadata": {"value_type": "jax.Array", "skip_deserialize": false}}}, "use_zarr3": true}"#,
            &[],
        ),
        sample(
            "handlers",
            "_CHECKPOINT_METADATA",
            r#"{"item_handlers": {"default": "orbax.checkpoint._src.handlers.standard_checkpoint_handler.StandardCheckpointHandler"},
            "metrics": {}, "custom_restore": null}"#,
            &[],
        ),
        sample("a function", "_METADATA", r#"{"restore_fn": "my_package.restore"}"#, restores),
        sample(
            "a function further inside",
            "metadata.json",
            r#"{"type": "orbax", "a": [{"custom_restore": {"f": 1}}]}"#,
            restores,
        ),
        sample(
            "code",
            "orbax_checkpoint_metadata.json",
            r#"{"restore_fn": "lambda x: __import__('os').system('id')"}"#,
            &["model-command-text", "orbax-restore-function"],
        ),
    ]
}

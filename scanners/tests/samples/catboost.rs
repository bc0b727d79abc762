//! CatBoost: one tree of two splits over one feature with three borders, as a flatbuffer; notes and names as texts.

use assay_core::Format;

use super::Sample;
use super::flatbuffer_bytes::Writer;

/// A model of one tree: its splits, its size, how many leaves there are, and the name of its feature.
fn model(splits: &[u32], size: u32, leaves: u32, name: &str) -> Vec<u8> {
    let mut writer = Writer::default();
    let numbers = |writer: &mut Writer, numbers: &[u32], count: u32| {
        let bytes: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        writer.put(&bytes);
        writer.put(&count.to_le_bytes())
    };
    let name = writer.bytes(name.as_bytes());
    let borders = numbers(&mut writer, &[0, 1, 2], 3);
    let feature = writer.table(&[None, None, None, Some(Err(borders)), Some(Err(name))]);
    let features = writer.vector(&[feature]);
    let leaf_values = numbers(&mut writer, &vec![0; leaves as usize * 2], leaves);
    let splits = numbers(&mut writer, splits, splits.len() as u32);
    let sizes = numbers(&mut writer, &[size], 1);
    let starts = numbers(&mut writer, &[0], 1);
    let trees = writer.table(&[
        Some(Ok(1)),
        Some(Err(splits)),
        Some(Err(sizes)),
        Some(Err(starts)),
        None,
        Some(Err(features)),
        None,
        None,
        Some(Err(leaf_values)),
    ]);
    let version = writer.bytes(b"FlabuffersModel_v1");
    let root = writer.table(&[Some(Err(version)), Some(Err(trees))]);
    let core = writer.finish(root);
    [b"CBM1".as_slice(), &(core.len() as u32).to_le_bytes(), &core].concat()
}

fn sample(name: &'static str, bytes: Vec<u8>, rules: &'static [&'static str]) -> Sample {
    Sample { name, file: "model.cbm", format: Format::Catboost, bytes, rules }
}

pub(crate) fn samples() -> Vec<Sample> {
    let json = |name, id: &str, rules| {
        Sample {
        file: "model.json",
        ..sample(
            name,
            format!(
                r#"{{"features_info":{{"float_features":[{{"feature_id":"{id}"}}]}},"model_info":{{}},"oblivious_trees":[]}}"#
            )
            .into_bytes(),
            rules,
        )
    }
    };
    vec![
        sample("a tree", model(&[0, 2], 2, 4, "age"), &[]),
        sample("no such split", model(&[0, 3], 2, 4, "age"), &["catboost-malformed-tree"]),
        sample("too few leaves", model(&[0, 2], 2, 3, "age"), &["catboost-malformed-tree"]),
        sample("too many splits", model(&[0, 2], 3, 8, "age"), &["catboost-malformed-tree"]),
        sample("too deep", model(&[0, 2], 31, 4, "age"), &["catboost-malformed-tree"]),
        sample("a command", model(&[0, 2], 2, 4, "os.system('id')"), &["model-command-text"]),
        json("a tree as JSON", "age", &[]),
        json("a command in JSON", "__import__('os')", &["model-command-text"]),
    ]
}

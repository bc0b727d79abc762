//! XGBoost: trees, objectives and texts, as JSON and as UBJSON.

use assay_core::Format;

use super::Sample;

/// A model of one tree with these children and features.
struct Model {
    left: [i8; 3],
    right: [i8; 3],
    features: [i8; 3],
    objective: &'static str,
    note: &'static str,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            left: [1, -1, -1],
            right: [2, -1, -1],
            features: [3, 0, 0],
            objective: "binary:logistic",
            note: "{}",
        }
    }
}

impl Model {
    fn json(&self) -> Vec<u8> {
        format!(
            r#"{{"learner":{{"attributes":{{"scikit_learn":"{}"}},"gradient_booster":{{"model":{{"trees":[
            {{"left_children":{:?},"right_children":{:?},"split_indices":{:?}}}]}},"name":"gbtree"}},
            "learner_model_param":{{"num_feature":"4"}},"objective":{{"name":"{}"}}}},"version":[3,0,0]}}"#,
            self.note, self.left, self.right, self.features, self.objective
        )
        .into_bytes()
    }

    fn ubjson(&self) -> Vec<u8> {
        let numbers =
            |numbers: [i8; 3]| [b"[$i#i\x03".as_slice(), &numbers.map(|one| one.to_be_bytes()[0])].concat();
        let tree = object(&[
            ("left_children", numbers(self.left)),
            ("right_children", numbers(self.right)),
            ("split_indices", numbers(self.features)),
        ]);
        let trees = object(&[("trees", [b"[".as_slice(), &tree, b"]"].concat())]);
        object(&[
            (
                "learner",
                object(&[
                    ("attributes", object(&[("scikit_learn", text(self.note))])),
                    ("gradient_booster", object(&[("model", trees), ("name", text("gbtree"))])),
                    ("learner_model_param", object(&[("num_feature", text("4"))])),
                    ("objective", object(&[("name", text(self.objective))])),
                ]),
            ),
            ("version", b"[#L\0\0\0\0\0\0\0\x03i\x03i\0i\0".to_vec()),
        ])
    }
}

/// A key's length and characters.
fn key(key: &str) -> Vec<u8> {
    [b"L".as_slice(), &(key.len() as u64).to_be_bytes(), key.as_bytes()].concat()
}

fn text(value: &str) -> Vec<u8> {
    [b"S".as_slice(), &key(value)].concat()
}

fn object(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let members: Vec<u8> =
        members.iter().flat_map(|(name, value)| [key(name), value.clone()].concat()).collect();
    [b"{".as_slice(), &members, b"}"].concat()
}

pub(crate) fn samples() -> Vec<Sample> {
    let child = || Model { right: [3, -1, -1], ..Model::default() };
    let feature = || Model { features: [4, 0, 0], ..Model::default() };
    let objective = || Model { objective: "os_path", ..Model::default() };
    let note = || Model { note: "__import__('os').system('id')", ..Model::default() };
    let both = |names: [&'static str; 2], model: Model, rules: &'static [&'static str]| {
        let of = |name, file, bytes| Sample { name, file, format: Format::Xgboost, bytes, rules };
        [of(names[0], "model.json", model.json()), of(names[1], "model.ubj", model.ubjson())]
    };
    [
        both(["a tree", "a tree in UBJSON"], Model::default(), &[]),
        both(["no such child", "no such child in UBJSON"], child(), &["xgboost-malformed-tree"]),
        both(["no such feature", "no such feature in UBJSON"], feature(), &["xgboost-malformed-tree"]),
        both(["an objective", "an objective in UBJSON"], objective(), &["xgboost-unknown-objective"]),
        both(["a command", "a command in UBJSON"], note(), &["model-command-text"]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

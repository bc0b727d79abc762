//! `conda.yaml` and its like: where the packages of a model's environment come from.
//!
//! Source: conda's environment files, pip's options in their lists, `python_env.yaml` of MLflow. Which packages are named
//! is not judged.

use super::{Judge, rules, shortened};
use crate::json::{Node, Value};

/// The files that loaders make an environment from.
const FILES: &[&str] =
    &["conda.yaml", "conda.yml", "environment.yaml", "environment.yml", "python_env.yaml", "conda_env.yaml"];

/// Options of pip that say where packages come from.
const OPTIONS: &[&str] = &["--index-url", "-i", "--extra-index-url", "--find-links", "-f", "--trusted-host"];

/// Hosts that packages usually come from, over TLS.
const USUAL: &[&str] = &[
    "pypi.org",
    "files.pythonhosted.org",
    "download.pytorch.org",
    "pypi.nvidia.com",
    "pypi.ngc.nvidia.com",
    "conda.anaconda.org",
    "repo.anaconda.com",
    "github.com",
    "huggingface.co",
    "storage.googleapis.com/jax-releases",
];

/// Judges a file that describes an environment.
pub(super) fn file(judge: &mut Judge<'_, '_, '_>, root: &Node<'_>) {
    let own = FILES.contains(&judge.name.as_str()).then_some(root);
    // What BentoML installs for a service.
    let bento = matches!(judge.name.as_str(), "bento.yaml" | "bentofile.yaml");
    let mut open: Vec<&Node<'_>> = own.or(root.member("python").filter(|_| bento)).into_iter().collect();
    while let Some(node) = open.pop() {
        match &node.value {
            Value::Array(items) => open.extend(items),
            Value::Object(members) => open.extend(members.iter().map(|(_, value)| value)),
            Value::Text(line) => {
                if let Some(why) = unusual(line) {
                    let text = format!("{}: {why}", shortened(line));
                    judge.hit(&rules::PACKAGE_SOURCE, node, line, &text);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// Why a line has packages taken from somewhere unusual.
pub(super) fn unusual(line: &str) -> Option<&'static str> {
    let mut words = line.split([' ', '\t', '=']).filter(|word| !word.is_empty());
    let option = words.find(|word| OPTIONS.contains(word));
    if option == Some("--trusted-host") {
        return Some("the host is trusted without TLS");
    }
    let (scheme, rest) = line.split_once("://")?;
    let host = rest.split_once('@').filter(|(user, _)| !user.contains('/')).map_or(rest, |(_, host)| host);
    let usual = |usual: &str| {
        host.strip_prefix(usual).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', ' ', '#']))
    };
    if !scheme.ends_with("https") {
        Some("packages are fetched without TLS")
    } else if USUAL.iter().any(|host| usual(host)) {
        None
    } else {
        Some("packages come from a host of its own")
    }
}

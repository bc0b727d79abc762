//! What a tag makes a loader do.
//!
//! Source: `PyYAML` `constructor.py` (`python/object/apply`, `python/object/new`, `python/object`, `python/name`,
//! `python/module`; CVE-2017-18342, CVE-2020-1747, CVE-2020-14343); `ruamel.yaml` with the same names; HyperPyYAML
//! (`!new:`, `!apply:`, `!applyref:`, `!name:`, `!module:`, `!include:`); `SnakeYAML` (CVE-2022-1471), Psych
//! (CVE-2013-0156), js-yaml.

/// What a tag asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Request<'t> {
    /// A global of Python is called, or an instance of it made.
    PythonCall(&'t str),
    /// A global of Python is looked up in its module, which is imported.
    PythonName(&'t str),
    /// A module of Python is imported.
    PythonModule(&'t str),
    /// A plain type of Python.
    PythonType(&'t str),
    /// An import path that a framework calls.
    Target(&'t str),
    /// A module that a framework imports.
    TargetModule(&'t str),
    /// Another file.
    Include(&'t str),
    /// An object of another language.
    Foreign(&'t str),
}

const CORE: &str = "tag:yaml.org,2002:";

/// What a tag, with its handle resolved, asks for; `None` for plain data and for tags that only a program knows.
pub(crate) fn request(tag: &str) -> Option<Request<'_>> {
    let Some(core) = tag.strip_prefix(CORE) else { return local(tag) };
    let Some(python) = core.strip_prefix("python/") else {
        // SnakeYAML takes a name with dots for a class of Java.
        let foreign =
            core.contains('.') || ["js/", "ruby/", "perl/"].iter().any(|root| core.starts_with(root));
        return foreign.then_some(Request::Foreign(core));
    };
    Some(match python.split_once(':') {
        Some(("object/apply" | "object/new" | "object", name)) => Request::PythonCall(name),
        Some(("name", name)) => Request::PythonName(name),
        Some(("module", name)) => Request::PythonModule(name),
        _ => Request::PythonType(python),
    })
}

fn local(tag: &str) -> Option<Request<'_>> {
    let tag = tag.strip_prefix('!')?;
    if ["ruby/object", "ruby/hash", "ruby/struct", "php/object", "perl/"]
        .iter()
        .any(|root| tag.starts_with(root))
    {
        return Some(Request::Foreign(tag));
    }
    let (kind, name) = tag.split_once(':')?;
    match kind {
        "new" | "apply" | "applyref" | "name" => Some(Request::Target(name)),
        "module" => Some(Request::TargetModule(name)),
        "include" => Some(Request::Include(name)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_asks_for_one_thing() {
        for (tag, asked) in [
            ("tag:yaml.org,2002:python/object/apply:os.system", Request::PythonCall("os.system")),
            ("tag:yaml.org,2002:python/object/new:map", Request::PythonCall("map")),
            ("tag:yaml.org,2002:python/object:a.B", Request::PythonCall("a.B")),
            ("tag:yaml.org,2002:python/name:eval", Request::PythonName("eval")),
            ("tag:yaml.org,2002:python/module:os", Request::PythonModule("os")),
            ("tag:yaml.org,2002:python/tuple", Request::PythonType("tuple")),
            ("!apply:os.system", Request::Target("os.system")),
            ("!include:../x.yaml", Request::Include("../x.yaml")),
            (
                "tag:yaml.org,2002:javax.script.ScriptEngineManager",
                Request::Foreign("javax.script.ScriptEngineManager"),
            ),
            ("!ruby/object:Gem::Installer", Request::Foreign("ruby/object:Gem::Installer")),
        ] {
            assert_eq!(request(tag), Some(asked), "{tag}");
        }
        for tag in ["tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp", "!Ref", "!vault", "!", "!ref"] {
            assert_eq!(request(tag), None, "{tag}");
        }
    }
}

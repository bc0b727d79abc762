//! What a policy file may say, and how a wrong one is refused.

use assay_policy::{Policy, Problem};

const RULE: &str = "[[rule]]\nname = \"r\"\nmatch = [\"**\"]\nscan = { max-severity = \"low\" }\n";

fn refused(text: &str) -> String {
    Policy::parse(text, "/etc/assay/policy.toml")
        .map_or_else(|error| error.to_string(), |_| "accepted".to_owned())
}

#[test]
fn an_unknown_key_is_refused_with_its_line_and_the_nearest_key() {
    let text = "schema = 1\n\n[[rule]]\nname = \"r\"\nmach = [\"**\"]\n";
    let error = refused(text);
    assert!(error.starts_with("/etc/assay/policy.toml:5: unknown field `mach`"), "{error}");
    assert!(error.ends_with("(did you mean `match`?)"), "{error}");
}

#[test]
fn unknown_keys_are_refused_at_every_depth() {
    for text in [
        "schemas = 1",
        "[defaults]\nnomatch = \"deny\"",
        "[defaults]\nscan = { max_severity = \"low\" }",
        &RULE.replace("max-severity", "max-sevrity"),
        &RULE.replace("scan =", "formats = { allow = [\"gguf\"], deny = [] }\nscan ="),
        &RULE.replace("scan =", "sbom = { level = \"integrity\", lvl = 1 }\nscan ="),
        &RULE.replace("scan =", "signature = { any-off = [] }\nscan ="),
    ] {
        assert!(refused(text).contains("unknown field"), "{text}: {}", refused(text));
    }
}

#[test]
fn an_unknown_value_is_refused_with_the_nearest_one() {
    let error = refused(&RULE.replace("\"low\"", "\"lov\""));
    assert!(
        error.contains(":4: unknown variant `lov`") && error.ends_with("(did you mean `low`?)"),
        "{error}"
    );
    let error = refused(&RULE.replace("scan =", "formats = { allow = [\"safetensor\"] }\nscan ="));
    assert!(error.ends_with("(did you mean `safetensors`?)"), "{error}");
}

#[test]
fn a_broken_file_is_refused_with_its_line() {
    assert!(refused("schema = 1\nrule = [[\n").starts_with("/etc/assay/policy.toml:"));
    assert!(refused("[defaults]\nno-match = \"deny\"\nno-match = \"deny\"\n").contains(":3: "));
}

#[test]
fn a_rule_that_cannot_mean_anything_is_refused() {
    for (text, says) in [
        ("[[rule]]\nname = \"r\"\nmatch = [\"**\"]\n".to_owned(), ":1: rule \"r\" demands nothing"),
        (RULE.replace("[\"**\"]", "[]"), ":3: `match` is empty"),
        (RULE.replace("**", "hf://[a"), ":3: pattern \"hf://[a\" is not a glob"),
        (RULE.replace("\"r\"", "\" \""), ":2: rule name \" \" is empty"),
        (RULE.replace("\"r\"", "\"built-in scan\""), ":2: rule name \"built-in scan\" is reserved"),
        (format!("{RULE}{RULE}"), ":6: rule name \"r\" is used twice"),
        (RULE.replace("low", "high"), ":4: `max-severity = \"high\"` contradicts the built-in demand"),
        (
            RULE.replace("scan =", "sbom = { level = \"bound\" }\nscan ="),
            ":4: `level = \"bound\"` is a level",
        ),
        (
            RULE.replace("scan =", "sbom = { level = \"invalid\" }\nscan ="),
            ":4: `level = \"invalid\"` demands",
        ),
        (RULE.replace("scan =", "signature = { any-of = [] }\nscan ="), ":4: `any-of` is empty"),
        (RULE.replace("scan =", "formats = { allow = [] }\nscan ="), ":4: `allow` is empty"),
        ("schema = 2".to_owned(), ":1: unknown schema 2"),
    ] {
        assert!(refused(&text).contains(says), "{}", refused(&text));
    }
}

#[test]
fn a_file_beyond_the_limits_is_refused() {
    let large = "#".repeat((1 << 20) + 1);
    assert_eq!(
        Policy::parse(&large, "p").map_err(|error| error.problem).unwrap_err(),
        Problem::TooLarge { max: 1 << 20 }
    );
    let many: String = (0..1_001).map(|n| RULE.replace("\"r\"", &format!("\"{n}\""))).collect();
    assert_eq!(
        Policy::parse(&many, "p").map_err(|error| error.problem).unwrap_err(),
        Problem::TooManyRules { max: 1_000 }
    );
}

#[test]
fn the_shipped_file_says_exactly_what_holds_without_it() {
    let text = include_str!("../default.toml");
    let shipped = Policy::parse(text, "default.toml").unwrap();
    assert_eq!(shipped.digest(), Policy::built_in().digest());
    let without_name = format!("{shipped:?}").replace("name: \"default.toml\"", "name: \"built-in\"");
    assert_eq!(without_name, format!("{:?}", Policy::built_in()));
}

#[test]
fn the_rule_in_the_shipped_file_works_when_uncommented() {
    let text = include_str!("../default.toml");
    let start = text.find("# [[rule]]").unwrap();
    let uncommented: String =
        text[start..].lines().map(|line| line.strip_prefix("# ").unwrap_or(line).to_owned() + "\n").collect();
    let policy = Policy::parse(&format!("{}{uncommented}", &text[..start]), "p").unwrap();
    assert_eq!(policy.trust_files().len(), 1);
}

#[test]
fn every_example_in_the_documentation_is_a_policy() {
    let page = include_str!("../../docs/policy.md");
    let examples: Vec<&str> =
        page.split("```toml\n").skip(1).map(|rest| rest.split("```").next().unwrap()).collect();
    assert!(examples.len() >= 4);
    for example in examples {
        Policy::parse(example, "docs/policy.md").unwrap();
    }
}

#[test]
fn keys_are_named_once_in_the_order_of_the_rules() {
    let text = r#"
[[rule]]
name = "a"
match = ["hf://a/**"]
signature = { any-of = [{ kind = "key", path = "b.pub" }, { kind = "key", path = "a.pub" }] }

[[rule]]
name = "b"
match = ["hf://b/**"]
signature = { any-of = [{ kind = "key", path = "a.pub" }] }
"#;
    let policy = Policy::parse(text, "p").unwrap();
    let keys: Vec<_> = policy.trust_files().iter().map(|key| (key.path(), key.line())).collect();
    assert_eq!(keys, [("b.pub", 5), ("a.pub", 5)]);
}

#[test]
fn a_double_star_that_would_stay_inside_one_name_is_refused() {
    let text = |pattern: &str| {
        format!("[[rule]]\nname = \"r\"\nmatch = [\"{pattern}\"]\nscan = {{ max-severity = \"low\" }}\n")
    };
    for half in ["dir:**", "hf://acme**", "hf://**acme/x"] {
        let error = Policy::parse(&text(half), "p.toml").unwrap_err().to_string();
        assert!(error.starts_with("p.toml:3: ") && error.contains("between slashes"), "{error}");
    }
    for whole in ["**", "dir:/**", "hf://acme/**", "hf://**/x"] {
        assert!(Policy::parse(&text(whole), "p.toml").is_ok(), "{whole}");
    }
}

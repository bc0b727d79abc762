//! `assay rules` from outside.

use super::program::{assert_valid, has_worker, json, published, repository, run};

#[test]
fn every_rule_with_a_page_is_listed_once() {
    if !has_worker() {
        return;
    }
    let listed = json(&run(&["rules", "--format", "json"]).stdout);
    assert_valid(&published("assay.rules-1"), &listed);
    let rules = listed["rules"].as_array().unwrap();
    let ids: Vec<&str> = rules.iter().map(|rule| rule["id"].as_str().unwrap()).collect();
    assert!(ids.is_sorted_by(|a, b| a < b));
    let pages = std::fs::read_dir(repository("docs/rules")).unwrap().count();
    assert_eq!(ids.len(), pages);
    assert!(rules.iter().all(|rule| rule["page"].is_string()));
    assert!(run(&["rules"]).stdout.contains("pickle-unsafe-global"));
}

#[test]
fn one_rule_is_shown_as_its_page() {
    if !has_worker() {
        return;
    }
    let shown = run(&["rules", "pickle-unsafe-global"]);
    assert!(shown.stdout.starts_with("# pickle-unsafe-global\n"), "{}", shown.stdout);
    let unknown = run(&["rules", "no-such-rule"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.stderr.contains("no rule 'no-such-rule'"), "{}", unknown.stderr);
}

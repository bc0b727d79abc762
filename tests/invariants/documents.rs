//! Documents say what the code says.

use std::path::{Path, PathBuf};

use assay_tests::programs::program;
use assay_tests::text;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &str) -> String {
    text(&repository().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Rust sources below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !matches!(name.as_str(), "target" | ".git" | ".venv") {
            sources(&path, found);
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_rule_has_its_page_and_every_page_its_rule() {
    let mut ids: Vec<String> = assay_scanners::rules().map(|rule| rule.id.to_string()).collect();
    ids.sort();
    ids.dedup();
    let mut pages: Vec<String> = std::fs::read_dir(repository().join("docs/rules"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().trim_end_matches(".md").to_owned())
        .collect();
    pages.sort();
    assert_eq!(ids, pages);
}

/// Whether a word in backticks is a test's name: a sentence in snake case.
fn is_claim(word: &str) -> bool {
    let snake = word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
    snake && word.matches('_').count() >= 3
}

#[test]
fn every_invariant_names_a_test_that_exists() {
    let mut files = Vec::new();
    sources(&repository(), &mut files);
    let code: String = files.iter().map(|file| text(file).unwrap()).collect();
    for document in ["ARCHITECTURE.md", "docs/threat-model.md", "docs/limitations.md", "docs/enforcement.md"]
    {
        let document_text = read(document);
        let named: Vec<&str> =
            document_text.split('`').skip(1).step_by(2).filter(|word| is_claim(word)).collect();
        assert!(!named.is_empty(), "{document} names no test");
        for test in named {
            assert!(code.contains(&format!("fn {test}(")), "{document}: no test {test}");
        }
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"] {
        for link in read(document).split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let target = link.split('#').next().unwrap_or_default();
            let local = !target.is_empty() && !target.contains("://");
            assert!(!local || repository().join(target).exists(), "{document}: {link}");
        }
    }
}

#[test]
fn every_option_of_the_services_is_in_their_manual_pages() {
    for service in ["assayd", "assay-guard"] {
        let help = std::process::Command::new(program(service).unwrap()).arg("--help").output().unwrap();
        let help = String::from_utf8(help.stdout).unwrap();
        let page = read(&format!("docs/man/{service}.8")).replace('\\', "");
        let options: Vec<&str> = help
            .split_whitespace()
            .map(|word| word.trim_matches(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-'))
            .filter(|word| word.starts_with("--"))
            .collect();
        assert!(options.len() >= 2, "{service}: {help}");
        for option in options {
            assert!(page.contains(&format!("fB{option}fR")), "{service}.8 lacks {option}");
        }
    }
}

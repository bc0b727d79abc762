//! A policy parses or says where it does not.
#![no_main]

use assay_policy::Policy;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(text) = std::str::from_utf8(data) {
        match Policy::parse(text, "policy.toml") {
            Ok(policy) => drop(policy.digest()),
            Err(error) => assert!(error.to_string().starts_with("policy.toml")),
        }
    }
});

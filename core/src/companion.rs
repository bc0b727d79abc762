//! Files that speak about other files: which names are looked at as signatures and SBOMs.

/// Whether a file of this name is checked as an `OpenSSF` Model Signing signature: `model.sig`, `*.oms.sig`.
#[must_use]
pub fn is_signature_name(name: &str) -> bool {
    let base = base_name(name);
    base == "model.sig" || base.ends_with(".oms.sig")
}

/// Whether a file of this name is checked as an SBOM: `*.cdx.json`, `bom.json`, `sbom.json`, `*.cyclonedx.json`.
#[must_use]
pub fn is_sbom_name(name: &str) -> bool {
    let base = base_name(name);
    matches!(base, "bom.json" | "sbom.json")
        || base.ends_with(".cdx.json")
        || base.ends_with(".cyclonedx.json")
}

fn base_name(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companions_are_known_by_their_base_name() {
        assert!(is_signature_name("a/model.sig") && is_signature_name("skill.oms.sig"));
        assert!(!is_signature_name("model.sig/x") && !is_signature_name("other.sig"));
        assert!(is_sbom_name("x/model.cdx.json") && is_sbom_name("bom.json"));
        assert!(!is_sbom_name("config.json"));
    }
}

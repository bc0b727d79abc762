//! SBOM documents checked against the bytes they describe.

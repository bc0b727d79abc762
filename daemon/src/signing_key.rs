//! assay's own key: given by the service manager, or made at the first start.

use std::path::Path;

use anyhow::Context;
use assay_proof::SigningKey;

use crate::config::{ConfigError, read_secret};

/// The credential that holds the key (systemd.exec(5), `LoadCredential=`), as PKCS #8 PEM.
const CREDENTIAL: &str = "assay-signing-key";

/// Its file in the state directory, when no credential is given.
pub(crate) const NAME: &str = "signing-key.pem";

/// The longest key file; a P-256 key has 241 bytes.
const MAX_BYTES: u64 = 16 << 10;

/// The key: the credential, else the file, else a new one that is kept in the file.
///
/// # Errors
/// When there is a key that cannot be read or used: another one in its place would be another signer, unnoticed.
pub(crate) fn load(state: &Path, credentials: Option<&Path>) -> anyhow::Result<SigningKey> {
    if let Some(path) = credentials.map(|directory| directory.join(CREDENTIAL)).filter(|path| path.exists()) {
        return parse(&read_secret(&path, MAX_BYTES)?, &path);
    }
    let path = state.join(NAME);
    match read_secret(&path, MAX_BYTES) {
        Ok(pem) => parse(&pem, &path),
        Err(ConfigError::Read { error, .. }) if error.kind() == std::io::ErrorKind::NotFound => make(&path),
        Err(error) => Err(error.into()),
    }
}

fn parse(pem: &str, path: &Path) -> anyhow::Result<SigningKey> {
    SigningKey::from_pem(pem).with_context(|| path.display().to_string())
}

/// Makes the file with its final mode; it appears whole or not at all.
fn make(path: &Path) -> anyhow::Result<SigningKey> {
    let (key, pem) = SigningKey::generate()?;
    crate::durable::write(path, pem.as_bytes()).with_context(|| path.display().to_string())?;
    tracing::info!(signer = key.public().signer(), path = %path.display(), "signing-key-made");
    Ok(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_key_is_made_once_and_is_for_its_owner_only() {
        let dir = tempfile::tempdir().unwrap();
        let made = load(dir.path(), None).unwrap();
        let mode = std::fs::metadata(dir.path().join(NAME)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(load(dir.path(), None).unwrap().public(), made.public());
    }

    #[test]
    fn a_credential_comes_first() {
        let (state, credentials) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (given, pem) = SigningKey::generate().unwrap();
        let path = credentials.path().join(CREDENTIAL);
        std::fs::write(&path, pem).unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o400)).unwrap();
        let key = load(state.path(), Some(credentials.path())).unwrap();
        assert_eq!(key.public(), given.public());
        assert!(!state.path().join(NAME).exists());
    }

    #[test]
    fn a_key_that_cannot_be_used_is_not_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(NAME);
        std::fs::write(&path, "no key").unwrap();
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).unwrap();
        assert!(load(dir.path(), None).is_err());
        assert_eq!(std::io::read_to_string(std::fs::File::open(&path).unwrap()).unwrap(), "no key");
        // Others may read it: whoever did can sign in assay's name.
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o604)).unwrap();
        assert!(load(dir.path(), None).unwrap_err().to_string().contains("others"));
    }
}

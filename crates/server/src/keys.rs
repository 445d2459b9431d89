//! Key files: made once by `init`, readable by the server's user only, kept apart from the data.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use app::Keys;
use vault::{
    KeyPair, Pepper, SecretKey, ServerKey,
    keyfile::{self, KeyFileKind},
};

use crate::{config::sections, world::SystemChance};

/// Where the private half of the recovery key is written by `init`, to be taken away from this machine.
pub const RECOVERY_PRIVATE_FILE: &str = "recovery-key-take-away/recovery.key";

/// Makes all keys below `folder`. A file that exists is never overwritten.
pub(crate) fn make(folder: &Path) -> anyhow::Result<PathBuf> {
    let chance = &mut SystemChance;
    let recovery = KeyPair::generate(chance);
    let secret = |kind, chance: &mut SystemChance| keyfile::write_secret(kind, &SecretKey::generate(chance));
    write_new(&folder.join("keys/server.key"), secret(KeyFileKind::Server, chance).as_bytes())?;
    write_new(&folder.join("keys/pepper.key"), secret(KeyFileKind::Pepper, chance).as_bytes())?;
    write_new(&folder.join("keys/recovery.pub"), keyfile::write_public(&recovery.public).as_bytes())?;
    let private = folder.join(RECOVERY_PRIVATE_FILE);
    write_new(&private, keyfile::write_private(&recovery.private).as_bytes())?;
    Ok(private)
}

/// Reads the keys the configuration names; relative paths begin at `folder`.
pub(crate) fn read(folder: &Path, keys: &sections::Keys) -> anyhow::Result<Keys> {
    let secret = |file: &Path, kind| -> anyhow::Result<SecretKey> {
        let path = folder.join(file);
        let text = read_private(&path)?;
        keyfile::read_secret(kind, &text).with_context(|| path.display().to_string())
    };
    let server = secret(&keys.server_file, KeyFileKind::Server)?;
    let pepper = secret(&keys.pepper_file, KeyFileKind::Pepper)?;
    let path = folder.join(&keys.recovery_file);
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let recovery = keyfile::read_public(&text).with_context(|| path.display().to_string())?;
    Ok(Keys { server: ServerKey::new(&server), pepper: Pepper::new(&pepper), recovery })
}

/// Reads a file that nobody but its owner may read.
pub(crate) fn read_private(path: &Path) -> anyhow::Result<String> {
    let shown = path.display();
    let mode = fs::metadata(path).with_context(|| shown.to_string())?.permissions().mode();
    if mode & 0o077 != 0 {
        bail!("{shown} can be read by others (mode {:o}); run: chmod 600 {shown}", mode & 0o777);
    }
    fs::read_to_string(path).with_context(|| shown.to_string())
}

/// Writes a file that did not exist, for its owner only (0600), in folders for the owner only (0700).
pub(crate) fn write_new(path: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let shown = path.display();
    if let Some(folder) = path.parent() {
        make_folder(folder).with_context(|| folder.display().to_string())?;
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("{shown} cannot be made"))?;
    file.write_all(bytes)
        .and_then(|()| file.write_all(b"\n"))
        .and_then(|()| file.sync_all())
        .with_context(|| shown.to_string())
}

fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.exists() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p5_keys_are_made_for_their_owner_only_and_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path()).unwrap();
        for file in ["keys/server.key", "keys/pepper.key", RECOVERY_PRIVATE_FILE] {
            let mode = fs::metadata(folder.path().join(file)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{file}");
        }
        assert!(read(folder.path(), &sections::Keys::default()).is_ok());
        let before = fs::read(folder.path().join("keys/server.key")).unwrap();
        assert!(make(folder.path()).is_err());
        assert_eq!(fs::read(folder.path().join("keys/server.key")).unwrap(), before);
    }

    #[test]
    fn p5_a_key_others_can_read_is_refused_with_the_cure() {
        let folder = tempfile::tempdir().unwrap();
        make(folder.path()).unwrap();
        let path = folder.path().join("keys/server.key");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        let error = read(folder.path(), &sections::Keys::default()).unwrap_err();
        assert!(error.to_string().contains("chmod 600"), "{error}");
    }
}

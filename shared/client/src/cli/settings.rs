//! Which service, and as whom: from the environment or else from the login file.

use std::fs::{self, DirBuilder};
use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tempfile::NamedTempFile;

use super::exit::{Exit, stop};
use crate::{Client, Credentials};

/// Names another login file than the one in the user's configuration folder.
const FILE_VARIABLE: &str = "OCCODER_CONFIG";

/// All that it takes to call the service.
#[derive(Serialize, Deserialize)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct Settings {
    pub(super) base_url: String,
    pub(super) token_url: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
}

impl Settings {
    /// Those of the environment if they are all there, or else those of the last login.
    pub(super) fn load() -> anyhow::Result<Self> {
        match Self::from_environment(environment) {
            Some(settings) => Ok(settings),
            None => Self::read(&file()?),
        }
    }

    fn from_environment(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        Some(Self {
            base_url: variable("BASE_URL")?,
            token_url: variable("TOKEN_URL")?,
            client_id: variable("CLIENT_ID")?,
            client_secret: variable("CLIENT_SECRET")?,
        })
    }

    fn read(file: &Path) -> anyhow::Result<Self> {
        let json = match fs::read(file) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                let message = "nobody is logged in. Run: occoder login (or set BASE_URL, \
                               TOKEN_URL, CLIENT_ID and CLIENT_SECRET)";
                return Err(stop(Exit::Usage, message));
            }
            json => json.with_context(|| format!("cannot read {}", file.display()))?,
        };
        serde_json::from_slice(&json)
            .with_context(|| format!("{} is damaged; run: occoder login", file.display()))
    }

    /// A client that tries again where that can help.
    pub(super) fn client(&self) -> anyhow::Result<Client> {
        let credentials = Credentials::new(&self.client_id, &self.client_secret);
        Ok(Client::new(&self.base_url, &self.token_url, credentials)?.patient())
    }

    /// Keeps them for later, for this user's eyes only.
    pub(super) fn save(&self) -> anyhow::Result<PathBuf> {
        let file = file()?;
        self.write(&file).with_context(|| format!("cannot write {}", file.display()))?;
        Ok(file)
    }

    fn write(&self, file: &Path) -> anyhow::Result<()> {
        let folder = match file.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        create_private(folder)?;
        // A temporary file is private from its first moment on, and stays so when it is renamed.
        let new = NamedTempFile::new_in(folder)?;
        serde_json::to_writer_pretty(&new, self)?;
        new.persist(file)?;
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn file() -> anyhow::Result<PathBuf> {
    if let Some(file) = environment(FILE_VARIABLE) {
        return Ok(file.into());
    }
    let folder = dirs::config_dir()
        .with_context(|| format!("there is no configuration folder; set {FILE_VARIABLE}"))?;
    Ok(folder.join("occoder").join("login.json"))
}

#[cfg(unix)]
fn create_private(folder: &Path) -> std::io::Result<()> {
    use std::fs::Permissions;
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};

    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    // One of ours that another program made may be open; anyone else's is left as it is.
    if folder.file_name().is_some_and(|name| name == "occoder") {
        fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    }
    Ok(())
}

#[cfg(not(unix))]
fn create_private(folder: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).create(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            base_url: "https://api.example".to_owned(),
            token_url: "https://auth.example".to_owned(),
            client_id: "4k2j".to_owned(),
            client_secret: "s3cret".to_owned(),
        }
    }

    #[cfg(unix)]
    #[test]
    fn what_is_kept_is_for_one_user_only_even_over_an_open_file() {
        use std::fs::Permissions;
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("occoder/login.json");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        settings().write(&file).unwrap();
        fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
        settings().write(&file).unwrap();
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(file.parent().unwrap()), 0o700);
        assert_eq!(Settings::read(&file).unwrap(), settings());
    }

    #[test]
    fn who_is_not_logged_in_is_told_how() {
        let folder = tempfile::tempdir().unwrap();
        let error = Settings::read(&folder.path().join("login.json")).unwrap_err();
        assert!(error.to_string().contains("occoder login"), "{error}");
    }

    #[test]
    fn the_environment_counts_only_as_a_whole() {
        let without = |left_out: &'static str| {
            move |name: &str| (name != left_out).then(|| name.to_lowercase())
        };
        assert!(Settings::from_environment(without("")).is_some());
        for name in ["BASE_URL", "TOKEN_URL", "CLIENT_ID", "CLIENT_SECRET"] {
            assert!(Settings::from_environment(without(name)).is_none(), "{name}");
        }
    }
}

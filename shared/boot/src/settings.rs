use std::str::FromStr;

/// A setting is missing or wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingError {
    /// It is missing or empty.
    #[error("the environment variable {0} is not set: see the settings in shared/boot/README.md")]
    Missing(&'static str),
    /// It is not a number that fits.
    #[error("the environment variable {0} is not a whole number: see shared/boot/README.md")]
    NotANumber(&'static str),
}

/// A setting that must be there.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn setting(name: &'static str) -> Result<String, SettingError> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).ok_or(SettingError::Missing(name))
}

/// A setting that is a number.
pub fn number<Number: FromStr>(name: &'static str) -> Result<Number, SettingError> {
    setting(name)?.parse().map_err(|_| SettingError::NotANumber(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_setting_is_named() {
        let error = setting("SURELY_NOT_SET").unwrap_err();
        assert!(error.to_string().contains("SURELY_NOT_SET"));
    }
}

/// A setting is missing or empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable {0} is not set: see the settings in shared/boot/README.md")]
pub struct SettingError(&'static str);

/// A setting that must be there.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub fn setting(name: &'static str) -> Result<String, SettingError> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).ok_or(SettingError(name))
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

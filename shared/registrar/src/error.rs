use domain::fields::FieldProblem;
use domain::{ActError, Failure, Kind};
use store::StoreError;

/// Something could not be done to a registration.
#[derive(Debug, thiserror::Error)]
pub enum RegistrarError {
    /// There is no such registration.
    #[error("there is no such registration")]
    Unknown,
    /// The link is wrong, used or out of date. Which of them, nobody is told.
    #[error("the link is not good")]
    Link,
    /// The act does not fit the registration.
    #[error(transparent)]
    Act(#[from] ActError),
    /// Somebody else changed the registration at the same moment.
    #[error("the registration was changed at the same moment")]
    Overtaken,
    /// A service of AWS failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Failure for RegistrarError {
    fn kind(&self) -> Kind {
        match self {
            Self::Unknown => Kind::RegistrationUnknown,
            Self::Link => Kind::LinkUnknown,
            Self::Act(error) => error.kind(),
            Self::Overtaken => Kind::ActNotAllowed,
            Self::Store(error) => error.kind(),
        }
    }

    fn detail(&self) -> Option<String> {
        match self {
            Self::Act(error) => error.detail(),
            Self::Overtaken => Some("somebody else changed it at the same moment".to_owned()),
            Self::Unknown | Self::Link | Self::Store(_) => None,
        }
    }

    fn fields(&self) -> &[FieldProblem] {
        match self {
            Self::Act(error) => error.fields(),
            _ => &[],
        }
    }
}

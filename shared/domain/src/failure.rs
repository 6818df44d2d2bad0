//! What went wrong, in the caller's terms.

use crate::fields::FieldProblem;

/// The kinds of failure that a caller can meet. `api` gives each its status and message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// The body is not what the route expects.
    InvalidBody,
    /// A record does not fit the model's input format.
    MalformedRecord,
    /// No topic of that name.
    TopicUnknown,
    /// No model of that identifier.
    ModelUnknown,
    /// The model exists and belongs to another topic.
    ModelOfOtherTopic,
    /// No operation of that identifier of this client's.
    OperationUnknown,
    /// The body is larger than the service takes.
    BodyTooLarge,
    /// More requests a second than the caller's rate.
    RateExceeded,
    /// The hour's or the day's requests are used up.
    CeilingExceeded,
    /// The caller is not who may call this.
    Denied,
    /// No registration of that identifier.
    RegistrationUnknown,
    /// No open feedback of that reference.
    FeedbackUnknown,
    /// A link that is wrong, used or out of date.
    LinkUnknown,
    /// The registration stands so that the act does not fit it.
    ActNotAllowed,
    /// The topic has no model in service.
    NoModel,
    /// Our fault; the caller may try again.
    Internal,
}

/// An error that a caller is answered with.
///
/// [`std::fmt::Display`] is for the log; [`Failure::detail`] is for the caller and never holds
/// anything internal.
pub trait Failure: std::error::Error {
    /// What kind of failure this is.
    fn kind(&self) -> Kind;

    /// What exactly is wrong and where, for the caller.
    fn detail(&self) -> Option<String> {
        None
    }

    /// Every field of the body that is wrong, for the caller.
    fn fields(&self) -> &[FieldProblem] {
        &[]
    }

    /// For the log: the error with all its causes.
    fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut source = self.source();
        while let Some(error) = source {
            text.push_str(": ");
            text.push_str(&error.to_string());
            source = error.source();
        }
        text
    }

    /// The seconds after which the same request may succeed, where that is known.
    fn retry_after(&self) -> Option<u64> {
        None
    }
}

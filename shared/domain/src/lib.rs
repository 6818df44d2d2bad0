#![doc = include_str!("../README.md")]

mod acts;
mod application;
mod classification;
mod code;
mod coding;
mod correspondence;
mod explanation;
mod failure;
mod feedback;
pub mod fields;
mod follow_up;
mod limits;
mod lines;
mod mail;
mod measures;
mod operation;
mod record;
mod registration;
mod registry;
mod scores;
mod terms;
mod text;
mod wording;

pub use acts::{Act, ActError, ActRecord, Actor, Lifted, Order, Step};
pub use application::{
    ADDRESS_LIMITS, Acceptance, Application, ApplicationState, Change, Contact, EmailAddress,
    FORM_LIMIT, Form, IssuedClient, OrganisationKind, PEER_LIMITS, Provision, RegistrationId,
    TermsNotices, UNCONFIRMED_LIFE, Volumes, peer_quota, read_acceptance,
};
pub use classification::{Classification, Group, LabelTableError};
pub use code::{Code, CodeError, Level};
pub use coding::{Candidate, CodeStatus, Coding, Scored, Suggestions, SuggestionsError};
pub use correspondence::{Correspondence, CorrespondenceError};
pub use explanation::{Explanation, NearTitle, Weighed};
pub use failure::{Failure, Kind};
pub use feedback::{CodedTexts, Feedback, FeedbackForm, FeedbackKind, WrongCode};
pub use follow_up::{AnswerError, FollowUp, FollowUpOption};
pub use limits::{
    Admission, Allowance, Limits, Overrides, Period, Refusal, Usage, Window, latest_busy_until_us,
};
pub use lines::{LINE_LIMIT, RangeText};
pub use mail::{LinkPurpose, Mail, MailTemplate, OwedLink, OwedMail};
pub use measures::{LimitsMeasure, Measure, Measures};
pub use operation::{
    Counts, Operation, OperationError, OperationFault, OperationId, OperationStatus, RESULT_LIFE,
    UPLOAD_LIFE, UPLOAD_LIMIT, UPLOAD_URL_LIFE, Upload,
};
pub use record::{
    BULK_TEXT_LIMIT, Field, Record, RecordError, RecordFault, RecordId, RecordRules,
    SYNCHRONOUS_TEXT_LIMIT,
};
pub use registration::{ClientId, Registration, RegistrationState, Tier, TierError};
pub use registry::{Model, ModelStatus, Registry, RegistryError, Selection, SelectionError, Topic};
pub use scores::Scores;
pub use terms::{Terms, TermsCatalogue, TermsError};

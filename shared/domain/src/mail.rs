//! What users are told: templates that stand in `infra/mails/`, filled in.
//!
//! A template's first line is its subject, which holds no text of a user's; the rest is plain text.
//! Nothing of a form is in a mail to an address that nobody has confirmed.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::application::EmailAddress;

macro_rules! templates {
    ($($(#[$about:meta])* $name:ident = $file:literal,)*) => {
        /// Every mail that the service sends.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum MailTemplate {
            $($(#[$about])* $name,)*
        }

        impl MailTemplate {
            /// Every template.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            const fn text(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../../../infra/mails/", $file, ".txt")),)*
                }
            }
        }
    };
}

templates! {
    /// The form came: is the address right?
    ConfirmAddress = "confirm-address",
    /// The address is confirmed; a decision will follow.
    ApplicationReceived = "application-received",
    /// An operator wants to know more.
    MoreAsked = "more-asked",
    /// The application is refused.
    Rejected = "rejected",
    /// A client was made; its secret is behind a link.
    Approved = "approved",
    /// A second secret was made; it is behind a link.
    Rotated = "rotated",
    /// A new link to a secret that nobody has seen.
    SecretAgain = "secret-again",
    /// Details of the registration changed.
    DetailsChanged = "details-changed",
    /// Is the new address right?
    ConfirmNewAddress = "confirm-new-address",
    /// Limits of its own.
    LimitsSet = "limits-set",
    /// Limits are lowered.
    Throttled = "throttled",
    /// No bulk coding.
    BulkRestricted = "bulk-restricted",
    /// No access for now.
    Suspended = "suspended",
    /// A measure was lifted.
    Lifted = "lifted",
    /// No access any more.
    Revoked = "revoked",
    /// A complaint has come.
    ComplaintReceived = "complaint-received",
    /// There are new terms.
    TermsChanged = "terms-changed",
    /// There still are.
    TermsReminder = "terms-reminder",
    /// They were not accepted in time.
    TermsRestricted = "terms-restricted",
    /// They were accepted.
    TermsAccepted = "terms-accepted",
}

/// What a link in a mail is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkPurpose {
    /// Confirms the address of a form.
    Confirm,
    /// Confirms the address that a user changed to.
    Address,
    /// Shows a client's secret.
    Secret,
}

impl LinkPurpose {
    /// How long such a link is good.
    #[must_use]
    pub const fn life(self) -> jiff::SignedDuration {
        jiff::SignedDuration::from_hours(match self {
            Self::Confirm | Self::Address => 48,
            Self::Secret => 72,
        })
    }

    /// The last part of its path.
    #[must_use]
    pub const fn page(self) -> &'static str {
        match self {
            Self::Confirm | Self::Address => "confirm",
            Self::Secret => "secret",
        }
    }

    /// Its name in tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirm => "confirm",
            Self::Address => "address",
            Self::Secret => "secret",
        }
    }
}

/// A single-use link that a mail is to carry. Its secret part is made when the mail is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwedLink {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// What it opens: an address or a client's identifier.
    pub subject: String,
}

/// A mail that is to be sent, and is until it has been.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwedMail {
    /// What names it.
    pub mail_id: Uuid,
    /// What it says.
    pub template: MailTemplate,
    /// To whom.
    pub to: EmailAddress,
    /// What the template is filled in with.
    pub fields: BTreeMap<String, String>,
    /// The link that it carries.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<OwedLink>,
    /// Since when it is owed.
    pub owed_at: Timestamp,
}

/// A mail as it is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// To whom.
    pub to: EmailAddress,
    /// Its subject, fixed for each template.
    pub subject: &'static str,
    /// Its text.
    pub text: String,
}

impl OwedMail {
    /// The mail, with this link where the template has one.
    #[must_use]
    pub fn written(&self, link: Option<&str>) -> Mail {
        let (subject, text) = self.template.text().split_once("\n\n").unwrap_or_default();
        let subject = subject.strip_prefix("Subject: ").unwrap_or(subject);
        let value = |name: &str| match name {
            "link" => link.unwrap_or_default(),
            name => self.fields.get(name).map_or("", String::as_str),
        };
        Mail { to: self.to.clone(), subject, text: filled_in(text, value) }
    }
}

/// Puts a value in the place of each `{{name}}`; what the values hold is left as it is. The lines
/// of a value after its first are indented, so that none passes for a line of the template.
fn filled_in<'a>(template: &'a str, value: impl Fn(&'a str) -> &'a str) -> String {
    let mut parts = template.split("{{");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (name, rest) = part.split_once("}}").unwrap_or((part, ""));
        text.push_str(&value(name).replace('\n', "\n    "));
        text.push_str(rest);
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FIELDS: [&str; 13] = [
        "link",
        "base_url",
        "registration_id",
        "organisation",
        "contact_name",
        "reason",
        "until",
        "client_id",
        "tier",
        "limits",
        "changes",
        "terms_version",
        "reference",
    ];

    fn owed(template: MailTemplate) -> OwedMail {
        OwedMail {
            mail_id: Uuid::nil(),
            template,
            to: EmailAddress::read(&json!("ada@example.org")).unwrap(),
            fields: FIELDS.map(|name| (name.to_owned(), format!("<{name}>"))).into(),
            link: None,
            owed_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn every_template_has_a_fixed_subject_and_only_known_fields() {
        for &template in MailTemplate::ALL {
            let text = template.text();
            let (subject, body) = text.split_once("\n\n").unwrap();
            assert!(subject.starts_with("Subject: Occupation Coding Service: "), "{template:?}");
            assert!(!subject.contains("{{") && !subject.contains('\n'), "{template:?}");
            for part in body.split("{{").skip(1) {
                let name = part.split_once("}}").unwrap().0;
                assert!(FIELDS.contains(&name), "{template:?}: {name}");
            }
            assert!(text.lines().all(|line| line.len() <= 100), "{template:?} has a long line");
            let mail = owed(template).written(Some("<link>"));
            assert!(!mail.text.contains("{{") && !mail.text.contains("}}"), "{template:?}");
        }
    }

    #[test]
    fn a_mail_to_an_unconfirmed_address_holds_nothing_of_the_form() {
        for template in [MailTemplate::ConfirmAddress, MailTemplate::ConfirmNewAddress] {
            let text = owed(template).written(Some("<link>")).text;
            for field in ["organisation", "contact_name", "reason", "changes"] {
                assert!(!text.contains(&format!("<{field}>")), "{template:?}: {field}");
            }
        }
    }

    #[test]
    fn values_are_not_read_as_templates_and_do_not_pass_for_lines_of_it() {
        let values = |name: &str| if name == "a" { "{{b}}\nDear all," } else { "no" };
        assert_eq!(filled_in("x {{a}} y", values), "x {{b}}\n    Dear all, y");
    }
}

//! Mail, through SES.

use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};
use domain::Mail;

use crate::error::StoreError;

/// Sends mail from one address.
#[derive(Debug, Clone)]
pub struct Mailer {
    client: Client,
    from: String,
}

impl Mailer {
    /// Sends from that address, which SES must know as ours.
    #[must_use]
    pub fn new(client: Client, from: impl Into<String>) -> Self {
        Self { client, from: from.into() }
    }

    /// Sends a mail. SES writes its headers, so that no text of it can become one.
    pub async fn send(&self, mail: &Mail) -> Result<(), StoreError> {
        const OPERATION: &str = "ses:SendEmail";
        let content = |text: &str| {
            let content = Content::builder().data(text).charset("UTF-8").build();
            content.map_err(|error| StoreError::call(OPERATION, error))
        };
        let body = Body::builder().text(content(&mail.text)?).build();
        let message = Message::builder().subject(content(mail.subject)?).body(body).build();
        let to = Destination::builder().to_addresses(mail.to.as_str()).build();
        self.client
            .send_email()
            .from_email_address(&self.from)
            .destination(to)
            .content(EmailContent::builder().simple(message).build())
            .send()
            .await
            .map_err(|error| StoreError::call(OPERATION, error))?;
        Ok(())
    }
}

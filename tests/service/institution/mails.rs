//! The mails that were sent, read back from the emulator.

use std::time::Duration;

use serde::Deserialize;

use crate::stack::stack;

/// Mails come with the answer; the emulator lists them at once.
const PATIENCE: Duration = Duration::from_secs(10);

/// A mail as it was sent.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Sent {
    pub(super) source: String,
    to: Vec<String>,
    pub(super) subject: String,
    #[serde(rename = "BodyText")]
    pub(super) text: String,
    #[serde(rename = "BodyHtml")]
    html: Option<String>,
}

impl Sent {
    pub(super) fn is_plain_text(&self) -> bool {
        self.html.as_deref().unwrap_or_default().is_empty()
    }

    /// The token of the link in it.
    pub(super) fn token(&self) -> String {
        let link = self.text.lines().find(|line| line.contains("/v1/registrations/"));
        link.unwrap_or_else(|| panic!("no link in {}", self.text))
            .split_once('#')
            .unwrap()
            .1
            .to_owned()
    }
}

/// Every mail to an address, oldest first.
pub(super) async fn to(address: &str) -> Vec<Sent> {
    let url = format!("{}/_ministack/ses/messages", stack().endpoint_url);
    let answer = reqwest::get(url).await.unwrap().bytes().await.unwrap();
    let answer: serde_json::Value = serde_json::from_slice(&answer).unwrap();
    let mut mails = Vec::new();
    for sent in answer["messages"].as_object().unwrap().values() {
        mails.extend(serde_json::from_value::<Vec<Sent>>(sent.clone()).unwrap());
    }
    mails.retain(|mail| mail.to == [address]);
    mails
}

/// The newest mail to an address, once there are so many.
pub(super) async fn newest(address: &str, number: usize) -> Sent {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    loop {
        let mails = to(address).await;
        if mails.len() >= number {
            assert_eq!(mails.len(), number, "{:?}", subjects(&mails));
            return mails.into_iter().next_back().unwrap();
        }
        assert!(tokio::time::Instant::now() < deadline, "{number} mails: {:?}", subjects(&mails));
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What the mails are about, less what all subjects begin with.
pub(super) fn subjects(mails: &[Sent]) -> Vec<&str> {
    let prefix = "Occupation Coding Service: ";
    mails.iter().map(|mail| mail.subject.strip_prefix(prefix).unwrap()).collect()
}

use std::path::Path;

use serde_json::Value;

/// An event as API Gateway sends it: one of the files under `events/`, changed where a test needs it.
#[derive(Debug, Clone)]
pub struct Event(Value);

impl Event {
    /// The event in `events/<name>.json`.
    #[must_use]
    pub fn load(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events");
        let file = folder.join(name).with_added_extension("json");
        let json = std::fs::read(&file).expect(name);
        Self(serde_json::from_slice(&json).expect(name))
    }

    /// Puts a value where the JSON pointer (RFC 6901) points; all but its last part must be there.
    #[must_use]
    pub fn with(mut self, pointer: &str, value: impl Into<Value>) -> Self {
        let (parent, name) = pointer.rsplit_once('/').expect("a pointer has a slash");
        let parent = self.0.pointer_mut(parent).expect(pointer);
        parent[name] = value.into();
        self
    }

    /// Gives the event another body.
    #[must_use]
    pub fn with_body(self, body: impl Into<String>) -> Self {
        self.with("/body", body.into())
    }

    /// The event as JSON.
    #[must_use]
    pub fn json(&self) -> String {
        self.0.to_string()
    }
}

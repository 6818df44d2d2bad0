//! Bodies with named fields, read and checked field by field, so that one answer says all that is
//! wrong.

use serde::Serialize;
use serde_json::{Map, Value};

use crate::{Failure, Kind};

/// One thing that is wrong with one field of a body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldProblem {
    /// The field's name in the body.
    pub field: String,
    /// What is wrong with it; never any of the text itself.
    pub detail: String,
}

/// A body's fields are not what the route takes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} faults in the fields of the body", .0.len())]
pub struct FieldsError(pub Vec<FieldProblem>);

impl FieldsError {
    /// The fault of one field alone.
    #[must_use]
    pub fn of(field: &str, detail: impl Into<String>) -> Self {
        Self(vec![FieldProblem { field: field.to_owned(), detail: detail.into() }])
    }
}

impl Failure for FieldsError {
    fn kind(&self) -> Kind {
        Kind::InvalidBody
    }

    fn detail(&self) -> Option<String> {
        let first = self.0.first()?;
        Some(format!("{} {}", first.field, first.detail))
    }

    fn fields(&self) -> &[FieldProblem] {
        &self.0
    }
}

/// The fields of a body as they are taken out of it one after the other. [`Fields::finish`] says
/// what was wrong with any of them, and with those that nobody asked for.
#[derive(Debug)]
pub struct Fields {
    object: Map<String, Value>,
    problems: Vec<FieldProblem>,
}

impl Fields {
    /// The fields of a JSON object.
    pub fn from_json(body: &[u8]) -> Result<Self, FieldsError> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(object)) => Ok(Self { object, problems: Vec::new() }),
            Ok(_) => Err(FieldsError::of("body", "is not a JSON object")),
            Err(error) => Err(FieldsError::of("body", format!("is not JSON: {error}"))),
        }
    }

    /// Notes that something is wrong with a field.
    pub fn refuse(&mut self, field: &str, detail: impl Into<String>) {
        self.problems.push(FieldProblem { field: field.to_owned(), detail: detail.into() });
    }

    /// A field that must be there, read with `read`.
    pub fn required<T>(
        &mut self,
        field: &str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        if self.object.get(field).is_none_or(Value::is_null) {
            self.object.remove(field);
            self.refuse(field, "is missing");
            return None;
        }
        self.optional(field, read)
    }

    /// A field that may be left out, or be null, which is the same.
    pub fn optional<T>(
        &mut self,
        field: &str,
        read: impl FnOnce(&Value) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.object.remove(field).filter(|value| !value.is_null())?;
        match read(&value) {
            Ok(read) => Some(read),
            Err(detail) => {
                self.refuse(field, detail);
                None
            }
        }
    }

    /// Ends the reading: `found` if nothing was wrong with it and nothing is left.
    pub fn finish<T>(mut self, found: Option<T>) -> Result<T, FieldsError> {
        let mut unknown: Vec<String> = self.object.keys().cloned().collect();
        unknown.sort();
        for field in unknown {
            // The name is the sender's own text, and may be anything.
            let is_name = field.len() <= 40 && field.bytes().all(|b| b.is_ascii_alphanumeric());
            let name = if is_name { &field } else { "a field" };
            self.refuse(name, "is unknown");
        }
        match found {
            Some(found) if self.problems.is_empty() => Ok(found),
            _ => Err(FieldsError(self.problems)),
        }
    }
}

/// A text on one line, without the blanks around it: 1 to `limit` characters.
pub fn line(limit: usize) -> impl Fn(&Value) -> Result<String, String> {
    move |value| {
        let text = paragraph(limit)(value)?;
        if text.contains('\n') { Err("has more than one line".to_owned()) } else { Ok(text) }
    }
}

/// A text that may have several lines, without the blanks around it: 1 to `limit` characters.
pub fn paragraph(limit: usize) -> impl Fn(&Value) -> Result<String, String> {
    move |value| {
        let text = value.as_str().ok_or("is not a text")?.trim();
        if text.is_empty() {
            return Err("is blank".to_owned());
        }
        if text.chars().count() > limit {
            return Err(format!("has more than {limit} characters"));
        }
        if text.chars().any(is_hidden) {
            return Err("has control characters".to_owned());
        }
        Ok(text.to_owned())
    }
}

/// Characters that change how a text reads, or where a line or a header ends, without being seen.
fn is_hidden(character: char) -> bool {
    (character.is_control() && character != '\n')
        || matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A whole number in a range.
pub fn whole(range: std::ops::RangeInclusive<u32>) -> impl Fn(&Value) -> Result<u32, String> {
    move |value| {
        let number = value.as_u64().and_then(|number| u32::try_from(number).ok());
        number.filter(|number| range.contains(number)).ok_or_else(|| {
            format!("is not a whole number from {} to {}", range.start(), range.end())
        })
    }
}

/// One of a few words.
pub fn word<T: serde::de::DeserializeOwned>(
    words: &'static str,
) -> impl Fn(&Value) -> Result<T, String> {
    move |value| T::deserialize(value.clone()).map_err(|_| format!("is none of {words}"))
}

/// An instant, as in RFC 3339.
pub fn instant(value: &Value) -> Result<jiff::Timestamp, String> {
    let read = value.as_str().and_then(|text| text.parse().ok());
    read.ok_or_else(|| "is not a time such as 2026-12-31T00:00:00Z".to_owned())
}

/// True: what must be agreed to.
pub fn agreement(value: &Value) -> Result<(), String> {
    if *value == Value::Bool(true) { Ok(()) } else { Err("is not true".to_owned()) }
}

/// True or false.
pub fn boolean(value: &Value) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| "is neither true nor false".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(json: &Value) -> Fields {
        Fields::from_json(json.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        let mut fields = fields(&json!({"a": 5, "c": "x\r\nBcc: y", "z": 1, "é<": 2}));
        assert_eq!(fields.required("a", line(10)), None);
        assert_eq!(fields.required("b", line(10)), None);
        assert_eq!(fields.required("c", line(20)), None);
        let FieldsError(problems) = fields.finish(Some(())).unwrap_err();
        let said: Vec<_> = problems.iter().map(|p| format!("{} {}", p.field, p.detail)).collect();
        assert_eq!(
            said,
            [
                "a is not a text",
                "b is missing",
                "c has control characters",
                "z is unknown",
                "a field is unknown"
            ]
        );
    }

    #[test]
    fn texts_are_trimmed_and_measured_in_characters() {
        assert_eq!(line(4)(&json!("  Māri\n")), Ok("Māri".to_owned()));
        assert!(line(3)(&json!("Māri")).is_err());
        assert!(line(9)(&json!("a\nb")).is_err());
        assert_eq!(paragraph(9)(&json!("a\nb")), Ok("a\nb".to_owned()));
        for hidden in ["a\u{202e}b", "a\u{200b}b", "a\tb", "a\u{0}b", "a\u{85}b", "a\rb"] {
            assert!(paragraph(9)(&json!(hidden)).is_err(), "{hidden:?}");
        }
    }

    #[test]
    fn a_body_that_is_no_object_is_refused() {
        for body in ["", "[]", "null", "{", "\"a\""] {
            assert_eq!(Fields::from_json(body.as_bytes()).unwrap_err().0[0].field, "body");
        }
    }
}

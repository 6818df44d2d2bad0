//! Why a code was given: what of a record's texts spoke for it and against it.

use serde::{Deserialize, Serialize};

use crate::code::Code;
use crate::record::Field;

/// What spoke for and against one code, and which official titles are near.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Explanation {
    /// The words and phrases without which the code would be less likely, the weightiest first.
    #[serde(rename = "for")]
    pub in_favour: Vec<Weighed>,
    /// Those without which it would be likelier, the weightiest first.
    pub against: Vec<Weighed>,
    /// The official titles that are most like the record's texts, the likest first.
    pub nearest_titles: Vec<NearTitle>,
}

impl Explanation {
    /// The most words and phrases that are named on either side.
    pub const MOST_WEIGHED: usize = 5;
    /// The most titles that are named.
    pub const MOST_TITLES: usize = 3;
}

/// A word, or two neighbouring words, of a record, with its weight.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Weighed {
    /// The word or phrase, as it was sent.
    pub text: String,
    /// Where it stands: `occp_text` or `tasks_text`.
    pub field: Field,
    /// The natural logarithm of the factor by which it changes the code's odds, rounded to four
    /// places: ln 2 = 0.6931 doubles them, and -0.6931 halves them. Never 0.
    pub weight: f64,
}

/// An official title that is like a record's texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NearTitle {
    /// The occupation's code.
    pub code: Code,
    /// Its official title.
    pub title: String,
    /// How like the texts it is: above 0, and 1 if one of them is the title; rounded to four places.
    pub similarity: f64,
}

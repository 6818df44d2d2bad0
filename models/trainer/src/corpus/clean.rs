//! Cleans composed text: a modest hand, as odd spelling and slang are what the text is for.

use std::collections::HashSet;

use classifier::Words;

/// Titles that name no occupation. Alone they would teach a code at random; with tasks they stay,
/// as people do write them.
const BARE_TITLES: [&str; 24] = [
    "admin",
    "apprentice",
    "assistant",
    "casual",
    "consultant",
    "contractor",
    "council",
    "director",
    "employee",
    "factory",
    "freelance",
    "freelancer",
    "government",
    "labourer",
    "manager",
    "officer",
    "operator",
    "owner",
    "public servant",
    "self employed",
    "sole trader",
    "supervisor",
    "trainee",
    "worker",
];

/// A line that ends in one of these was cut off.
const UNFINISHED: [&str; 9] = ["a", "an", "and", "for", "of", "or", "the", "with", "your"];

/// Why a line was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rejection {
    /// Nothing but punctuation.
    Empty,
    /// A bare title without tasks.
    Bare,
    /// Cut off in the middle of a phrase.
    Clipped,
    /// The same text again, but for case, spacing or punctuation.
    Repeated,
}

/// The title and tasks of a composed line.
pub fn fields(line: &str) -> (String, String) {
    let (title, tasks) = line.split_once('|').unwrap_or((line, ""));
    (tidy(title), tidy(tasks))
}

/// Takes off spaces at the ends and makes one of several.
fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a text is left out, and why. `seen` holds the texts kept so far.
pub fn rejection(
    title: &str,
    tasks: &str,
    seen: &mut HashSet<(Words, Words)>,
) -> Option<Rejection> {
    let words = (Words::of(title), Words::of(tasks));
    if words.0.is_empty() && words.1.is_empty() {
        Some(Rejection::Empty)
    } else if words.1.is_empty() && BARE_TITLES.contains(&title.to_lowercase().as_str()) {
        Some(Rejection::Bare)
    } else if is_clipped(if tasks.is_empty() { title } else { tasks }) {
        Some(Rejection::Clipped)
    } else {
        (!seen.insert(words)).then_some(Rejection::Repeated)
    }
}

fn is_clipped(text: &str) -> bool {
    let last = text.rsplit(' ').next().unwrap_or_default();
    text.contains(' ') && (UNFINISHED.contains(&last) || text.ends_with(',') || text.ends_with('&'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_blemish_is_told_apart() {
        let mut seen = HashSet::new();
        let mut reject = |line: &str| {
            let (title, tasks) = fields(line);
            rejection(&title, &tasks, &mut seen)
        };
        assert_eq!(reject(" | ... "), Some(Rejection::Empty));
        assert_eq!(reject("Self Employed"), Some(Rejection::Bare));
        assert_eq!(reject("Self Employed | mow lawns"), None);
        assert_eq!(reject("Trainee ranger shire of"), Some(Rejection::Clipped));
        assert_eq!(reject("Sea ranger"), None);
        assert_eq!(reject("sea  Rangers."), Some(Rejection::Repeated));
    }
}

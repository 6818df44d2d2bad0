//! Plain words for a choice among official titles.

use crate::classification::Group;
use crate::code::Level;

/// How a choice among official titles is put to a person.
pub(crate) struct Wording {
    /// The question.
    pub(crate) question: String,
    /// For each title, in order, what tells it from the others. Distinct.
    pub(crate) texts: Vec<String>,
}

const GENERAL_QUESTION: &str = "Which of these is closest to the work?";

/// The end of the titles of occupations that gather what has no title of its own.
const REMAINDER: &str = " nec";

/// Words that keep their capital within a sentence. Those with a capital inside, as `ICT`, need no
/// mention.
const PROPER: [&str; 8] =
    ["Aboriginal", "Chinese", "English", "Indigenous", "Islander", "Māori", "Strait", "Torres"];

/// Heads that say nothing of the work: what is left of a title without them stands no better alone.
const EMPTY_HEADS: [&str; 2] = ["Professional", "Worker"];

/// Words that join two others, and so begin or end nothing that can stand alone.
const JOINERS: [&str; 4] = ["and", "of", "or", "to"];

impl Wording {
    /// The words for a choice among at least two titles.
    ///
    /// If the titles share a head, `Registered Nurse (…)` or `… Driver`, the question names it and
    /// each text is the rest. Otherwise each text is the whole title.
    pub(crate) fn of(groups: &[&Group]) -> Self {
        let titles: Vec<&str> = groups.iter().map(|group| group.title.as_str()).collect();
        // The titles of groups are plurals, which fit no question about one person's work.
        let are_occupations = groups.iter().all(|group| group.code.level() == Level::Occupation);
        if are_occupations
            && let Some((head, rests)) =
                share_before_bracket(&titles).or_else(|| share_end(&titles))
        {
            let question = format!("What kind of {}?", in_a_sentence(head));
            let texts: Vec<String> = titles
                .iter()
                .zip(rests)
                .map(|(title, rest)| rest.map_or_else(|| plain(title), capitalised))
                .collect();
            if are_distinct(&texts) {
                return Self { question, texts };
            }
        }
        let texts = titles.iter().map(|title| plain(title)).collect();
        Self { question: GENERAL_QUESTION.to_owned(), texts }
    }
}

/// A head and, for each title, what it leaves; `None` for a remainder, which is named in full.
type Shared<'a> = (&'a str, Vec<Option<&'a str>>);

/// `Accountant (General)`: what stands before the bracket, if it is the same in all.
fn share_before_bracket<'a>(titles: &[&'a str]) -> Option<Shared<'a>> {
    let split = |title: &'a str| title.strip_suffix(')')?.split_once(" (");
    let (head, _) = split(titles.iter().find(|title| !is_remainder(title))?)?;
    share(head, titles, |title| split(title).filter(|&(own, _)| own == head).map(|(_, rest)| rest))
}

/// `Truck Driver`: the longest row of words at the end of all.
fn share_end<'a>(titles: &[&'a str]) -> Option<Shared<'a>> {
    let first = titles.iter().find(|title| !is_remainder(title))?;
    let ends = first.match_indices(' ').map(|(place, _)| &first[place + 1..]);
    ends.filter(|end| stands_alone(end) && !EMPTY_HEADS.contains(end)).find_map(|end| {
        share(end, titles, |title| {
            title.strip_suffix(end)?.strip_suffix(' ').filter(|rest| stands_alone(rest))
        })
    })
}

/// What each title leaves of a head, if all do that are no remainders, these are at least two, and
/// each remainder is one of the head's kind.
fn share<'a>(
    head: &'a str,
    titles: &[&'a str],
    rest: impl Fn(&'a str) -> Option<&'a str>,
) -> Option<Shared<'a>> {
    let mut rests = Vec::with_capacity(titles.len());
    for title in titles {
        match rest(title) {
            Some(rest) => rests.push(Some(rest)),
            None if is_remainder(title) && title.contains(head) => rests.push(None),
            None => return None,
        }
    }
    (rests.iter().flatten().count() >= 2).then_some((head, rests))
}

fn is_remainder(title: &str) -> bool {
    title.ends_with(REMAINDER)
}

/// Whether a part of a title makes sense without the rest.
fn stands_alone(part: &str) -> bool {
    let count = |bracket| part.matches(bracket).count();
    let mut words = part.split(' ');
    let ends_whole = !words.next_back().is_some_and(|word| JOINERS.contains(&word) || word == "-");
    let begins_whole = !words.next().is_some_and(|word| JOINERS.contains(&word) || word == "-");
    count('(') == count(')') && begins_whole && ends_whole && !part.ends_with(',')
}

/// A whole title in plain words: `Engineering Professionals nec` is `Other engineering professionals`.
fn plain(title: &str) -> String {
    match title.strip_suffix(REMAINDER) {
        Some(kind) if kind.starts_with("Other ") => capitalised(kind),
        Some(kind) => format!("Other {}", in_a_sentence(kind)),
        None => capitalised(title),
    }
}

/// In lower case but for its beginning, abbreviations and proper names.
fn capitalised(title: &str) -> String {
    let text = in_a_sentence(title);
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
}

/// In lower case but for abbreviations and proper names.
fn in_a_sentence(title: &str) -> String {
    let words = title.split_inclusive([' ', '-', '(', '/']).map(|word| {
        let name = word.trim_matches(|letter: char| !letter.is_alphabetic());
        let has_capital_inside = name.chars().skip(1).any(char::is_uppercase);
        let is_name = has_capital_inside || PROPER.contains(&name);
        if is_name { word.to_owned() } else { word.to_lowercase() }
    });
    words.collect()
}

fn are_distinct(texts: &[String]) -> bool {
    texts.iter().enumerate().all(|(place, text)| !texts[..place].contains(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wording(code: &str, titles: &[&str]) -> (String, Vec<String>) {
        let groups: Vec<Group> = titles
            .iter()
            .map(|title| Group { code: code.parse().unwrap(), title: (*title).to_owned() })
            .collect();
        let Wording { question, texts } = Wording::of(&groups.iter().collect::<Vec<_>>());
        (question, texts)
    }

    #[test]
    fn occupations_that_share_a_head_are_told_apart_by_the_rest() {
        for (titles, question, texts) in [
            (
                &["Registered Nurse (Aged Care)", "Registered Nurse (Mental Health)"][..],
                "What kind of registered nurse?",
                &["Aged care", "Mental health"][..],
            ),
            (
                &[
                    "Registered Nurse (Aged Care)",
                    "Registered Nurse (Medical)",
                    "Registered Nurses nec",
                ],
                "What kind of registered nurse?",
                &["Aged care", "Medical", "Other registered nurses"],
            ),
            (
                &["Primary School Teacher", "Secondary School Teacher"],
                "What kind of school teacher?",
                &["Primary", "Secondary"],
            ),
            (
                &["ICT Sales Manager", "Hotel or Motel Manager", "Bank Manager"],
                "What kind of manager?",
                &["ICT sales", "Hotel or motel", "Bank"],
            ),
            (
                &["Art Teacher (Private Tuition)", "Dance Teacher (Private Tuition)"],
                "What kind of teacher (private tuition)?",
                &["Art", "Dance"],
            ),
            (
                &["Sound and Vision Technician", "Light and Vision Technician"],
                "What kind of technician?",
                &["Sound and vision", "Light and vision"],
            ),
        ] {
            let texts = texts.iter().map(|&text| text.to_owned()).collect();
            assert_eq!(wording("254411", titles), (question.to_owned(), texts));
        }
    }

    #[test]
    fn all_others_are_named_in_full() {
        for (code, titles, texts) in [
            (
                "254411",
                &["Registered Nurse (Aged Care)", "Enrolled Nurse"][..],
                &["Registered nurse (aged care)", "Enrolled nurse"][..],
            ),
            ("254411", &["Teacher", "School Teacher"], &["Teacher", "School teacher"]),
            (
                "254411",
                &["Nurse Manager", "Engineering Managers nec"],
                &["Nurse manager", "Other engineering managers"],
            ),
            ("254411", &["Driver (Bus)", "Driver (Bus)"], &["Driver (bus)", "Driver (bus)"]),
            (
                "839135",
                &["Metal Process Worker", "Paper Process Worker", "Factory Worker"],
                &["Metal process worker", "Paper process worker", "Factory worker"],
            ),
            ("2544", &["Truck Drivers", "Bus Drivers"], &["Truck drivers", "Bus drivers"]),
            (
                "254411",
                &["Aboriginal and Torres Strait Islander Health Worker", "Other Clerks nec"],
                &["Aboriginal and Torres Strait Islander health worker", "Other clerks"],
            ),
        ] {
            let texts = texts.iter().map(|&text| text.to_owned()).collect();
            assert_eq!(wording(code, titles), (GENERAL_QUESTION.to_owned(), texts));
        }
    }
}

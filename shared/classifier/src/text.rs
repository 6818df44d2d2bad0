//! Normalised words: what remains of a text once its way of being written is taken away.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The normalised words of one text, in order.
///
/// Case, spacing, punctuation, hyphens, `&` or `and`, accents and regular plurals leave no trace,
/// so that texts that differ in nothing else get the identical answer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Words {
    letters: String,
    ends: Vec<usize>,
}

/// Beginnings that are written apart, with a hyphen or together, and always mean the same.
const PREFIXES: [&str; 6] = ["multi", "non", "pre", "semi", "sub", "under"];

/// Words in `s` that are no plurals, or whose plural means something else.
const SINGULARS: [&str; 9] = ["bus", "gas", "gps", "ics", "news", "plus", "ses", "sas", "aps"];

impl Words {
    /// Normalises a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        let mut words = Self::default();
        let mut word = String::new();
        let mut take = |letter: char| match letter {
            '\'' | '’' | '`' => {}
            letter if letter.is_alphanumeric() => word.push(letter),
            _ => words.push(&mut word),
        };
        if text.is_ascii() {
            text.chars().map(|letter| letter.to_ascii_lowercase()).for_each(&mut take);
        } else {
            let plain = text.nfkd().filter(|&letter| !is_combining_mark(letter));
            plain.flat_map(char::to_lowercase).for_each(&mut take);
        }
        take(' ');
        words.joined()
    }

    /// The words, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, &end)| &self.letters[start..end])
    }

    /// How many words there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether nothing is left of the text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    fn push(&mut self, word: &mut String) {
        if !word.is_empty() && word != "and" {
            self.letters.push_str(word);
            self.ends.push(self.letters.len());
        }
        word.clear();
    }

    /// Joins what belongs together and makes each word singular.
    fn joined(&self) -> Self {
        let mut joined = Self::default();
        let mut word = String::new();
        let mut words = self.iter().peekable();
        while let Some(next) = words.next() {
            word.push_str(next);
            if !words.peek().is_some_and(|after| are_one_word(next, after)) {
                make_singular(&mut word);
                joined.push(&mut word);
            }
        }
        joined
    }
}

/// `R & D`, `R.N.` and `a/c` are `rd`, `rn` and `ac`; `co-ordinator` is `coordinator`.
fn are_one_word(word: &str, next: &str) -> bool {
    let are_initials = is_initial(word) && is_initial(next);
    let is_prefixed = PREFIXES.contains(&word) || (word == "co" && next.starts_with("ord"));
    are_initials || is_prefixed
}

fn is_initial(word: &str) -> bool {
    let mut letters = word.chars();
    letters.next().is_some_and(char::is_alphabetic) && letters.next().is_none()
}

/// Takes off a regular English plural. Being wrong about a word does no harm as long as it is
/// always wrong in the same way: training and serving both see the shortened word.
fn make_singular(word: &mut String) {
    let length = word.len();
    let is_short = length < 4 || !word.is_ascii();
    if is_short || SINGULARS.contains(&word.as_str()) {
        return;
    }
    if length > 6 && word.ends_with("people") {
        word.replace_range(length - 6.., "person");
    } else if word.ends_with("men") && length > 4 {
        word.replace_range(length - 3.., "man");
    } else if word.ends_with("ies") && length > 4 {
        word.replace_range(length - 3.., "y");
    } else if ["ches", "shes", "sses", "xes", "zes"].iter().any(|plural| word.ends_with(plural)) {
        word.truncate(length - 2);
    } else if word.ends_with('s') && !["ss", "us", "is"].iter().any(|end| word.ends_with(end)) {
        word.truncate(length - 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(text: &str) -> Vec<String> {
        Words::of(text).iter().map(str::to_owned).collect()
    }

    #[test]
    fn the_way_of_writing_leaves_no_trace() {
        for (one, other) in [
            ("Brick-layer", "brick  layer."),
            ("R & D manager", "r.d. Manager"),
            ("Sales and Marketing", "sales & marketing"),
            ("Co-ordinator", "coordinator"),
            ("childrens' nurses", "children's nurse"),
            ("Pre-school teachers", "preschool teacher"),
            ("tradesmen", "TRADESMAN"),
            ("salespeople", "salesperson"),
            ("café owner", "cafe owner"),
            ("secretaries", "secretary"),
            ("a/c mechanic", "AC mechanics"),
        ] {
            assert_eq!(words(one), words(other));
        }
    }

    #[test]
    fn what_is_no_plural_stays() {
        assert_eq!(words("business bus gas analysis"), ["business", "bus", "gas", "analysis"]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_normalised(text in any::<String>()) {
            let words = Words::of(&text);
            prop_assert_eq!(words.iter().count(), words.len());
            prop_assert!(words.iter().all(|word| !word.is_empty()));
        }

        #[test]
        fn case_spacing_and_punctuation_do_not_matter(
            parts in prop::collection::vec("[a-z0-9]{1,9}", 1..8),
            marks in prop::collection::vec("[ ,;:/()_!?\t-]{1,4}", 9),
        ) {
            let dressed: String =
                parts.iter().zip(&marks).map(|(part, mark)| part.to_uppercase() + mark).collect();
            prop_assert_eq!(Words::of(&dressed), Words::of(&parts.join(" ")));
        }
    }
}

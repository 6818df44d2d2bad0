//! Other ways of writing a title that should not change its code.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::augment::slip;

/// A way of writing a title, given its place among the titles.
type Way = fn(&str, usize) -> String;

/// The ways, by name.
pub const WAYS: [(&str, Way); 7] = [
    ("asItIs", |title, _| title.to_owned()),
    ("upperCase", |title, _| title.to_uppercase()),
    ("plural", |title, _| plural(title)),
    ("wordOrder", |title, _| last_word_first(title)),
    ("ampersand", |title, _| ampersand(title)),
    ("hyphens", |title, _| title.replace(' ', "-")),
    ("oneTypo", with_typo),
];

fn plural(title: &str) -> String {
    let ends_bare = title.ends_with(|letter: char| letter.is_ascii_alphabetic());
    match title.strip_suffix('y') {
        _ if !ends_bare || title.ends_with('s') => title.to_owned(),
        Some(stem) if !stem.ends_with(['a', 'e', 'o']) => format!("{stem}ies"),
        _ => format!("{title}s"),
    }
}

/// `Fire Fighter` as `Fighter, Fire`, as lists have it.
fn last_word_first(title: &str) -> String {
    match title.rsplit_once(' ') {
        Some((first, last)) if !last.contains(['(', ')']) => format!("{last}, {first}"),
        _ => title.to_owned(),
    }
}

fn ampersand(title: &str) -> String {
    if title.contains(" and ") {
        title.replace(" and ", " & ")
    } else {
        title.replace(" & ", " and ")
    }
}

/// A slip of the finger, always the same for a title of the same place.
fn with_typo(title: &str, place: usize) -> String {
    let mut random = ChaCha8Rng::seed_from_u64(place as u64);
    // A first draw spreads neighbouring seeds.
    let _: u64 = random.random();
    let mut title = title.to_owned();
    slip(&mut title, &mut random);
    title
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_written_otherwise() {
        assert_eq!(plural("Secretary"), "Secretaries");
        assert_eq!(plural("Survey Boy"), "Survey Boys");
        assert_eq!(plural("Manager (Sales)"), "Manager (Sales)");
        assert_eq!(last_word_first("Fire Fighter"), "Fighter, Fire");
        assert_eq!(ampersand("Nurses and Midwives"), "Nurses & Midwives");
        assert_ne!(with_typo("Fire Fighter", 3), "Fire Fighter");
    }
}

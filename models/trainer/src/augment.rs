//! Varies examples while training, so that the network learns what texts have in common
//! and not the texts.

use rand::Rng;

use crate::examples::Example;

/// How often each variation is made.
#[derive(Debug, Clone, Copy)]
pub struct Variations {
    /// A slip of the finger in the title or the tasks.
    pub slip: f64,
    /// The tasks of another example of the same occupation instead of its own, or of none.
    pub borrowed_tasks: f64,
    /// No tasks.
    pub no_tasks: f64,
    /// No title, where there are tasks.
    pub no_title: f64,
    /// Neither, which teaches the network what to say when it knows nothing.
    pub nothing: f64,
}

impl Variations {
    /// One variation of a text; `other` is another example of the same occupation.
    pub fn vary(
        self,
        example: &Example,
        other: &Example,
        random: &mut impl Rng,
    ) -> (String, String) {
        if random.random_bool(self.nothing) {
            return (String::new(), String::new());
        }
        let mut title = example.title.clone();
        let borrows = !other.tasks.is_empty() && random.random_bool(self.borrowed_tasks);
        let mut tasks = if borrows { other.tasks.clone() } else { example.tasks.clone() };
        // An opinion is of the whole text.
        if !tasks.is_empty() && !title.is_empty() && example.occupation.is_some() {
            if random.random_bool(self.no_tasks) {
                tasks.clear();
            } else if random.random_bool(self.no_title) {
                title.clear();
            }
        }
        for text in [&mut title, &mut tasks] {
            if random.random_bool(self.slip) {
                slip(text, random);
            }
        }
        (title, tasks)
    }
}

/// One slip of the finger somewhere in an ASCII text: a letter left out, doubled, swapped with the
/// next or replaced. Words lose their first letter rarely, as people do.
pub fn slip(text: &mut String, random: &mut impl Rng) {
    let is_inside = |pair: &[u8]| pair.iter().all(u8::is_ascii_alphabetic);
    let places: Vec<usize> = text
        .as_bytes()
        .windows(2)
        .enumerate()
        .filter(|(_, pair)| is_inside(pair))
        .map(|(place, _)| place + 1)
        .collect();
    if places.is_empty() || !text.is_ascii() {
        return;
    }
    let place = places[random.random_range(0..places.len())];
    let letter = char::from(text.as_bytes()[place]);
    match random.random_range(0..4) {
        0 => drop(text.remove(place)),
        1 => text.insert(place, letter),
        2 => {
            text.remove(place);
            text.insert(place - 1, letter);
        }
        _ => {
            text.remove(place);
            text.insert(place, char::from(random.random_range(b'a'..=b'z')));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn a_slip_changes_a_letter_or_two() {
        let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        for _ in 0..200 {
            let mut text = "bricklayer".to_owned();
            slip(&mut text, &mut random);
            assert!((9..=11).contains(&text.len()), "{text}");
        }
    }
}

//! Folding of pasted text to printable ASCII.

use std::borrow::Cow;

/// A character that the service does not take, by its place and number; never the text itself.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum FoldError {
    #[error("character {place} (U+{character:04X}) is not printable ASCII", character = u32::from(*.character))]
    Character { place: usize, character: char },
    #[error("holds an unpaired surrogate")]
    UnpairedSurrogate,
}

impl FoldError {
    pub(crate) const fn unpaired_surrogate() -> Self {
        Self::UnpairedSurrogate
    }
}

/// Folds typographic quotes, dashes and accented Latin letters, which word processors and
/// telephones put in by themselves, to ASCII. Everything else outside printable ASCII is refused.
pub(crate) fn fold(text: &str) -> Result<Cow<'_, str>, FoldError> {
    if text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return Ok(Cow::Borrowed(text));
    }
    let mut folded = String::with_capacity(text.len());
    for (index, character) in text.chars().enumerate() {
        match character {
            ' '..='~' => folded.push(character),
            '‘' | '’' | '‚' | '‛' | '′' | '´' | '‹' | '›' => folded.push('\''),
            '“' | '”' | '„' | '‟' | '″' | '«' | '»' => folded.push('"'),
            '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' => folded.push('-'),
            // An accent that follows its letter, as some systems write it.
            '\u{300}'..='\u{36f}' if folded.ends_with(|last: char| last.is_ascii_alphabetic()) => {}
            _ => match ascii_letters(character) {
                Some(letters) => folded.push_str(letters),
                None => return Err(FoldError::Character { place: index + 1, character }),
            },
        }
    }
    Ok(Cow::Owned(folded))
}

/// The plain letters of a Latin letter with an accent or of a Latin ligature.
fn ascii_letters(character: char) -> Option<&'static str> {
    let is_latin = matches!(character, '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}');
    if !is_latin || !character.is_alphabetic() {
        return None;
    }
    deunicode::deunicode_char(character).filter(|letters| {
        !letters.is_empty() && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_what_word_processors_put_in() {
        for (sent, expected) in [
            ("brickie", "brickie"),
            ("“chef” – café", "\"chef\" - cafe"),
            ("cafe\u{301} owner", "cafe owner"),
            ("Straßenkehrer, Łódź, Ærø, Māori", "Strassenkehrer, Lodz, AEro, Maori"),
        ] {
            assert_eq!(fold(sent).as_deref(), Ok(expected));
        }
    }

    #[test]
    fn refuses_the_rest_by_its_place() {
        for (sent, place) in
            [("a×b", 2), ("nurse\u{a0}", 6), ("\u{301}", 1), ("dj 🎧", 4), ("врач", 1)]
        {
            match fold(sent) {
                Err(FoldError::Character { place: found, .. }) => {
                    assert_eq!(found, place, "{sent}");
                }
                other => panic!("{sent}: {other:?}"),
            }
        }
    }
}

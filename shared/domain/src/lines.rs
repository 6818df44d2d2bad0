//! Lines of a file that is read range by range.
//!
//! Each line belongs to the range in which it begins. So the ranges of a file, each read without
//! knowing anything of the others, give every line exactly once and in order, wherever the cuts
//! fall: within a line, between `\r` and `\n`, within a character.

use std::ops::Range;

/// The most bytes that a line may have, without its end.
pub const LINE_LIMIT: usize = 65_536;

/// So many bytes without a line's end cannot be a line within the limit, even if the last is `\r`.
const SURELY_TOO_LONG: usize = LINE_LIMIT + 2;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A range of a file, and as much of the file as is needed to know the lines that begin in it.
#[derive(Debug, Clone)]
pub struct RangeText {
    range_end: u64,
    file_end: u64,
    /// The next byte of the file to read.
    next: u64,
    /// Whether the first of the bytes stands before the range, to show if a line begins with it.
    is_preceded: bool,
    bytes: Vec<u8>,
    /// Lines that begin at this place of the bytes or after it are the next range's.
    own_end: usize,
}

impl RangeText {
    /// A range of a file of `file_end` bytes, of which nothing has been read yet.
    #[must_use]
    pub fn new(range: &Range<u64>, file_end: u64) -> Self {
        let from = range.start.saturating_sub(1);
        Self {
            range_end: range.end,
            file_end,
            next: from,
            is_preceded: range.start > 0,
            bytes: Vec::new(),
            own_end: usize::try_from(range.end - from).unwrap_or(usize::MAX),
        }
    }

    /// What to read next, if anything is missing: the range, with the room that its last line may
    /// take beyond it, and on to the end of a line of nothing but spaces, as that is no line.
    #[must_use]
    pub fn missing(&self) -> Option<Range<u64>> {
        let is_missing = self.next < self.file_end
            && (self.next < self.range_end || self.unfinished_line().is_some());
        let room = self.next.max(self.range_end) + SURELY_TOO_LONG as u64;
        is_missing.then(|| self.next..room.min(self.file_end))
    }

    /// Adds what [`Self::missing`] asked for.
    pub fn add(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
        self.next += bytes.len() as u64;
        if self.next < self.range_end {
            return;
        }
        // Of endless spaces, enough are kept to show that whatever follows is too long a line.
        if let Some(start) = self.unfinished_line()
            && self.bytes.len() - start > SURELY_TOO_LONG
        {
            self.bytes.truncate(start + SURELY_TOO_LONG);
            self.own_end = start + 1;
        }
    }

    /// The lines that begin in the range, in order, without their ends and without blank ones.
    /// A line that is longer than [`LINE_LIMIT`] may lack its end.
    pub fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let mut place = self.first_line().unwrap_or(usize::MAX);
        let all = std::iter::from_fn(move || {
            if place >= self.own_end.min(self.bytes.len()) {
                return None;
            }
            let rest = &self.bytes[place..];
            let line = &rest[..line_end(rest).unwrap_or(rest.len())];
            let is_first_of_file = place == 0 && !self.is_preceded;
            place += line.len() + 1;
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            Some(line.strip_prefix(BYTE_ORDER_MARK).filter(|_| is_first_of_file).unwrap_or(line))
        });
        all.filter(|line| !line.trim_ascii().is_empty())
    }

    fn first_line(&self) -> Option<usize> {
        if self.is_preceded { line_end(&self.bytes).map(|end| end + 1) } else { Some(0) }
    }

    /// Where the last line that begins in the range begins, if more of it must be read.
    fn unfinished_line(&self) -> Option<usize> {
        let before_own_end = &self.bytes[..self.bytes.len().min(self.own_end - 1)];
        let start = match before_own_end.iter().rposition(|&byte| byte == b'\n') {
            Some(end) => end + 1,
            None => self.first_line().filter(|&start| start < self.own_end)?,
        };
        let line = self.bytes.get(start..).unwrap_or_default();
        let is_known = line_end(line).is_some()
            || (line.len() >= SURELY_TOO_LONG && !line.trim_ascii().is_empty());
        (!is_known).then_some(start)
    }
}

fn line_end(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|&byte| byte == b'\n')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The lines of a file in ranges of so many bytes, read as they ask to be.
    fn lines_in_ranges(file: &[u8], range_bytes: u64) -> Vec<Vec<u8>> {
        let file_end = file.len() as u64;
        let mut lines = Vec::new();
        let mut start = 0;
        while start < file_end {
            let end = file_end.min(start + range_bytes);
            let mut text = RangeText::new(&(start..end), file_end);
            while let Some(missing) = text.missing() {
                let place = |place| usize::try_from(place).unwrap();
                text.add(&file[place(missing.start)..place(missing.end)]);
                assert!(text.bytes.len() as u64 <= range_bytes + 3 * SURELY_TOO_LONG as u64);
            }
            lines.extend(text.lines().map(cut));
            start = end;
        }
        lines
    }

    /// All that matters of a line that is too long is that it is, and how it begins.
    fn cut(line: &[u8]) -> Vec<u8> {
        line[..line.len().min(LINE_LIMIT + 1)].to_vec()
    }

    fn lines_at_once(file: &[u8]) -> Vec<Vec<u8>> {
        let file = file.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file);
        let lines = file.split(|&byte| byte == b'\n');
        let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        lines.filter(|line| !line.trim_ascii().is_empty()).map(cut).collect()
    }

    #[test]
    fn a_cut_at_any_byte_changes_nothing() {
        let file = "\u{feff}{\"a\": \"é\"}\r\n\n  \r\nsecond\nthird \r\r\n\r\nlast".as_bytes();
        for range_bytes in 1..=file.len() as u64 {
            assert_eq!(lines_in_ranges(file, range_bytes), lines_at_once(file), "{range_bytes}");
        }
    }

    #[test]
    fn a_line_of_the_limit_is_whole_and_one_byte_more_shows() {
        for (length, end) in [
            (LINE_LIMIT, "\r\nnext\n"),
            (LINE_LIMIT, "\r"),
            (LINE_LIMIT + 1, "\nnext"),
            (10 * LINE_LIMIT, "\nnext"),
        ] {
            let file = ["first\n", &"x".repeat(length), end].concat();
            for range_bytes in [1_000, 65_536, 70_000, 10_000_000] {
                let lines = lines_in_ranges(file.as_bytes(), range_bytes);
                assert_eq!(lines, lines_at_once(file.as_bytes()), "{length} in {range_bytes}");
                assert_eq!(lines[1].len() > LINE_LIMIT, length > LINE_LIMIT);
            }
        }
    }

    #[test]
    fn endless_spaces_are_no_line_unless_something_follows_them() {
        let spaces = " ".repeat(500_000);
        for end in ["", "\n", "\nnext\n", "x", "x\nnext\nlast"] {
            let file = ["first\n", &spaces, end].concat();
            for range_bytes in [1_000, 65_536, 300_000, 10_000_000] {
                let lines = lines_in_ranges(file.as_bytes(), range_bytes);
                assert_eq!(lines, lines_at_once(file.as_bytes()), "{end:?} in {range_bytes}");
            }
        }
    }

    proptest! {
        #[test]
        fn any_file_in_any_ranges_gives_its_lines(
            file in prop::collection::vec(
                prop_oneof![Just(b'\n'), Just(b'\r'), Just(b' '), Just(b'x'), any::<u8>()],
                0..200,
            ),
            range_bytes in 1..60_u64,
        ) {
            prop_assert_eq!(lines_in_ranges(&file, range_bytes), lines_at_once(&file));
        }
    }
}

//! Patterns against patterns: `*` stands for any text, `?` for one character.

/// Whether some string matches both patterns, `*` standing for any text and `?` for one character. True
/// means: a job with this subject may be admitted by a trust with that pattern.
pub fn overlaps(left: &str, right: &str) -> bool {
    let (left, right): (Vec<char>, Vec<char>) = (left.chars().collect(), right.chars().collect());
    // row[j]: the first i characters of `left` and the first j of `right` can stand for one string.
    let mut row = vec![false; right.len() + 1];
    row[0] = true;
    for (j, c) in right.iter().enumerate() {
        row[j + 1] = row[j] && *c == '*';
    }
    for a in &left {
        let mut next = vec![false; right.len() + 1];
        next[0] = row[0] && *a == '*';
        for (j, b) in right.iter().enumerate() {
            next[j + 1] = match (*a, *b) {
                ('*', '*') => row[j + 1] || next[j] || row[j],
                ('*', _) => row[j + 1] || next[j],
                (_, '*') => next[j] || row[j + 1],
                ('?', _) | (_, '?') => row[j],
                (a, b) => row[j] && a == b,
            };
        }
        row = next;
    }
    row.last().copied().unwrap_or(false)
}

/// Whether every string that `subject` stands for matches `pattern`. True means: the trust admits the job
/// wherever it runs.
pub fn covers(pattern: &str, subject: &str) -> bool {
    let (pattern, subject): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), subject.chars().collect());
    let mut row = vec![false; subject.len() + 1];
    row[0] = true;
    for p in &pattern {
        let mut next = vec![false; subject.len() + 1];
        next[0] = row[0] && *p == '*';
        for (j, s) in subject.iter().enumerate() {
            next[j + 1] = match p {
                '*' => row[j + 1] || next[j],
                // One character cannot stand for any text.
                '?' => row[j] && *s != '*',
                _ => row[j] && p == s,
            };
        }
        row = next;
    }
    row.last().copied().unwrap_or(false)
}

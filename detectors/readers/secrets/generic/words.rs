//! How much a text looks like words: letter trigrams.
//!
//! `trigrams.bin` holds, for each three letters of `word` (word boundaries count as letters), the
//! bits that the third costs after the first two: 16 units to the bit, 27³ bytes. It was counted over
//! the distinct words of English documentation and of source code. Words cost 3 to 4 bits a letter,
//! random letters 6 to 8.

static TRIGRAMS: &[u8] = include_bytes!("../trigrams.bin");

/// The bits that the letters of a text cost, and how many letters there are. Everything that is no
/// ASCII letter, and a capital after a small letter, ends a word.
pub(super) fn letter_bits(text: &[u8]) -> (f32, usize) {
    let (mut units, mut steps, mut letters) = (0_u32, 0_u32, 0_usize);
    let (mut first, mut second, mut was_small) = (0_usize, 0_usize, false);
    let mut step = |first: usize, second: usize, third: usize| {
        units += TRIGRAMS.get((first * 27 + second) * 27 + third).copied().map_or(0, u32::from);
        steps += 1;
    };
    for byte in text {
        let letter = if byte.is_ascii_alphabetic() {
            usize::from(byte.to_ascii_lowercase() - b'`')
        } else {
            0
        };
        let new_word = letter == 0 || (was_small && byte.is_ascii_uppercase());
        if new_word && second != 0 {
            step(first, second, 0);
            (first, second) = (0, 0);
        }
        if letter != 0 {
            if second != 0 {
                step(first, second, letter);
            }
            (first, second) = (second, letter);
            letters += 1;
        }
        was_small = byte.is_ascii_lowercase();
    }
    if second != 0 {
        step(first, second, 0);
    }
    let bits = if steps == 0 { 0.0 } else { units as f32 / (16.0 * steps as f32) };
    (bits, letters)
}

/// True when the letters read like words. Short texts get more benefit of the doubt.
pub(super) fn reads_like_words(text: &[u8]) -> bool {
    let (bits, letters) = letter_bits(text);
    let least = match letters {
        0..=3 => return true,
        4 => 5.0,
        5 => 4.9,
        6 | 7 => 4.75,
        8..=11 => 4.6,
        _ => 4.5,
    };
    bits < least
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_random_letters_differ() {
        for words in [
            "password",
            "swordfish",
            "websocketToken",
            "correct horse battery staple",
            "top_secret",
        ] {
            assert!(
                reads_like_words(words.as_bytes()),
                "{words} {:?}",
                letter_bits(words.as_bytes())
            );
        }
        for random in ["qxwjzkvp", "feaoxr", "zuaruyi", "hTJLnaQgMGPVYSRLYFQA", "ybldj"] {
            assert!(!reads_like_words(random.as_bytes()), "{random}");
        }
    }

    #[test]
    fn the_table_is_whole() {
        assert_eq!(TRIGRAMS.len(), 27 * 27 * 27);
    }
}

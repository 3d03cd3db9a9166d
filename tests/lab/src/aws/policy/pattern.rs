//! Patterns of ARNs.

/// Whether a pattern with `*` for any text and `?` for any letter matches the whole of a value.
#[must_use]
pub fn matches(pattern: &str, value: &str) -> bool {
    let (pattern, value): (Vec<char>, Vec<char>) = (pattern.chars().collect(), value.chars().collect());
    let (mut at, mut seen) = (0, 0);
    // Where the last star stands, and how much it takes so far.
    let mut star: Option<(usize, usize)> = None;
    while seen < value.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, seen));
                at += 1;
            }
            Some(letter) if *letter == '?' || *letter == value[seen] => {
                at += 1;
                seen += 1;
            }
            _ => match star {
                Some((place, taken)) => {
                    star = Some((place, taken + 1));
                    at = place + 1;
                    seen = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_take_any_text_and_question_marks_a_letter() {
        let table = [
            ("*", "", true),
            ("*", "arn:aws:x", true),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/", true),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/a/c", true),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::c/a", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-c-", false),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("gateway/*-?", "gateway/x-y-z", true),
            ("", "", true),
            ("", "a", false),
            ("abc", "ABC", false),
            ("gateway/*", "*", false),
        ];
        for (pattern, value, expected) in table {
            assert_eq!(matches(pattern, value), expected, "{pattern} and {value}");
        }
    }
}

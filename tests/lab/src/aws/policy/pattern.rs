//! Patterns of ARNs.

/// How many fields an ARN has; the last one may have colons in it.
const FIELDS: usize = 6;

/// Whether a pattern matches an ARN field by field, so that no `*` stands for more than is in its field. `*` alone matches everything.
///
/// IAM lets a `*` at the end of a field go on beyond the colon, and advises against it; here nothing may rest on that.
#[must_use]
pub fn matches_arn(pattern: &str, arn: &str) -> bool {
    let (own, fields): (Vec<&str>, Vec<&str>) =
        (pattern.splitn(FIELDS, ':').collect(), arn.splitn(FIELDS, ':').collect());
    pattern == "*" || (own.len() == fields.len() && own.iter().zip(&fields).all(|(own, field)| matches(own, field)))
}

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

    #[test]
    fn stars_stay_in_their_field_of_an_arn() {
        let table = [
            ("*", "*", true),
            ("*", "arn:aws:x:r:1:thing/a", true),
            ("arn:aws:x:r:*:thing/*", "arn:aws:x:r:1:thing/a", true),
            ("arn:aws:x:r:*:thing/*", "arn:aws:x:r:1:other:thing/a", false),
            ("arn:aws:x:*:thing/*", "arn:aws:x:r:1:thing/a", false),
            ("arn:aws:x:r*:thing/*", "arn:aws:x:r:1:thing/a", false),
            ("arn:*", "arn:aws:x:r:1:thing/a", false),
            ("arn:aws:rds:r:1:db:*", "arn:aws:rds:r:1:db:one", true),
            ("arn:aws:s3:::b/*", "arn:aws:s3:::b/a:c", true),
            ("arn:aws:x:r:1:thing/*", "*", false),
        ];
        for (pattern, arn, expected) in table {
            assert_eq!(matches_arn(pattern, arn), expected, "{pattern} and {arn}");
        }
    }
}

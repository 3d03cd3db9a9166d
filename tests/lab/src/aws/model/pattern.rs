//! Patterns of the service models as regular expressions of Rust.

use fancy_regex::Regex;

/// Compiles a pattern so that it must match the whole text, with the character classes of Java: `\d`, `\s` and `\w` are ASCII.
pub(super) fn compile(pattern: &str) -> Result<Regex, Box<fancy_regex::Error>> {
    Regex::new(&format!(r"\A(?:{})\z", ascii_classes(pattern))).map_err(Box::new)
}

/// Rewrites the classes that Rust would read as Unicode.
fn ascii_classes(pattern: &str) -> String {
    const SPACE: &str = r" \t\n\x0B\x0C\r";
    let mut out = String::with_capacity(pattern.len());
    let mut in_class = false;
    let mut letters = pattern.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                let class = match letters.next() {
                    Some('d') => "0-9".to_owned(),
                    Some('w') => "a-zA-Z0-9_".to_owned(),
                    Some('s') => SPACE.to_owned(),
                    Some('S') if !in_class => format!("^{SPACE}"),
                    other => {
                        out.push('\\');
                        out.extend(other);
                        continue;
                    }
                };
                let (open, close) = if in_class { ("", "") } else { ("[", "]") };
                out.extend([open, &class, close]);
            }
            '[' => {
                in_class = true;
                out.push(letter);
            }
            ']' => {
                in_class = false;
                out.push(letter);
            }
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_the_whole_text() {
        let name = compile("(?!rgw-)(?![-])(?!.*[-]$)(?!.*[-]{2})[a-z0-9-]+").expect("a pattern");
        for (text, fits) in
            [("shared-rg", true), ("rgw-a", false), ("-a", false), ("a-", false), ("a--b", false), ("A", false)]
        {
            assert_eq!(name.is_match(text).expect("a match"), fits, "{text}");
        }
        let account = compile(r"\d{12}").expect("a pattern");
        assert!(account.is_match("111122223333").expect("a match"));
        assert!(!account.is_match("1111222233334").expect("a match"), "one digit too many");
        assert!(!account.is_match("111122223333\n").expect("a match"), "a line end is no digit");
        assert!(!account.is_match("١١١١٢٢٢٢٣٣٣٣").expect("a match"), "only ASCII digits count");
    }
}

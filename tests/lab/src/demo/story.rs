//! How the demo talks.

use std::io::{IsTerminal, Write};

/// The width of a terminal that does not say how wide it is.
const WIDTH: usize = 120;

/// A new part of the story.
pub(super) fn chapter(title: &str) {
    say(&format!("\n{}", bold(title)));
}

/// One sentence.
pub(super) fn tell(sentence: &str) {
    say(&format!("  {sentence}"));
}

/// A command as a person would type it; what is too long goes on after a backslash, so that its quotes must not be there.
pub(super) fn command(line: &str) {
    say("");
    let folded = fold(line, WIDTH - 8);
    for (index, part) in folded.iter().enumerate() {
        let (prompt, end) =
            (if index == 0 { "  $ " } else { "      " }, if index + 1 < folded.len() { " \\" } else { "" });
        say(&format!("{prompt}{}", bold(&format!("{part}{end}"))));
    }
}

/// What a command printed; what is too long goes on a little further to the right.
pub(super) fn output(text: &str) {
    for line in text.trim_end().lines() {
        for (index, part) in fold(line, WIDTH - 6).iter().enumerate() {
            let indent = if index == 0 { "    " } else { "      " };
            say(format!("{indent}{part}").trim_end());
        }
    }
}

/// A text in lines of at most so many characters, as far as its spaces allow. A text that fits keeps its spaces as they are.
fn fold(text: &str, width: usize) -> Vec<String> {
    if text.chars().count() <= width {
        return vec![text.to_owned()];
    }
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Whether lines can be drawn again.
pub(super) fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Goes back over the last lines and wipes them out.
pub(super) fn take_back(lines: usize) {
    if lines > 0 {
        write(&format!("\x1b[{lines}A\x1b[J"));
    }
}

/// A line cut to what fits on the terminal, so that it is one line when it is taken back.
pub(super) fn cut(line: &str) -> String {
    let width = rustix::termios::tcgetwinsize(std::io::stdout()).map_or(WIDTH, |size| usize::from(size.ws_col));
    line.chars().take(width.max(20) - 1).collect()
}

/// One line as it is.
pub(super) fn say(line: &str) {
    write(&format!("{line}\n"));
}

fn bold(text: &str) -> String {
    if is_terminal() && std::env::var_os("NO_COLOR").is_none() {
        format!("\x1b[1m{text}\x1b[0m")
    } else {
        text.to_owned()
    }
}

fn write(text: &str) {
    let mut stream = std::io::stdout().lock();
    // Whoever stops reading, does not stop the demo from cleaning up.
    let _ = stream.write_all(text.as_bytes()).and_then(|()| stream.flush());
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn long_lines_are_folded_at_spaces() {
        assert_eq!(fold("a   b", 5), ["a   b"]);
        assert_eq!(fold("one two three", 8), ["one two", "three"]);
        assert_eq!(fold("a-word-that-is-too-long b", 8), ["a-word-that-is-too-long", "b"]);
    }
}

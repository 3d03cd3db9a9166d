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

/// A command as a person would type it.
pub(super) fn command(line: &str) {
    say(&format!("\n  $ {}", bold(line)));
}

/// What a command printed.
pub(super) fn output(text: &str) {
    for line in text.trim_end().lines() {
        say(format!("    {line}").trim_end());
    }
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

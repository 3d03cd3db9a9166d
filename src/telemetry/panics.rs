//! Bugs, told as everything else is told.

use std::{
    any::Any,
    backtrace::{Backtrace, BacktraceStatus},
    panic::{Location, PanicHookInfo},
};

/// Tells of panics in lines, for the whole process.
pub(super) fn tell() {
    std::panic::set_hook(Box::new(|bug: &PanicHookInfo<'_>| {
        let place = bug.location().map(Location::to_string).unwrap_or_default();
        let backtrace = Backtrace::capture();
        let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
        tracing::error!(place, backtrace, "the operator met a bug: {}", words(bug.payload()));
    }));
}

/// The words of a panic, where they stand in the program. Words that were made when it happened may hold anything that was at hand.
fn words(payload: &(dyn Any + Send)) -> &str {
    payload.downcast_ref::<&'static str>().copied().unwrap_or("its words are not shown, since data may stand in them")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_at_hand_is_not_shown() {
        let bug = |work: fn()| std::panic::catch_unwind(work).unwrap_err();
        assert_eq!(words(&*bug(|| panic!("a word of the program"))), "a word of the program");
        let told = bug(|| {
            let secret = std::hint::black_box(String::from("hunter2"));
            panic!("{secret}");
        });
        assert!(!words(&*told).contains("hunter2"));
    }
}

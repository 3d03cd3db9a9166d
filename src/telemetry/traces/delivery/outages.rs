//! What is said of a collector that does not take what it is sent: a line when that begins and one when it is over, and no more than that
//! within a while, however often it changes its mind.

use std::time::{Duration, Instant};

/// How long nothing more is said after trouble was told.
const PAUSE: Duration = Duration::from_mins(5);

/// What of deliveries was told.
#[derive(Debug, Default)]
pub(super) struct Outages {
    /// That they fail; not yet that they work again.
    is_told: bool,
    /// When trouble was told last.
    last: Option<Instant>,
}

/// What is worth a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum News {
    /// Deliveries fail.
    Trouble,
    /// They work again.
    Over,
}

impl Outages {
    /// Notes how a delivery went.
    pub(super) fn note(&mut self, failed: bool, now: Instant) -> Option<News> {
        if !failed {
            return std::mem::take(&mut self.is_told).then_some(News::Over);
        }
        let is_early = self.last.is_some_and(|last| now.saturating_duration_since(last) < PAUSE);
        if self.is_told || is_early {
            return None;
        }
        (self.is_told, self.last) = (true, Some(now));
        Some(News::Trouble)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of deliveries that went so, at these seconds.
    fn told(deliveries: &[(u64, bool)]) -> Vec<(u64, News)> {
        let (mut outages, start) = (Outages::default(), Instant::now());
        let noted = deliveries.iter().map(|(second, failed)| {
            let news = outages.note(*failed, start + Duration::from_secs(*second));
            news.map(|news| (*second, news))
        });
        noted.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    #[test]
    fn an_outage_is_told_when_it_begins_and_when_it_is_over() {
        assert_eq!(told(&[(0, false), (5, false)]), []);
        let long = [(0, false), (5, true), (10, true), (400, true), (800, true), (805, false), (810, false)];
        assert_eq!(told(&long), [(5, News::Trouble), (805, News::Over)]);
    }

    #[test]
    fn a_collector_that_changes_its_mind_again_and_again_does_not_fill_the_log() {
        let deliveries: Vec<(u64, bool)> = (0..130).map(|count| (count * 5, count % 2 == 0)).collect();
        let expected = [
            (0, News::Trouble),
            (5, News::Over),
            (300, News::Trouble),
            (305, News::Over),
            (600, News::Trouble),
            (605, News::Over),
        ];
        assert_eq!(told(&deliveries), expected);
        // What was not told does not end either, and what lasts is told in the end.
        assert_eq!(told(&[(0, true), (5, false), (10, true), (15, false)]), [(0, News::Trouble), (5, News::Over)]);
        assert_eq!(
            told(&[(0, true), (5, false), (10, true), (299, true), (300, true), (305, false)]),
            [(0, News::Trouble), (5, News::Over), (300, News::Trouble), (305, News::Over)]
        );
    }
}

//! Answers by question: each is read once for all who ask, and forgotten when nobody asks any more.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use super::Known;
use crate::aws::Fault;

/// Answers that nobody asked for during this time go.
const FORGOTTEN_AFTER: Duration = Duration::from_hours(1);

/// How many questions are remembered; for one more, the one that was not asked for longest goes.
const LIMIT: usize = 4096;

/// A failure counts as an answer for this long, whatever age the caller accepts: long enough that hundreds who ask at once do not
/// repeat a call that was just denied, short enough that a repair is seen soon.
const FAILURE_LASTS: Duration = Duration::from_secs(10);

/// Answers by question.
pub(super) struct Cache<Question, Answer> {
    slots: Mutex<HashMap<Question, Slot<Answer>>>,
}

struct Slot<Answer> {
    asked: Instant,
    answer: Arc<tokio::sync::Mutex<Option<Dated<Answer>>>>,
}

/// An answer, and when its reading began: it knows nothing that happened after this.
struct Dated<Answer> {
    begun: Instant,
    answer: Known<Answer>,
}

impl<Question, Answer> Default for Cache<Question, Answer> {
    fn default() -> Self {
        Self { slots: Mutex::default() }
    }
}

impl<Question: Clone + Eq + Hash, Answer: Clone> Cache<Question, Answer> {
    /// An answer that was begun at this moment or later: the one at hand when it is young enough, else a new one. Those who ask while
    /// it is being read wait for that reading. May be cancelled: the next one who waits reads.
    pub(super) async fn get<Reading>(
        &self,
        question: &Question,
        fresh_since: Instant,
        read: impl FnOnce() -> Reading,
    ) -> Known<Answer>
    where
        Reading: Future<Output = Result<Answer, Fault>>,
    {
        let slot = self.slot(question);
        let mut latest = slot.lock().await;
        let now = Instant::now();
        if let Some(dated) = latest.as_ref().filter(|dated| dated.is_good(fresh_since, now)) {
            return dated.answer.clone();
        }
        let answer = Known::from(read().await);
        *latest = Some(Dated { begun: now, answer: answer.clone() });
        answer
    }

    /// Nothing is awaited while the map is held, and a panic leaves it whole.
    fn slot(&self, question: &Question) -> Arc<tokio::sync::Mutex<Option<Dated<Answer>>>> {
        let now = Instant::now();
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get_mut(question) {
            slot.asked = now;
            return Arc::clone(&slot.answer);
        }
        slots.retain(|_, slot| slot.asked + FORGOTTEN_AFTER > now);
        if slots.len() >= LIMIT {
            let oldest = slots.iter().min_by_key(|(_, slot)| slot.asked).map(|(question, _)| question.clone());
            oldest.map(|oldest| slots.remove(&oldest));
        }
        let answer = Arc::default();
        slots.insert(question.clone(), Slot { asked: now, answer: Arc::clone(&answer) });
        answer
    }
}

impl<Answer> Dated<Answer> {
    fn is_good(&self, fresh_since: Instant, now: Instant) -> bool {
        let lasts = match self.answer {
            Known::Read(_) => true,
            Known::Unreadable(_) => self.begun + FAILURE_LASTS > now,
        };
        lasts && self.begun >= fresh_since
    }
}

#[cfg(test)]
mod tests {
    use std::{
        future::{Ready, ready},
        sync::atomic::{AtomicUsize, Ordering},
    };

    use futures::future::join_all;

    use super::*;

    /// Counts how often it is read, and answers with the count.
    #[derive(Default)]
    struct Source {
        reads: AtomicUsize,
    }

    impl Source {
        async fn read(&self) -> Result<usize, Fault> {
            let count = self.reads.fetch_add(1, Ordering::Relaxed) + 1;
            tokio::time::sleep(Duration::from_millis(100)).await;
            Ok(count)
        }

        fn fail(&self) -> Ready<Result<usize, Fault>> {
            self.reads.fetch_add(1, Ordering::Relaxed);
            ready(Err(Fault::new("DescribeListeners", Some("AccessDenied"), "no")))
        }

        fn count(&self) -> usize {
            self.reads.load(Ordering::Relaxed)
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_hundred_who_ask_at_once_share_one_reading() {
        let (cache, source) = (Cache::default(), Source::default());
        let begin = Instant::now();
        let answers = join_all((0..100).map(|_| cache.get(&"lb", begin, || source.read()))).await;
        assert!(answers.iter().all(|answer| *answer == Known::Read(1)));
        assert_eq!(source.count(), 1);
        assert_eq!(cache.get(&"other", begin, || source.read()).await, Known::Read(2), "another question");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_serves_until_somebody_wants_a_younger_one() {
        let (cache, source) = (Cache::default(), Source::default());
        let begin = Instant::now();
        assert_eq!(cache.get(&"lb", begin, || source.read()).await, Known::Read(1));
        tokio::time::advance(Duration::from_mins(1)).await;
        assert_eq!(cache.get(&"lb", begin, || source.read()).await, Known::Read(1));
        assert_eq!(cache.get(&"lb", Instant::now(), || source.read()).await, Known::Read(2));
        assert_eq!(cache.get(&"lb", begin, || source.read()).await, Known::Read(2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_failure_is_remembered_for_a_moment_only() {
        let (cache, source) = (Cache::default(), Source::default());
        let begin = Instant::now();
        let denied = Known::Unreadable(Fault::new("DescribeListeners", Some("AccessDenied"), "no"));
        for _ in 0..10 {
            assert_eq!(cache.get(&"lb", begin, || source.fail()).await, denied);
        }
        assert_eq!(source.count(), 1);
        tokio::time::advance(FAILURE_LASTS).await;
        assert_eq!(cache.get(&"lb", begin, || source.read()).await, Known::Read(2));
    }

    #[tokio::test(start_paused = true)]
    async fn who_gives_up_does_not_take_the_answer_from_the_others() {
        let (cache, source) = (Cache::default(), Source::default());
        let begin = Instant::now();
        let patience = tokio::time::timeout(Duration::from_millis(1), cache.get(&"lb", begin, || source.read()));
        assert!(patience.await.is_err());
        assert_eq!(cache.get(&"lb", begin, || source.read()).await, Known::Read(2));
    }

    #[tokio::test(start_paused = true)]
    async fn what_nobody_asks_for_goes_and_the_rest_is_bounded() {
        let (cache, source) = (Cache::default(), Source::default());
        let begin = Instant::now();
        let remembered = |cache: &Cache<usize, usize>| cache.slots.lock().unwrap().len();
        cache.get(&0, begin, || source.read()).await;
        tokio::time::advance(FORGOTTEN_AFTER).await;
        cache.get(&1, begin, || source.read()).await;
        assert_eq!(remembered(&cache), 1, "nobody asked for 0");
        for question in 2..LIMIT + 10 {
            tokio::time::advance(Duration::from_millis(1)).await;
            cache.slot(&question);
            cache.slot(&1);
        }
        assert_eq!(remembered(&cache), LIMIT);
        let reads = source.count();
        cache.get(&1, begin, || source.read()).await;
        assert_eq!(source.count(), reads, "what is asked for often stays");
    }
}

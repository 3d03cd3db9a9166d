//! How long a lease lasts, and how often it is renewed.

use std::time::Duration;

/// By how much a pause between two attempts may be longer than was asked for, with the time that an attempt takes.
const SLACK: f64 = 1.2;

/// The three times of an election. They fit together: see [`Terms::new`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    lease_duration: Duration,
    renew_deadline: Duration,
    retry_period: Duration,
}

impl Default for Terms {
    /// 15, 10 and 2 seconds, as Kubernetes' own components have it.
    fn default() -> Self {
        let [lease_duration, renew_deadline, retry_period] = [15, 10, 2].map(Duration::from_secs);
        Self { lease_duration, renew_deadline, retry_period }
    }
}

impl Terms {
    /// Times that fit together: the lease outlasts the deadline, so that a leader that cannot renew has ended before another begins, and
    /// the deadline leaves room for more than one attempt.
    ///
    /// # Errors
    ///
    /// They do not fit; the sentence names the flags.
    pub fn new(lease_duration: Duration, renew_deadline: Duration, retry_period: Duration) -> Result<Self, String> {
        if lease_duration <= renew_deadline {
            return Err(format!(
                "--lease-duration ({lease_duration:?}) must be longer than --renew-deadline ({renew_deadline:?}): a leader that cannot renew \
                 its lease must have ended before another one begins"
            ));
        }
        if renew_deadline <= retry_period.mul_f64(SLACK) {
            return Err(format!(
                "--renew-deadline ({renew_deadline:?}) must be longer than {SLACK} times --retry-period ({retry_period:?}): one attempt that \
                 fails must not cost the lease"
            ));
        }
        // What stands in the lease, for others to go by, is whole seconds.
        if lease_duration.subsec_nanos() != 0 || i32::try_from(lease_duration.as_secs()).is_err() {
            return Err(format!("--lease-duration ({lease_duration:?}) must be whole seconds, and fewer than 2^31"));
        }
        Ok(Self { lease_duration, renew_deadline, retry_period })
    }

    /// How long others leave a lease alone that they see unchanged.
    pub fn lease_duration(&self) -> Duration {
        self.lease_duration
    }

    /// How long a leader may act after the beginning of its last successful renewal.
    pub fn renew_deadline(&self) -> Duration {
        self.renew_deadline
    }

    /// How often a leader renews, and a candidate looks.
    pub fn retry_period(&self) -> Duration {
        self.retry_period
    }

    /// How long one request for the lease may take: after one that hangs there is time for another.
    pub(super) fn request_limit(&self) -> Duration {
        self.renew_deadline / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_together_is_refused_by_the_name_of_the_flag() {
        let table = [
            (15_000, 10_000, 2_000, ""),
            (2_000, 1_500, 1_000, ""),
            (10_000, 10_000, 2_000, "--lease-duration (10s) must be longer than --renew-deadline (10s)"),
            (5_000, 10_000, 2_000, "--lease-duration (5s)"),
            (15_000, 10_000, 10_000, "--renew-deadline (10s) must be longer than 1.2 times --retry-period (10s)"),
            (15_000, 12_000, 10_000, "--renew-deadline (12s)"),
            (15_500, 10_000, 2_000, "--lease-duration (15.5s) must be whole seconds"),
            (4_000_000_000_000, 10_000, 2_000, "fewer than 2^31"),
        ];
        for (lease, deadline, retry, expected) in table {
            let [lease, deadline, retry] = [lease, deadline, retry].map(Duration::from_millis);
            match Terms::new(lease, deadline, retry) {
                Ok(terms) => {
                    assert_eq!(expected, "");
                    assert_eq!((terms.lease_duration(), terms.renew_deadline()), (lease, deadline));
                }
                Err(said) => assert!(!expected.is_empty() && said.contains(expected), "{said}"),
            }
        }
        let [lease, deadline, retry] = [15, 10, 2].map(Duration::from_secs);
        assert_eq!(Terms::new(lease, deadline, retry), Ok(Terms::default()));
    }
}

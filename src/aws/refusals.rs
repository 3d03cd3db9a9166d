//! AWS's ids of the requests that failed, for those who tell people of it: AWS Support asks for them.
//!
//! They are no part of a [`Fault`], since faults become conditions, and an id that is another with each try would be a write with each try.

use std::cell::RefCell;

use super::fault::Fault;

/// A call that AWS answered, and did not do.
struct Refusal {
    /// How AWS's words begin: at their end they may be cut where they are told.
    beginning: String,
    request_id: String,
}

tokio::task_local! {
    /// Those of the work that is being done, the last one last.
    static REFUSALS: RefCell<Vec<Refusal>>;
}

/// Does a piece of work and remembers meanwhile which calls failed.
pub async fn remembered<T>(work: impl Future<Output = T>) -> T {
    REFUSALS.scope(RefCell::default(), work).await
}

/// A call failed with this fault, in answer to this request.
pub(crate) fn remember(fault: &Fault, request_id: &str) {
    const ENOUGH: usize = 200;
    if fault.message.is_empty() {
        return;
    }
    let beginning = fault.message.chars().take(ENOUGH).collect();
    let refusal = Refusal { beginning, request_id: request_id.to_owned() };
    let _ = REFUSALS.try_with(|refusals| refusals.borrow_mut().push(refusal));
}

/// The request that was answered with what these words tell: the last one, when there were several. `None`: they tell of no such answer, or
/// nobody remembers.
pub fn request_behind(words: &str) -> Option<String> {
    let find = |refusals: &RefCell<Vec<Refusal>>| {
        let refusals = refusals.borrow();
        let told = refusals.iter().rev().find(|refusal| words.contains(&refusal.beginning));
        told.map(|refusal| refusal.request_id.clone())
    };
    REFUSALS.try_with(find).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::fault::shorten;

    #[tokio::test]
    async fn a_request_is_found_by_what_was_answered() {
        let fault = |message: &str| Fault::new("CreateGateway", Some("ValidationException"), message);
        remembered(async {
            for (message, id) in
                [("no such role", "id-1"), ("too long", "id-2"), ("no such role", "id-3"), ("", "id-4")]
            {
                remember(&fault(message), id);
            }
            let table = [
                (fault("no such role").to_string(), Some("id-3")),
                ("too long. Change the spec".to_owned(), Some("id-2")),
                ("The gateway is not ready".to_owned(), None),
            ];
            for (words, expected) in table {
                assert_eq!(request_behind(&words).as_deref(), expected, "{words}");
            }
        })
        .await;
        remembered(async {
            assert_eq!(request_behind("no such role"), None, "that was other work");
            let long = fault(&"many words ".repeat(200));
            remember(&long, "id-5");
            assert_eq!(request_behind(&shorten(long.to_string())).as_deref(), Some("id-5"));
        })
        .await;
        assert_eq!(request_behind("no such role"), None);
    }
}

//! How answers are put together.

mod emulated;
mod stages;

use super::*;

#[tokio::test]
async fn all_pages_or_none() {
    let book = |token: Option<String>| {
        let answer = match token.as_deref() {
            None => Ok((vec![1, 2], Some("second".to_owned()))),
            Some("second") => Ok((vec![3], Some(String::new()))),
            Some(other) => Err(Fault::unavailable("DescribeListeners", other)),
        };
        std::future::ready(answer)
    };
    assert_eq!(pages("DescribeListeners", book).await, Ok(vec![1, 2, 3]));
    let circle = |_| std::future::ready(Ok((vec![1], Some("again".to_owned()))));
    assert!(pages("DescribeListeners", circle).await.is_err(), "a circle ends");
    let torn = |token: Option<String>| {
        std::future::ready(match token {
            None => Ok((vec![1], Some("second".to_owned()))),
            Some(_) => Err(Fault::new("DescribeListeners", Some("Throttling"), "")),
        })
    };
    assert!(pages("DescribeListeners", torn).await.is_err(), "half an answer is none");
}

#[test]
fn a_set_has_one_spelling() {
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    assert_eq!(set(&ids(&["b", "a", "b"])), ids(&["a", "b"]));
}

//! The store against an API server that is too busy.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, http::StatusCode};
use k8s_openapi::api::coordination::v1::Lease;
use kube::{Client, Config};
use tokio::net::TcpListener;

use super::{
    super::store::{Failure, InCluster, Store, own_client},
    NAME, Terms,
};
use crate::metrics::Metrics;

/// The client's own way would be to wait for a minute, which is five deadlines.
#[tokio::test]
async fn a_server_that_asks_for_patience_is_not_waited_for() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&asked);
    let busy = Router::new().fallback(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        std::future::ready((StatusCode::TOO_MANY_REQUESTS, [("retry-after", "60")], "later"))
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, busy).await });

    let config = Config::new(format!("http://{address}").parse().unwrap());
    let client = Client::try_from(config.clone()).unwrap();
    let metrics = Metrics::default();
    let own = own_client(&config, &Terms::default(), &metrics).unwrap();
    let store = InCluster::new(own, client, "default", NAME);
    let answers = async { (store.read().await.map(drop), store.write(Lease::default()).await.map(drop)) };
    let answers = tokio::time::timeout(Duration::from_secs(30), answers).await.expect("it waited");
    for answer in [answers.0, answers.1] {
        assert!(matches!(answer, Err(Failure::Unknown(_))), "{answer:?}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 2, "each was asked for once");
    let text = metrics.text();
    for method in ["GET", "POST"] {
        let counted = format!("rest_client_requests_total{{code=\"429\",method=\"{method}\",host=\"{address}\"}} 1");
        assert!(text.contains(&counted), "{text}");
    }
}

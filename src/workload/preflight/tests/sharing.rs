//! Many ask, few look.

use std::{
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Semaphore, mpsc},
    time::Instant,
};

use super::{super::*, fixture::*};

/// Looks that nobody is let make, so that they end at once and touch no network.
fn forbidden() -> (Preflights, mpsc::UnboundedReceiver<Call>) {
    let guard = Guard::new(Vec::new(), Vec::new(), Arc::new(|_| false));
    let probe = Probe { guard, trust: Authority::new().trust(), bounds: Bounds::default() };
    let (ended, woken) = mpsc::unbounded_channel();
    (Preflights::new(probe, ended), woken)
}

fn literal(path: &str) -> Call {
    Call { via: Via::Literal, path: path.to_owned(), ..call() }
}

#[tokio::test]
async fn a_hundred_who_ask_share_one_look_and_everybody_is_woken_once() {
    let authority = Authority::new();
    let server = Server::answering(authority.signs(HOST), |asked: Asked| ready(asked.good())).await;
    let (ended, mut woken) = mpsc::unbounded_channel();
    let preflights = Preflights::new(probe(&server, &authority), ended);
    let asked = Instant::now();
    for _ in 0..100 {
        assert_eq!(preflights.look(&call(), asked), Look::Renewing(None));
    }
    assert_eq!(woken.recv().await, Some(call()));
    for _ in 0..100 {
        let Look::Current(report) = preflights.look(&call(), asked) else { panic!("the report is there") };
        assert!(report.begun >= asked);
        assert_eq!(passed(&report).tool_count(), 1);
    }
    assert_eq!((preflights.probes(), server.calls().get("initialize")), (1, Some(&2)));
    assert!(woken.try_recv().is_err());
}

#[tokio::test]
async fn an_older_report_is_shown_while_a_new_one_is_made() {
    let (preflights, mut woken) = forbidden();
    let first = Instant::now();
    preflights.look(&literal("/"), first);
    woken.recv().await.unwrap();
    let old = preflights.look(&literal("/"), first).report().cloned().unwrap();
    // A moment to come counts as now, else no report could ever be new enough.
    let later = Instant::now() + Duration::from_secs(1_000);
    assert_eq!(preflights.look(&literal("/"), later), Look::Renewing(Some(Arc::clone(&old))));
    // Who is content with the old one gets it as it is.
    assert_eq!(preflights.look(&literal("/"), first), Look::Current(Arc::clone(&old)));
    let second = Instant::now();
    woken.recv().await.unwrap();
    let Look::Current(new) = preflights.look(&literal("/"), second) else { panic!("the new report is there") };
    assert!(new.begun > old.begun);
    assert_eq!(preflights.probes(), 2);
}

#[tokio::test]
async fn calls_that_differ_in_anything_do_not_share() {
    let (preflights, mut woken) = forbidden();
    let calls = [
        literal("/a"),
        literal("/b"),
        Call { port: 8443, ..literal("/a") },
        Call { host: "other.example.com".to_owned(), ..literal("/a") },
        Call { protocol: Protocol::Http, ..literal("/a") },
        Call { any_authority: true, ..literal("/a") },
        Call { has_credentials: true, ..literal("/a") },
        Call { dynamic: true, ..literal("/a") },
    ];
    for call in &calls {
        preflights.look(call, Instant::now());
    }
    for _ in &calls {
        woken.recv().await.unwrap();
    }
    assert_eq!((preflights.probes(), preflights.remembered()), (8, 8));
}

#[tokio::test]
async fn no_more_than_eight_look_at_once_and_all_get_their_turn() {
    let authority = Authority::new();
    let (within, most, gate) =
        (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)), Arc::new(Semaphore::new(0)));
    let server = Server::answering(authority.signs(HOST), {
        let (within, most, gate) = (Arc::clone(&within), Arc::clone(&most), Arc::clone(&gate));
        move |asked: Asked| {
            let (within, most, gate) = (Arc::clone(&within), Arc::clone(&most), Arc::clone(&gate));
            async move {
                if asked.name() == "initialize" {
                    most.fetch_max(within.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    drop(gate.acquire().await.unwrap());
                    within.fetch_sub(1, Ordering::SeqCst);
                }
                asked.good()
            }
        }
    })
    .await;
    let (ended, mut woken) = mpsc::unbounded_channel();
    let preflights = Preflights::new(probe(&server, &authority), ended);
    for number in 0..20 {
        preflights.look(&Call { path: format!("/{number}"), ..call() }, Instant::now());
    }
    while within.load(Ordering::SeqCst) < 8 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(preflights.probes(), 8, "the others queue");
    gate.add_permits(1_000);
    let mut paths = Vec::new();
    for _ in 0..20 {
        paths.push(woken.recv().await.unwrap().path);
    }
    paths.sort_by_key(|path| path[1..].parse::<usize>().unwrap());
    assert_eq!(paths, (0..20).map(|number| format!("/{number}")).collect::<Vec<_>>());
    assert_eq!((preflights.probes(), most.load(Ordering::SeqCst)), (20, 8));
}

#[tokio::test]
async fn a_look_that_panics_ends_in_a_report_and_can_be_made_again() {
    let authority = Authority::new();
    let server = Server::answering(authority.signs(HOST), |asked: Asked| ready(asked.good())).await;
    let panics = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&panics);
    let is_service: IsService = Arc::new(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => panic!("as a test wants it"),
        _ => false,
    });
    // Every address is asked about, also one that is covered anyway.
    let guard = Guard::new(
        vec!["127.0.0.1".parse().unwrap()],
        vec![server.resolution(BALANCER), "internal-lb.invalid:443:10.0.0.1".parse().unwrap()],
        is_service,
    );
    let (ended, mut woken) = mpsc::unbounded_channel();
    let preflights = Preflights::new(Probe { guard, trust: authority.trust(), bounds: Bounds::default() }, ended);
    let first = Instant::now();
    preflights.look(&call(), first);
    woken.recv().await.unwrap();
    let look = preflights.look(&call(), first);
    let (reason, message) = unknown(look.report().unwrap());
    assert_eq!(reason, Reason::Unavailable);
    assert!(message.contains("mistake of the operator's"), "{message}");

    let second = Instant::now();
    assert!(matches!(preflights.look(&call(), second), Look::Renewing(Some(_))));
    woken.recv().await.unwrap();
    assert_eq!(passed(preflights.look(&call(), second).report().unwrap()).tool_count(), 1);
    assert_eq!(preflights.probes(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_nobody_asks_about_for_an_hour_is_forgotten() {
    let (preflights, mut woken) = forbidden();
    let begin = Instant::now();
    for path in ["/a", "/b"] {
        preflights.look(&literal(path), begin);
        woken.recv().await.unwrap();
    }
    tokio::time::advance(Duration::from_mins(40)).await;
    assert!(matches!(preflights.look(&literal("/a"), begin), Look::Current(_)));
    assert_eq!(preflights.remembered(), 2);
    tokio::time::advance(Duration::from_mins(40)).await;
    assert!(matches!(preflights.look(&literal("/a"), begin), Look::Current(_)));
    assert_eq!((preflights.remembered(), preflights.probes()), (1, 2));
    assert_eq!(preflights.look(&literal("/b"), begin), Look::Renewing(None));
}

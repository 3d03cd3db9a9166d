//! A lease in memory that behaves as in an API server, and misbehaves when told to.

use std::{
    future::pending,
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};

use futures::{FutureExt, StreamExt, stream, stream::BoxStream};
use k8s_openapi::api::coordination::v1::Lease;
use tokio::{sync::watch, time::sleep};

use crate::leader::store::{Failure, Store};

/// How requests fare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mood {
    Good,
    /// They get an error, and nothing happens.
    Refuses,
    /// They get no answer, and nothing happens.
    Hangs,
    /// They get no answer, and do what they are for.
    CommitsAndHangs,
    /// They do what they are for, and are answered a second later.
    IsSlow,
    /// Writes are told that somebody has written meanwhile, which nobody has.
    Disputes,
}

/// Where a lease lies. Clones are the same.
#[derive(Clone)]
pub(super) struct Shelf(Arc<Mutex<Inside>>);

struct Inside {
    lease: Option<Lease>,
    version: u64,
    mood: Mood,
    watched: bool,
    reads: usize,
    writes: usize,
    moved: watch::Sender<()>,
}

impl Default for Shelf {
    fn default() -> Self {
        let moved = watch::channel(()).0;
        let inside = Inside { lease: None, version: 0, mood: Mood::Good, watched: true, reads: 0, writes: 0, moved };
        Self(Arc::new(Mutex::new(inside)))
    }
}

impl Shelf {
    pub(super) fn lease(&self) -> Option<Lease> {
        self.inside().lease.clone()
    }

    pub(super) fn reads(&self) -> usize {
        self.inside().reads
    }

    pub(super) fn writes(&self) -> usize {
        self.inside().writes
    }

    pub(super) fn set_mood(&self, mood: Mood) {
        self.inside().mood = mood;
    }

    /// Whether watches tell anything.
    pub(super) fn let_watch(&self, watched: bool) {
        self.inside().watched = watched;
    }

    /// As somebody does who asks nobody.
    pub(super) fn put(&self, lease: Lease) {
        self.inside().store(lease);
    }

    pub(super) fn remove(&self) {
        let mut inside = self.inside();
        inside.lease = None;
        inside.moved.send_replace(());
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap()
    }

    async fn fare<T>(&self, deed: impl FnOnce(&mut Inside) -> Result<T, Failure>) -> Result<T, Failure> {
        let mood = self.inside().mood;
        match mood {
            // What is read is not disputed, and what is written finds out by itself.
            Mood::Good | Mood::Disputes => deed(&mut self.inside()),
            Mood::Refuses => Err(Failure::Unknown("the API server says no".to_owned())),
            Mood::Hangs => pending().await,
            Mood::CommitsAndHangs => {
                // Whoever did it, nobody is told.
                let _ = deed(&mut self.inside());
                pending().await
            }
            Mood::IsSlow => {
                let done = deed(&mut self.inside());
                sleep(Duration::from_secs(1)).await;
                done
            }
        }
    }
}

impl Inside {
    fn store(&mut self, mut lease: Lease) -> Lease {
        self.version += 1;
        lease.metadata.resource_version = Some(self.version.to_string());
        self.lease = Some(lease.clone());
        self.moved.send_replace(());
        lease
    }

    fn replace(&mut self, lease: Lease) -> Result<Lease, Failure> {
        self.writes += 1;
        let stored = self.lease.as_ref().and_then(|lease| lease.metadata.resource_version.clone());
        if self.mood == Mood::Disputes || stored != lease.metadata.resource_version {
            return Err(Failure::Moved("the object has been modified".to_owned()));
        }
        Ok(self.store(lease))
    }
}

impl Store for Shelf {
    fn read(&self) -> impl Future<Output = Result<Option<Lease>, Failure>> + Send {
        self.fare(|inside| {
            inside.reads += 1;
            Ok(inside.lease.clone())
        })
    }

    fn write(&self, lease: Lease) -> impl Future<Output = Result<Lease, Failure>> + Send {
        self.fare(|inside| inside.replace(lease))
    }

    fn changes(&self) -> BoxStream<'static, Option<Lease>> {
        let moved = self.inside().moved.subscribe();
        let changes = stream::unfold((self.clone(), moved), |(watched, mut moved)| async move {
            moved.changed().await.ok()?;
            let lease = watched.lease();
            let told = watched.inside().watched.then_some(lease);
            Some((told, (watched, moved)))
        });
        changes.filter_map(std::future::ready).chain(pending::<Option<Lease>>().into_stream()).boxed()
    }
}

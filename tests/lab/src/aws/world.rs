//! Everything that the connections of one emulation share.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::account::Account;
use super::clock::Clock;
use super::fault::Faults;
use super::handshake;
use super::ledger::Ledger;
use super::model;
use super::options::AwsOptions;
use super::service::Service;

/// The state behind one port. Locks are taken in the order of the members and held for no longer than a decision takes.
pub(super) struct World {
    pub(super) options: Arc<AwsOptions>,
    pub(super) clock: Arc<Clock>,
    pub(super) client: reqwest::Client,
    pub(super) down: AtomicBool,
    /// Whether a test has put an object into a status of its own choice, which the model need not know.
    pub(super) status_is_free: AtomicBool,
    account: Mutex<Account>,
    ledger: Mutex<Ledger>,
    faults: Mutex<Faults>,
    endpoints: Mutex<BTreeMap<String, String>>,
}

impl World {
    pub(super) fn new(options: AwsOptions) -> anyhow::Result<Self> {
        for service in Service::ALL {
            model::model(service)?;
        }
        let options = Arc::new(options);
        let clock = Arc::new(Clock::new(options.speed));
        let account = Account::new(Arc::clone(&options), Arc::clone(&clock));
        Ok(Self {
            options,
            clock,
            client: handshake::client()?,
            down: AtomicBool::new(false),
            status_is_free: AtomicBool::new(false),
            account: Mutex::new(account),
            ledger: Mutex::default(),
            faults: Mutex::default(),
            endpoints: Mutex::default(),
        })
    }

    /// The account, with everything moved whose time has come.
    pub(super) fn account(&self) -> MutexGuard<'_, Account> {
        let mut account = lock(&self.account);
        account.settle();
        account
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        lock(&self.ledger)
    }

    pub(super) fn faults(&self) -> MutexGuard<'_, Faults> {
        lock(&self.faults)
    }

    /// Says where the server behind an address of the emulated world really listens.
    pub(super) fn register_endpoint(&self, url: &str, address: &str) {
        lock(&self.endpoints).insert(url.to_owned(), address.to_owned());
    }

    /// Where the server behind an address really listens.
    pub(super) fn address_of(&self, url: &str) -> Option<String> {
        lock(&self.endpoints).get(url).cloned()
    }

    /// Sends the inquiries off that the last change of the account asked for.
    pub(super) fn start_inquiries(self: &Arc<Self>, account: &mut Account) {
        for inquiry in account.inquiries.drain(..) {
            tokio::spawn(handshake::inquire(Arc::clone(self), inquiry));
        }
    }
}

/// A panic elsewhere leaves the state as it was before or after a change: it is still good to look at.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

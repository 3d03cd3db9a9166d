//! Whatever goes wrong on the way, the end is the same: what the specs say, one object of each, and nothing left behind.
//!
//! Real operator, real API server, emulated AWS. Each test makes something fail in a way that real worlds do, and then counts:
//! the ledger of AWS knows every call, so "never twice", "never somebody else's" and "in this order" are sums, not impressions.
//! Nothing here asserts a duration.

mod behind;
mod cluster;
mod crash;
mod crowd;
mod deletion;
mod edits;
mod identity;
mod lag;
mod leadership;
mod ledger;
mod lost;
mod marker;
mod outage;
mod ownership;
mod pages;
mod process;
mod random;
mod restless;
mod same_name;
mod set;
mod stage;
mod unreadable;

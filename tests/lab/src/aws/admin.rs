//! The emulation's own interface, for users in other processes: `/_lab/...` on the same port.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::backdoor;
use super::call::{Answer, Dropped};
use super::decode;
use super::fault::Fault;
use super::object::ObjectKind;
use super::target;
use super::world::World;

/// Answers a request whose path began with `/_lab/`.
pub(super) fn answer(world: &Arc<World>, read: bool, path: &str, query: &str, body: &Bytes) -> Answer {
    let (status, body) = match if read { get(world, path, query) } else { post(world, path, body) } {
        Ok(value) => (200, value),
        Err(message) => (400, json!({"message": message})),
    };
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Full::new(Bytes::from(format!("{body:#}\n"))))
        .map_err(|_| Dropped)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Endpoint {
    url: String,
    address: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Down {
    down: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    seconds: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Authorization {
    target: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Seed {
    kind: ObjectKind,
    body: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FaultOrder {
    /// Any operation when left out.
    operation: Option<String>,
    phase: Phase,
    status: Option<u16>,
    code: Option<String>,
    message: Option<String>,
    #[serde(default = "one")]
    times: usize,
    nth: Option<usize>,
    delay_milliseconds: Option<u64>,
    /// JSON pointers into the input and the values that must stand there.
    #[serde(default)]
    matching: Map<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Phase {
    ErrorBeforeCommit,
    ErrorAfterCommit,
    DropBeforeCommit,
    DropAfterCommit,
    Throttle,
    Delay,
}

fn one() -> usize {
    1
}

fn get(world: &Arc<World>, path: &str, query: &str) -> Result<Value, String> {
    match path {
        "ledger" => {
            let since = decode::pairs(query).into_iter().find(|(name, _)| name == "since");
            let mark = since.and_then(|(_, value)| value.parse().ok()).unwrap_or(0);
            serde_json::to_value(world.ledger().filtered(mark, |_| true)).map_err(|error| error.to_string())
        }
        "objects" => {
            let account = world.account();
            let kinds = ObjectKind::ALL.into_iter();
            let objects: Map<String, Value> =
                kinds.map(|kind| (format!("{kind:?}"), json!(backdoor::objects(&account, kind)))).collect();
            Ok(json!({"objects": objects, "leftOver": backdoor::left_over(&account)}))
        }
        _ => Err(format!("there is nothing to read at /_lab/{path}")),
    }
}

fn post(world: &Arc<World>, path: &str, body: &Bytes) -> Result<Value, String> {
    match path {
        "endpoints" => {
            let Endpoint { url, address } = read(body)?;
            world.register_endpoint(&url, &address);
        }
        "down" => world.down.store(read::<Down>(body)?.down, Ordering::Relaxed),
        "advance" => world.clock.advance(Duration::from_secs(read::<Advance>(body)?.seconds)),
        "authorizations" => {
            let mut account = world.account();
            if !target::authorize(&mut account, &read::<Authorization>(body)?.target) {
                return Err("no such target waits for an authorization".to_owned());
            }
            world.start_inquiries(&mut account);
        }
        "objects" => {
            let Seed { kind, body } = read(body)?;
            return Ok(json!({"id": backdoor::seed(&mut world.account(), kind, &body)}));
        }
        "faults" => {
            // Without its handle nothing can be held: the phases that hold are not offered here.
            drop(world.faults().inject(fault(read(body)?)));
        }
        _ => return Err(format!("there is nothing to change at /_lab/{path}")),
    }
    Ok(json!({}))
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, String> {
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

fn fault(order: FaultOrder) -> Fault {
    let status = order.status.unwrap_or(500);
    let code = order.code.as_deref().unwrap_or("InternalServerException");
    let mut fault = order.operation.as_deref().map_or_else(Fault::on_any, Fault::on);
    fault = match order.phase {
        Phase::ErrorBeforeCommit => fault.error_before_commit(status, code),
        Phase::ErrorAfterCommit => fault.error_after_commit(status, code),
        Phase::DropBeforeCommit => fault.drop_before_commit(),
        Phase::DropAfterCommit => fault.drop_after_commit(),
        Phase::Throttle => fault.throttle(),
        Phase::Delay => fault,
    };
    if let Some(message) = &order.message {
        fault = fault.message(message);
    }
    for (pointer, value) in order.matching {
        fault = fault.matching(&pointer, value);
    }
    fault
        .times(order.times)
        .nth(order.nth.unwrap_or(1))
        .delay(Duration::from_millis(order.delay_milliseconds.unwrap_or(0)))
}

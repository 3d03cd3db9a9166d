//! The life of one call: from an HTTP request to a decision, its record, and the answer.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use hyper::http::request::Parts;
use serde_json::Value;

use super::account::{Account, Done};
use super::authorization;
use super::decode::{self, Input};
use super::fault::{Effect, Hit};
use super::gateway;
use super::json::without_nulls;
use super::ledger::Call;
use super::model::{self, Model, Operation};
use super::object::Then;
use super::operations;
use super::protocol::{self, Body};
use super::refusal::Refusal;
use super::service::Service;
use super::signature;
use super::world::World;
use crate::usage;

/// The connection is to be closed without an answer.
#[derive(Debug)]
pub(super) struct Dropped;

impl std::fmt::Display for Dropped {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the emulation closes the connection")
    }
}

impl std::error::Error for Dropped {}

/// What a caller gets.
pub(super) type Answer = Result<Response<Full<Bytes>>, Dropped>;

/// Answers one call and writes it down.
pub(super) async fn answer(world: Arc<World>, parts: Parts, body: Bytes) -> Answer {
    let mut record = record(&world, &parts);
    if world.down.load(Ordering::Relaxed) {
        return outage(&world, record);
    }
    let service = match signature::service(&parts.headers, &world.options) {
        Ok(service) => service,
        Err((service, refusal)) => return refused(&world, record, service, None, &refusal),
    };
    service.signing_name().clone_into(&mut record.service);
    let model = match model::model(service) {
        Ok(model) => model,
        Err(error) => return refused(&world, record, service, None, &internal(&format!("{error:#}"))),
    };
    let (operation, input) = match decode::request(model, service, &parts, &body) {
        Ok(understood) => understood,
        Err(refusal) => return refused(&world, record, service, Some(model), &refusal),
    };
    let caller = signature::access_key(&parts.headers).unwrap_or_default();
    operation.name.clone_into(&mut record.operation);
    record.mutating = operation.is_mutating();
    record.input = input.value.clone();
    let mut hit = world.faults().hit(&operation.name, &input.value);
    if let Some(hit) = &mut hit
        && let Some(answer) = before_commit(&world, &record, service, hit).await
    {
        return answer;
    }
    let effect = hit.as_ref().map_or(&Effect::None, |hit| &hit.effect);
    let answer = decide(&world, record, &Asked { service, model, operation, caller }, input, effect);
    if let Some(mut hit) = hit {
        hit.announce();
        if matches!(hit.effect, Effect::HoldAfter) {
            hit.released().await;
        }
    }
    answer
}

/// Lets a fault happen that needs no decision; an answer here is final.
async fn before_commit(world: &World, record: &Call, service: Service, hit: &mut Hit) -> Option<Answer> {
    if !hit.delay.is_zero() {
        tokio::time::sleep(hit.delay).await;
    }
    match &hit.effect {
        Effect::HoldBefore => {
            hit.announce();
            hit.released().await;
            None
        }
        Effect::ErrorBefore(refusal) => {
            let answer = refused(world, record.clone(), service, None, refusal);
            hit.announce();
            Some(answer)
        }
        Effect::Throttle(message) => {
            let (status, code) = service.throttling();
            let refusal = Refusal::injected(status, code, message);
            let answer = refused(world, record.clone(), service, None, &refusal);
            hit.announce();
            Some(answer)
        }
        Effect::DropBefore => {
            let answer = dropped(world, record.clone());
            hit.announce();
            Some(answer)
        }
        Effect::None | Effect::ErrorAfter(_) | Effect::DropAfter | Effect::HoldAfter | Effect::Settle { .. } => None,
    }
}

/// What is asked for, and the access key of whoever asks.
struct Asked<'a> {
    service: Service,
    model: &'a Model,
    operation: &'a Operation,
    caller: &'a str,
}

/// Decides, changes the state, and writes the call down, all in one step as seen by other calls.
fn decide(world: &Arc<World>, mut record: Call, asked: &Asked<'_>, mut input: Input, effect: &Effect) -> Answer {
    let Asked { service, model, operation, .. } = *asked;
    let mut account = world.account();
    record.at = account.now;
    let denied_late = match admit(&mut account, asked, &mut input) {
        Ok(denied_late) => denied_late,
        Err(refusal) => return refused(world, record, service, Some(model), &refusal),
    };
    without_nulls(&mut input.value);
    let done = match operations::perform(&mut account, service, &operation.name, &input.value) {
        Ok(done) => done,
        Err(refusal) => {
            let refusal = declared(model, operation, refusal);
            return refused(world, record, service, Some(model), &refusal);
        }
    };
    record.changed = done.changed;
    if let Some(denial) = denied_late.filter(|_| done.changed) {
        authorization::fails(&mut account, &operation.name, &done, &denial);
    }
    if let (Effect::Settle { status, reasons }, Some(key)) = (effect, &done.object)
        && let Some(pending) = account.get_mut(key).and_then(|object| object.pending.as_mut())
    {
        pending.then = Then::Become { status: status.clone(), reasons: reasons.clone() };
    }
    world.start_inquiries(&mut account);
    match effect {
        Effect::ErrorAfter(refusal) => refused(world, record, service, None, refusal),
        Effect::DropAfter => dropped(world, record),
        Effect::None
        | Effect::ErrorBefore(_)
        | Effect::Throttle(_)
        | Effect::DropBefore
        | Effect::HoldBefore
        | Effect::HoldAfter
        | Effect::Settle { .. } => succeeded(world, record, service, model, operation, &done),
    }
}

/// What a call must pass before anybody looks at what it is about: rates, policies, and the model. The denial that it meets later.
fn admit(account: &mut Account, asked: &Asked<'_>, input: &mut Input) -> Result<Option<String>, Refusal> {
    let Asked { service, model, operation, caller } = *asked;
    if service == Service::AgentCore {
        let (limits, now) = (account.options.limits.clone(), account.now);
        account.rates.admit(model, operation, &limits, now)?;
    }
    if account.denied.contains(&operation.name) {
        return Err(Refusal::unauthorized(service, &account.caller(), &operation.name));
    }
    if input.value.get("gatewayIdentifier").is_some() {
        gateway::key(&input.value)?;
    }
    let mut problems = std::mem::take(&mut input.problems);
    problems.extend(model.check_input(operation, &input.value));
    if !problems.is_empty() {
        return Err(Refusal::problems(service, &problems));
    }
    authorize(account, service, operation, caller, &input.value)
}

/// Holds a caller to its policies, where it has some. What is denied to the service when it has accepted the call is no refusal.
fn authorize(
    account: &mut Account,
    service: Service,
    operation: &Operation,
    caller: &str,
    input: &Value,
) -> Result<Option<String>, Refusal> {
    let Some(policies) = account.policies.get(caller).map(Arc::clone) else { return Ok(None) };
    let verdict = authorization::judge(account, &policies, service, &operation.name, input);
    if policies.is_installed() {
        verdict.allowed.iter().for_each(|(place, action)| usage::record_allowed(place, action));
        // Of what is gone meanwhile nobody needs to be granted anything.
        let denied = verdict.denied.iter().chain(&verdict.denied_late);
        let missing = denied.filter(|ask| !ask.facts.is_of_nothing());
        missing.for_each(|ask| usage::record_denied(&ask.action, &ask.resource));
    }
    if let Some(ask) = &verdict.denied {
        return Err(authorization::refusal(account, service, ask));
    }
    account.service_linked_roles.extend(verdict.roles);
    Ok(verdict.denied_late.map(|ask| authorization::denial(account, &ask)))
}

/// A refusal that the operation does not declare would be news to every caller: the emulation is wrong then, and says so.
fn declared(model: &Model, operation: &Operation, refusal: Refusal) -> Refusal {
    if refusal.is_common() || model.declares(operation, &refusal.code) {
        return refusal;
    }
    internal(&format!("{} does not declare {}: {}", operation.name, refusal.code, refusal.message))
}

fn succeeded(
    world: &World,
    record: Call,
    service: Service,
    model: &Model,
    operation: &Operation,
    done: &Done,
) -> Answer {
    let answer = model.project(operation, &done.answer);
    if cfg!(debug_assertions) {
        let mut problems = model.check_output(operation, &answer);
        if world.status_is_free.load(Ordering::Relaxed) {
            problems.retain(|problem| !problem.path.ends_with("status"));
        }
        // What such an answer leaves out, the model requires.
        let may_be_bare = world.options.repeats_without_id && !done.changed && operation.name.starts_with("Create");
        if !problems.is_empty() && !may_be_bare {
            return refused(world, record, service, Some(model), &internal(&format!("{problems:?}")));
        }
    }
    let status = operation.http.response_code.unwrap_or(200);
    let body = protocol::answer(service, model, operation, &answer, &record.request_id);
    let response = response(status, &record.request_id, None, body);
    write_down(world, Call { status, ..record });
    response
}

fn refused(world: &World, record: Call, service: Service, model: Option<&Model>, refusal: &Refusal) -> Answer {
    let known = || model.and_then(|model| model.error_status(&refusal.code));
    let status = refusal.status.or_else(known).unwrap_or(500);
    let body = protocol::refusal(service, model, refusal, &record.request_id);
    let response = response(status, &record.request_id, Some(&refusal.code), body);
    let (error, message) = (Some(refusal.code.clone()), Some(refusal.message.clone()));
    write_down(world, Call { status, error, message, ..record });
    response
}

fn dropped(world: &World, record: Call) -> Answer {
    write_down(world, Call { status: 0, error: Some("ConnectionClosed".to_owned()), ..record });
    Err(Dropped)
}

/// Half of the calls meet a load balancer without servers behind it, the other half a closed connection.
fn outage(world: &World, record: Call) -> Answer {
    if world.ledger().len() % 2 == 1 {
        return dropped(world, record);
    }
    let text = "<html><body>503 Service Temporarily Unavailable</body></html>".to_owned();
    let response = response(503, &record.request_id, None, Body { kind: "text/html", text });
    write_down(world, Call { status: 503, error: Some("ServiceUnavailable".to_owned()), ..record });
    response
}

fn internal(message: &str) -> Refusal {
    Refusal::front(500, "InternalServerException", format!("The emulation is wrong: {message}"))
}

fn record(world: &World, parts: &Parts) -> Call {
    let agent = parts.headers.get("user-agent").and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    Call {
        index: 0,
        at: world.clock.now(),
        received: jiff::Timestamp::now(),
        access_key: signature::access_key(&parts.headers).unwrap_or_default().to_owned(),
        service: String::new(),
        operation: format!("{} {}", parts.method, parts.uri.path()),
        input: Value::Null,
        status: 0,
        error: None,
        message: None,
        changed: false,
        mutating: false,
        request_id: world.account().ids.request(),
        user_agent: agent.to_owned(),
    }
}

fn write_down(world: &World, call: Call) {
    tracing::debug!(operation = call.operation, status = call.status, error = call.error, "call");
    world.ledger().record(call);
}

fn response(status: u16, request: &str, error: Option<&str>, body: Body) -> Answer {
    let mut response = Response::builder().status(status).header("x-amzn-requestid", request);
    if !body.text.is_empty() {
        response = response.header("content-type", body.kind);
    }
    if let Some(code) = error {
        response = response.header("x-amzn-errortype", code);
    }
    response.body(Full::new(Bytes::from(body.text))).map_err(|_| Dropped)
}

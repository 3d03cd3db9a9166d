//! Faults of every phase, as the SDK and the state see them.

use std::time::Duration;

use lab::aws::{Aws, AwsOptions, Call, Fault, ObjectKind};
use serde_json::json;

use crate::support::{Fixture, code, eventually, quick, refused};

fn statuses(calls: &[Call]) -> Vec<u16> {
    calls.iter().map(|call| call.status).collect()
}

fn changes(calls: &[Call]) -> Vec<bool> {
    calls.iter().map(|call| call.changed).collect()
}

fn gateways(aws: &Aws) -> usize {
    aws.objects(ObjectKind::Gateway).len()
}

#[tokio::test]
async fn an_error_before_the_commit_changes_nothing_and_is_tried_again() {
    let fixture = Fixture::start(quick()).await;
    let fault = fixture.aws.inject(Fault::on("CreateGateway").error_before_commit(500, "InternalServerException"));
    assert_eq!(code(fixture.create_gateway("agents").send().await), "no error", "the SDK tries again");
    let calls = fixture.aws.calls_of("CreateGateway");
    assert_eq!((statuses(&calls), changes(&calls), fault.hits()), (vec![500, 202], vec![false, true], 1));
    assert_eq!(calls[0].error.as_deref(), Some("InternalServerException"));

    let _fault =
        fixture.aws.inject(Fault::on("CreateGateway").error_before_commit(500, "InternalServerException").times(3));
    assert_eq!(code(fixture.create_gateway("others").send().await), "InternalServerException", "three tries are all");
    assert_eq!(gateways(&fixture.aws), 1);
    assert_eq!(code(fixture.create_gateway("others").send().await), "no error", "the fault is used up");
}

#[tokio::test]
async fn an_error_after_the_commit_leaves_the_object_and_the_retry_finds_its_token() {
    let fixture = Fixture::start(quick()).await;
    let _fault =
        fixture.aws.inject(Fault::on("CreateGateway").error_after_commit(500, "InternalServerException").times(2));
    let created = fixture.create_gateway("agents").send().await.unwrap();
    let calls = fixture.aws.calls_of("CreateGateway");
    assert_eq!((statuses(&calls), changes(&calls)), (vec![500, 500, 202], vec![true, false, false]));
    let tokens: Vec<_> = calls.iter().map(|call| call.input["clientToken"].clone()).collect();
    assert!(tokens[0].is_string() && tokens.iter().all(|token| *token == tokens[0]), "{tokens:?}");
    assert_eq!(fixture.aws.objects(ObjectKind::Gateway)[0]["gatewayId"], created.gateway_id());
    assert_eq!(gateways(&fixture.aws), 1);
}

/// The model requires an id in the answer, and the SDK makes an empty one of none.
#[tokio::test]
async fn the_answer_to_a_repeated_create_need_not_say_what_was_made() {
    let fixture = Fixture::start(AwsOptions { repeats_without_id: true, ..quick() }).await;
    let _fault = fixture.aws.inject(Fault::on("CreateGateway").error_after_commit(500, "InternalServerException"));
    let created = fixture.create_gateway("agents").send().await.unwrap();
    assert_eq!((created.gateway_id(), created.gateway_arn(), created.name()), ("", "", "agents"));
    assert_eq!(gateways(&fixture.aws), 1);
}

#[tokio::test]
async fn a_lost_connection_is_a_transport_error() {
    let fixture = Fixture::start(quick()).await;
    let _fault = fixture.aws.inject(Fault::on("CreateGateway").drop_after_commit().times(3));
    let error = fixture.create_gateway("agents").send().await.unwrap_err();
    assert!(error.as_service_error().is_none() && error.raw_response().is_none(), "{error:?}");
    let calls = fixture.aws.calls_of("CreateGateway");
    assert_eq!((statuses(&calls), changes(&calls)), (vec![0, 0, 0], vec![true, false, false]));
    assert_eq!(gateways(&fixture.aws), 1);

    let _fault = fixture.aws.inject(Fault::on("CreateGateway").drop_before_commit().times(3));
    let error = fixture.create_gateway("others").send().await.unwrap_err();
    assert!(error.raw_response().is_none(), "{error:?}");
    assert_eq!(gateways(&fixture.aws), 1);
    assert_eq!(code(fixture.create_gateway("others").send().await), "no error");
}

#[tokio::test]
async fn throttling_is_waited_out_by_the_sdk() {
    let fixture = Fixture::start(quick()).await;
    let fault = fixture.aws.inject(Fault::on("ListGateways").throttle().times(2));
    assert_eq!(code(fixture.agentcore.list_gateways().send().await), "no error");
    assert_eq!(fault.hits(), 2);
    assert_eq!(statuses(&fixture.aws.calls_of("ListGateways")), [429, 429, 200]);
    let lattice = fixture.aws.inject(Fault::on("ListResourceGateways").throttle().always());
    assert_eq!(code(fixture.lattice.list_resource_gateways().send().await), "ThrottlingException");
    lattice.stop();
    assert_eq!(code(fixture.lattice.list_resource_gateways().send().await), "no error");
}

#[tokio::test]
async fn a_call_is_held_between_commit_and_answer() {
    let fixture = Fixture::start(quick()).await;
    let fault = fixture.aws.inject(Fault::on("CreateGateway").hold_after_commit());
    let call = tokio::spawn(fixture.create_gateway("agents").send());
    fault.wait_until_hit().await;
    assert_eq!(gateways(&fixture.aws), 1);
    assert_eq!(statuses(&fixture.aws.calls_of("CreateGateway")), [202], "it is written down before the answer leaves");
    assert!(!call.is_finished());
    fault.release();
    assert_eq!(call.await.unwrap().unwrap().name(), "agents");
    assert_eq!(fixture.aws.calls_of("CreateGateway").len(), 1);
}

#[tokio::test]
async fn a_caller_who_dies_between_commit_and_answer_leaves_the_object_behind() {
    let fixture = Fixture::start(quick()).await;
    let fault = fixture.aws.inject(Fault::on("CreateGateway").hold_after_commit());
    let call = tokio::spawn(fixture.create_gateway("agents").send());
    fault.wait_until_hit().await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    fault.release();
    assert_eq!(gateways(&fixture.aws), 1);
}

#[tokio::test]
async fn what_was_begun_is_finished_even_when_the_caller_is_gone() {
    let fixture = Fixture::start(quick()).await;
    let fault = fixture.aws.inject(Fault::on("CreateGateway").hold_before_commit());
    let call = tokio::spawn(fixture.create_gateway("agents").send());
    fault.wait_until_hit().await;
    assert_eq!(gateways(&fixture.aws), 0);
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    fault.release();
    eventually(|| async { (gateways(&fixture.aws) == 1).then_some(()) }).await;
}

#[tokio::test]
async fn a_fault_chooses_its_calls() {
    let fixture = Fixture::start(quick()).await;
    let fault =
        Fault::on("CreateGateway").matching("/name", json!("b")).error_before_commit(400, "ValidationException");
    let fault = fixture.aws.inject(fault.message("Gateway execution role lacks permission"));
    assert_eq!(code(fixture.create_gateway("a").send().await), "no error");
    let error = refused(&fixture.create_gateway("b").send().await.unwrap_err());
    assert_eq!(error.message, "Gateway execution role lacks permission");
    assert_eq!((error.code.as_str(), error.status, fault.hits()), ("ValidationException", 400, 1));

    let _third = fixture.aws.inject(Fault::on_any().nth(3).error_before_commit(403, "AccessDeniedException"));
    let list = || async { code(fixture.agentcore.list_gateways().send().await) };
    assert_eq!([list().await, list().await], ["no error", "no error"]);
    assert_eq!(code(fixture.lattice.list_resource_gateways().send().await), "AccessDeniedException");
    assert_eq!(list().await, "no error");
    let _all = fixture.aws.inject(Fault::on_any().error_before_commit(403, "AccessDeniedException").always());
    assert_eq!(list().await, "AccessDeniedException");
    fixture.aws.clear_faults();
    assert_eq!(list().await, "no error");
}

#[tokio::test]
async fn a_delay_is_seen_by_the_caller() {
    let fixture = Fixture::start(quick()).await;
    let fault = fixture.aws.inject(Fault::on("ListGateways").delay(Duration::from_millis(50)));
    let started = std::time::Instant::now();
    assert_eq!(code(fixture.agentcore.list_gateways().send().await), "no error");
    assert!(started.elapsed() >= Duration::from_millis(50), "a sleep is never shorter than it should be");
    assert_eq!(fault.hits(), 1);
}

#[tokio::test]
async fn an_outage_hits_every_call_until_it_is_over() {
    let fixture = Fixture::start(AwsOptions { seed: 7, ..quick() }).await;
    fixture.aws.set_down(true);
    let mark = fixture.aws.mark();
    assert!(fixture.agentcore.list_gateways().send().await.is_err());
    assert!(fixture.sts.get_caller_identity().send().await.is_err());
    let seen = statuses(&fixture.aws.calls_since(mark));
    assert_eq!(seen, [503, 0, 503, 0, 503, 0], "errors and lost connections in turn");
    fixture.aws.set_down(false);
    assert_eq!(code(fixture.agentcore.list_gateways().send().await), "no error");
}

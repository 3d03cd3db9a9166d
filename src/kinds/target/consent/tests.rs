//! Who is asked for consent, and until when.

use aws_sdk_bedrockagentcorecontrol::types as sdk;

use super::*;
use crate::{
    api::GatewayTarget,
    kinds::{
        Managed,
        target::tests::samples::{plain, report},
    },
    overlay::Overlay,
};

const URL: &str = "https://bedrock-agentcore.us-west-2.amazonaws.com/identities/oauth2/authorize?request_uri=urn%3A7";

/// A target in this status, changed two seconds after 1970 began.
fn target(status: &str) -> GetGatewayTargetOutput {
    let asked = sdk::OAuth2AuthorizationData::builder().authorization_url(URL).user_id("u").build().unwrap();
    report(&plain().state().unwrap())
        .name("a")
        .status(status.into())
        .authorization_data(sdk::AuthorizationData::Oauth2(asked))
        .build()
        .unwrap()
}

fn facts(status: &str) -> GatewayTargetFacts {
    let facts = GatewayTargetFacts { aws_status: Some(status.into()), ..GatewayTargetFacts::default() };
    GatewayTargetFacts { authorization: pending(&target(status)), ..facts }
}

fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

#[test]
fn status_has_the_address_while_aws_waits_and_no_longer() {
    let until = |status: &str| pending(&target(status)).map(|pending| (pending.url, pending.expires_at));
    let ten_minutes = Some((URL.to_owned(), Some("1970-01-01T00:10:02Z".to_owned())));
    assert_eq!(until("CREATE_PENDING_AUTH"), ten_minutes);
    assert_eq!(until("UPDATE_PENDING_AUTH"), ten_minutes);
    assert_eq!(until("SYNCHRONIZE_PENDING_AUTH"), Some((URL.to_owned(), None)), "its beginning is not known");
    for status in ["CREATING", "READY", "FAILED", "UPDATE_UNSUCCESSFUL", "SOMETHING_NEW"] {
        assert_eq!(until(status), None, "{status}");
        assert_eq!(verdict(&facts(status)), None, "{status}");
        assert_eq!(awaited(&mut facts(status), at("1970-01-01T00:00:03Z")), None, "{status}");
    }
    let mut silent = target("CREATE_PENDING_AUTH");
    silent.authorization_data = None;
    assert_eq!(pending(&silent), None);
}

#[test]
fn a_person_is_waited_for_and_then_has_to_start_again() {
    let mut facts = facts("CREATE_PENDING_AUTH");
    let before = facts.clone();
    let hold = awaited(&mut facts, at("1970-01-01T00:10:01Z")).unwrap();
    assert_eq!(hold, Hold::waiting(Reason::AuthorizationRequired, format!("{NEEDED}; open {URL}")));
    assert_eq!(facts, before);
    let told = verdict(&facts).unwrap();
    assert_eq!((told.status, told.reason), (Truth::True, Reason::AuthorizationRequired));
    assert_eq!(told.message, format!("{NEEDED}; open {URL} before 1970-01-01T00:10:02Z"));
    let hold = awaited(&mut facts, at("1970-01-01T00:10:02Z")).unwrap();
    assert_eq!(hold, Hold::stalled(Reason::AuthorizationRequired, OVER));
    assert_eq!(facts.authorization, None, "nobody can use it any more");
    assert_eq!(verdict(&facts).unwrap().message, OVER);
    assert_eq!(awaited(&mut facts, at("1970-01-01T00:10:03Z")), None, "AWS is asked again");
}

#[test]
fn a_synchronization_is_waited_for_until_aws_gives_up() {
    let mut facts = facts("SYNCHRONIZE_PENDING_AUTH");
    let hold = awaited(&mut facts, at("2026-01-01T00:00:00Z")).unwrap();
    assert!(matches!(hold, Hold::Waiting { reason: Reason::AuthorizationRequired, .. }), "{hold:?}");
    assert!(verdict(&facts).unwrap().message.contains("within ten minutes"));
}

#[test]
fn only_states_that_wait_for_a_person_are_read_for_what_that_one_has_to_know() {
    for status in ["CREATE_PENDING_AUTH", "UPDATE_PENDING_AUTH", "SYNCHRONIZE_PENDING_AUTH"] {
        assert!(GatewayTarget::awaits_a_person(status) && GatewayTarget::in_transition(status).is_some(), "{status}");
    }
    for status in ["CREATING", "READY", "PENDING_AUTH", ""] {
        assert!(!GatewayTarget::awaits_a_person(status), "{status}");
    }
}

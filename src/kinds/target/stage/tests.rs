//! What is held against a stage, what is generated, and what is told of it: tables.

use serde_json::{Value, json};

use super::*;

/// A spec that offers a stage.
fn spec(tools: &Value) -> GatewayTargetSpec {
    serde_json::from_value(json!({
        "gatewayRef": {"name": "agents"},
        "targetConfiguration": {"mcp": {"apiGateway": {
            "restApiId": "pets123456", "stage": "prod", "apiGatewayToolConfiguration": tools,
        }}},
    }))
    .unwrap()
}

fn tools(names: &str) -> Value {
    json!({
        "operationNames": names,
        "toolFilters": [{"filterPath": "/pets", "methods": ["GET", "POST"]}, {"filterPath": "/pets/*", "methods": ["GET"]}],
        "toolOverrides": [{"path": "/pets/{petId}", "method": "GET", "name": "GetPet"}],
    })
}

fn export(paths: &Value) -> Known<Option<Arc<Export>>> {
    let text = json!({"openapi": "3.0.1", "paths": paths}).to_string();
    Known::Read(Some(Arc::new(Export::parse(text.as_bytes()).unwrap())))
}

fn pets() -> Known<Option<Arc<Export>>> {
    export(&json!({
        "/pets": {"get": {}, "post": {"operationId": "CreatePet"}},
        "/pets/{petId}": {"get": {}},
    }))
}

fn denied<T>() -> Known<T> {
    Known::Unreadable(Fault::new("GetExport", Some("AccessDeniedException"), "apigateway:GET is missing"))
}

fn stage(tools: &Value, export: Known<Option<Arc<Export>>>) -> Stage {
    let said = of(&spec(tools)).unwrap().clone();
    let unusable = judge(&said, &regional(), &export);
    let mut stage = Stage { said, export, unusable, known: None };
    stage.known = stage.digest();
    stage
}

fn regional() -> Known<Option<RestApi>> {
    Known::Read(Some(RestApi { is_private: false, default_endpoint_disabled: false }))
}

/// What AWS has, with these overrides by path and name.
fn held(overrides: &[(&str, &str)]) -> sdk::TargetConfiguration {
    let filter =
        sdk::ApiGatewayToolFilter::builder().filter_path("/pets").methods(sdk::RestApiMethod::Get).build().unwrap();
    let mut tools = sdk::ApiGatewayToolConfiguration::builder().tool_filters(filter);
    for (path, name) in overrides {
        let held = sdk::ApiGatewayToolOverride::builder().path(*path).name(*name).method(sdk::RestApiMethod::Get);
        tools = tools.tool_overrides(held.build().unwrap());
    }
    let stage = sdk::ApiGatewayTargetConfiguration::builder()
        .rest_api_id("pets123456")
        .stage("prod")
        .api_gateway_tool_configuration(tools.build().unwrap())
        .build()
        .unwrap();
    sdk::TargetConfiguration::Mcp(sdk::McpTargetConfiguration::ApiGateway(stage))
}

/// The overrides of a completed spec, as path and name.
fn completed(stage: &Stage, held: Option<&sdk::TargetConfiguration>, fresh: bool) -> Vec<(String, String)> {
    let mut said = spec(&json!({"toolFilters": []}));
    said.target_configuration = TargetConfiguration::Mcp(McpTargetConfiguration::ApiGateway(stage.said.clone()));
    let complete = stage.complete(&said, held, fresh);
    let tools = &of(&complete).unwrap().api_gateway_tool_configuration;
    tools.tool_overrides.iter().map(|given| (given.path.clone(), given.name.clone())).collect()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(path, name)| ((*path).to_owned(), (*name).to_owned())).collect()
}

#[test]
fn what_is_held_against_a_stage() {
    let api =
        |is_private, default_endpoint_disabled| Known::Read(Some(RestApi { is_private, default_endpoint_disabled }));
    let proxy =
        export(&json!({"/pets": {"get": {"operationId": "a"}}, "/pets/{proxy+}": {"get": {"operationId": "b"}}}));
    for (names, api, export, expected) in [
        ("Generate", regional(), pets(), None),
        ("Require", regional(), pets(), Some((Reason::OperationIdMissing, "GET /pets;"))),
        ("Require", regional(), denied(), None),
        ("Require", denied(), pets(), Some((Reason::OperationIdMissing, "GET /pets;"))),
        ("Generate", denied(), denied(), None),
        ("Generate", Known::Read(None), Known::Read(None), Some((Reason::ReferenceNotFound, "no REST API pets123456"))),
        ("Generate", regional(), Known::Read(None), Some((Reason::ReferenceNotFound, "no stage prod"))),
        ("Generate", api(true, false), pets(), Some((Reason::PrivateEndpointNotSupported, PRIVATE))),
        ("Generate", api(false, true), pets(), Some((Reason::Invalid, "disableExecuteApiEndpoint"))),
        ("Generate", regional(), proxy, Some((Reason::Invalid, "/pets/{proxy+}"))),
    ] {
        let said = of(&spec(&tools(names))).unwrap().clone();
        let found = judge(&said, &api, &export);
        assert_eq!(found.as_ref().map(Hold::reason), expected.map(|(reason, _)| reason), "{names} {api:?}: {found:?}");
        if let (Some(found), Some((_, words))) = (found, expected) {
            assert!(found.message().contains(words), "{found}");
        }
    }
}

#[test]
fn a_target_that_needs_names_waits_for_an_export_that_cannot_be_read_just_now() {
    let failed = |code: &str| Known::Unreadable(Fault::new("GetExport", Some(code), "words"));
    // | operationNames | the export | what it waits for |
    let table = [
        ("Generate", pets(), None),
        ("Generate", Known::Read(None), None),
        ("Generate", failed("TooManyRequestsException"), Some(Reason::Throttled)),
        ("Generate", failed("InternalFailure"), Some(Reason::Unavailable)),
        ("Generate", denied(), None),
        ("Require", failed("InternalFailure"), None),
    ];
    for (names, export, expected) in table {
        let hold = stage(&tools(names), export.clone()).unread();
        assert_eq!(hold.as_ref().map(Hold::reason), expected, "{names} {export:?}");
        if let Some(hold) = hold {
            assert!(hold.message().contains("pets123456") && matches!(hold, Hold::Waiting { .. }), "{hold}");
        }
    }
}

#[test]
fn names_are_generated_or_kept() {
    let (given, mine) = (("/pets/{petId}", "GetPet"), ("/pets", "get_pets"));
    let readable = stage(&tools("Generate"), pets());
    let blind = stage(&tools("Generate"), denied());
    let as_sent = held(&[given, mine]);
    assert_eq!(completed(&readable, None, true), pairs(&[given, mine]));
    assert_eq!(completed(&readable, Some(&as_sent), false), pairs(&[given, mine]));
    assert_eq!(completed(&blind, None, true), pairs(&[given]), "a create without knowledge");
    assert_eq!(completed(&blind, Some(&as_sent), true), pairs(&[given, mine]));
    let strange = held(&[("/pets", "mine"), ("/cats", "get_cats"), ("/pets/{petId}", "Other")]);
    assert_eq!(
        completed(&blind, Some(&strange), true),
        pairs(&[given, mine]),
        "renamed, not selected, and said otherwise"
    );
    let requiring = stage(&tools("Require"), pets());
    assert_eq!(completed(&requiring, Some(&as_sent), true), pairs(&[given]), "nothing is generated unless asked for");
}

#[test]
fn another_export_is_new_where_aws_would_take_it() {
    let mut stage = stage(&tools("Generate"), pets());
    assert!(!stage.is_new() && stage.is_settled());
    stage.known = Some("other".to_owned());
    assert!(stage.is_new() && !stage.is_settled());
    stage.unusable = Some(Hold::stalled(Reason::Invalid, "no"));
    assert!(!stage.is_new());
    let mut blind = self::stage(&tools("Generate"), denied());
    blind.known = Some("other".to_owned());
    assert!(!blind.is_new() && !blind.is_settled());
}

#[test]
fn tools_are_those_that_aws_has_read() {
    let readable = stage(&tools("Generate"), pets());
    let said = spec(&tools("Generate"));
    let mut facts = GatewayTargetFacts::default();
    assert!(!readable.note("pets", &said, &mut facts), "the first is no news");
    assert_eq!(facts.tools, ["pets___CreatePet", "pets___GetPet", "pets___get_pets"]);
    assert_eq!(facts.tool_count, Some(3));
    assert_eq!(readable.verdict(&facts).reason, Reason::Settled);
    // The stage was deployed anew: AWS has not read it.
    let anew = stage(&tools("Generate"), export(&json!({"/pets": {"get": {"operationId": "ListPets"}}})));
    let said = spec(&tools("Generate"));
    let before = facts.clone();
    assert!(!anew.note("pets", &said, &mut facts));
    assert_eq!(facts, before);
    assert_eq!(anew.verdict(&facts).reason, Reason::ToolsChanged);
    // AWS has: an update was accepted that made it read.
    facts.catalog_digest = anew.digest();
    assert!(anew.note("pets", &said, &mut facts), "others than before are news");
    assert_eq!(facts.tools, ["pets___ListPets"]);
    // With other filters AWS has read it anew, whenever that was.
    let mut fewer = tools("Generate");
    fewer["toolFilters"] = json!([{"filterPath": "/pets", "methods": ["POST"]}]);
    let fewer_stage = stage(&fewer, pets());
    let said = spec(&fewer);
    fewer_stage.note("pets", &said, &mut facts);
    assert_eq!(facts.tools, ["pets___CreatePet"]);
    // Nothing is known.
    let blind = stage(&tools("Generate"), denied());
    let before = facts.clone();
    assert!(!blind.note("pets", &said, &mut facts));
    assert_eq!(facts, before);
    let verdict = blind.verdict(&facts);
    assert_eq!(verdict.reason, Reason::Denied);
    assert!(verdict.message.contains("apigateway:GET"));
}

#[test]
fn refusals_say_what_has_to_be_granted_and_a_create_is_remembered() {
    let account = Account { id: "111122223333".into(), region: "us-west-2".into(), partition: "aws".into() };
    let (stage, mut facts) = (held(&[]), GatewayTargetFacts::default());
    let words = [
        "execute-api:Invoke on arn:aws:execute-api:us-west-2:111122223333:pets123456/prod/*/*",
        "apigateway:GET",
        "aws:SourceArn",
    ];
    let invalid = || Hold::stalled(Reason::Invalid, "AWS's words");
    let create = refused(invalid(), Some(&stage), Some("token"), &mut facts, &account);
    assert_eq!(create.reason(), Reason::CreateFailed);
    assert_eq!(facts.refused_create.as_deref(), Some("token"));
    assert_eq!(facts.last_failure.as_ref().map(|failure| failure.reasons.clone()), Some(vec![create.message()]));
    let update = refused(invalid(), Some(&stage), None, &mut facts, &account);
    assert_eq!(update.reason(), Reason::Invalid);
    let denial = Hold::Failed(Fault::new("CreateGatewayTarget", Some("AccessDeniedException"), "AWS's words"));
    let denial = refused(denial, Some(&stage), Some("token"), &mut facts, &account);
    for told in [create, update, denial] {
        assert!(
            words.iter().all(|word| told.message().contains(word)) && told.message().contains("AWS's words"),
            "{told}"
        );
    }
    let server = Hold::stalled(Reason::Invalid, "words");
    assert_eq!(refused(server.clone(), None, Some("token"), &mut facts, &account), server, "another kind");
}

//! What the emulation makes of MCP servers: it really asks them.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_bedrockagentcorecontrol::types::{
    CredentialProvider, CredentialProviderConfiguration, CredentialProviderType, McpServerTargetConfiguration,
    McpTargetConfiguration, McpToolSchemaConfiguration, OAuthCredentialProvider, OAuthGrantType, TargetConfiguration,
};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use lab::aws::{AwsOptions, ObjectKind};
use lab::mcp::{McpServer, Personality};
use serde_json::{Value, json};

use crate::support::{Fixture, MCP_URL, code, dynamic, eventually, mcp_server, quick, refused};

const FAILED: &str = "Failed to connect and fetch tools from the provided MCP target server. Error - ";

/// An MCP server that behaves as it is told.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) address: String,
    behaviour: Arc<Mutex<Behaviour>>,
    requests: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
}

#[derive(Clone)]
struct Behaviour {
    version: &'static str,
    capabilities: Value,
    event_stream: bool,
    initialize_status: u16,
    hangs: bool,
    tools: Vec<Value>,
}

type Change = fn(&mut Behaviour);

fn tool(name: &str) -> Value {
    json!({"name": name, "inputSchema": {"type": "object"}})
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            address: format!("http://{}/mcp", listener.local_addr().unwrap()),
            behaviour: Arc::new(Mutex::new(Behaviour {
                version: "2025-11-25",
                capabilities: json!({"tools": {}}),
                event_stream: false,
                initialize_status: 200,
                hangs: false,
                tools: vec![tool("add"), tool("echo"), tool("get_time")],
            })),
            requests: Arc::default(),
        };
        let router = Router::new().route("/mcp", post(answer)).with_state(server.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        server
    }

    fn behave(&self, change: impl FnOnce(&mut Behaviour)) {
        change(&mut self.behaviour.lock().unwrap());
    }

    pub(crate) fn methods(&self) -> Vec<String> {
        let requests = self.requests.lock().unwrap();
        requests.iter().map(|(_, message)| message["method"].as_str().unwrap().to_owned()).collect()
    }
}

async fn answer(State(server): State<Server>, headers: HeaderMap, body: String) -> Response {
    let message: Value = serde_json::from_str(&body).unwrap();
    server.requests.lock().unwrap().push((headers, message.clone()));
    let behaviour = server.behaviour.lock().unwrap().clone();
    if behaviour.hangs {
        tokio::time::sleep(Duration::from_hours(1)).await;
    }
    let result = match message["method"].as_str().unwrap() {
        "initialize" if behaviour.initialize_status != 200 => {
            return StatusCode::from_u16(behaviour.initialize_status).unwrap().into_response();
        }
        "initialize" => json!({
            "protocolVersion": behaviour.version,
            "capabilities": behaviour.capabilities,
            "serverInfo": {"name": "scripted", "version": "1"},
        }),
        "tools/list" => {
            // One tool to a page, so that the cursor is followed.
            let at: usize = message["params"]["cursor"].as_str().map_or(0, |cursor| cursor.parse().unwrap());
            let mut page = json!({"tools": behaviour.tools.get(at).into_iter().collect::<Vec<_>>()});
            if at + 1 < behaviour.tools.len() {
                page["nextCursor"] = json!((at + 1).to_string());
            }
            page
        }
        _ => return StatusCode::ACCEPTED.into_response(),
    };
    let reply = json!({"jsonrpc": "2.0", "id": message["id"], "result": result}).to_string();
    let session = ("mcp-session-id", "session-1");
    if behaviour.event_stream {
        let other = json!({"jsonrpc": "2.0", "method": "notifications/message", "params": {}});
        let events = format!("event: message\r\ndata: {other}\r\n\r\nid: 1\r\ndata: {reply}\r\n\r\n");
        ([session, ("content-type", "text/event-stream")], events).into_response()
    } else {
        ([session, ("content-type", "application/json")], reply).into_response()
    }
}

async fn world() -> (Fixture, String, Server) {
    world_with(quick()).await
}

async fn world_with(options: AwsOptions) -> (Fixture, String, Server) {
    let fixture = Fixture::start(options).await;
    let gateway = fixture.gateway("agents").await;
    let server = Server::start().await;
    fixture.aws.register_endpoint(MCP_URL, &server.address);
    (fixture, gateway, server)
}

#[tokio::test]
async fn a_server_is_asked_on_creation_update_and_synchronization() {
    let (fixture, gateway, server) = world().await;
    let created = fixture.create_target(&gateway, "one", MCP_URL).send().await.unwrap();
    assert_eq!(created.status().as_str(), "CREATING");
    assert_eq!(created.last_synchronized_at(), None);
    let id = created.target_id();
    let ready = fixture.settled_target(&gateway, id).await;
    assert_eq!(ready.status().as_str(), "READY", "{:?}", ready.status_reasons());
    let first = *ready.last_synchronized_at().expect("a time of synchronization");
    let round = ["initialize", "notifications/initialized", "tools/list", "tools/list", "tools/list"];
    assert_eq!(server.methods(), round);

    let call = fixture.agentcore.synchronize_gateway_targets().gateway_identifier(&gateway).target_id_list(id);
    let synchronized = call.send().await.unwrap();
    assert_eq!(synchronized.targets()[0].status().as_str(), "SYNCHRONIZING");
    let ready = fixture.settled_target(&gateway, id).await;
    assert_eq!(ready.status().as_str(), "READY");
    let second = *ready.last_synchronized_at().unwrap();
    assert!(second > first);
    assert_eq!(ready.updated_at(), created.updated_at(), "a synchronization is no update");
    assert_eq!(server.methods(), round.repeat(2));

    let call = fixture.agentcore.update_gateway_target().gateway_identifier(&gateway).target_id(id);
    let updated = call.name("one").target_configuration(mcp_server(MCP_URL)).send().await.unwrap();
    assert_eq!(updated.status().as_str(), "UPDATING");
    let ready = fixture.settled_target(&gateway, id).await;
    assert_eq!(ready.status().as_str(), "READY");
    assert!(*ready.last_synchronized_at().unwrap() > second);
    assert_eq!(server.methods(), round.repeat(3));

    let requests = server.requests.lock().unwrap();
    let header = |index: usize, name: &str| requests[index].0.get(name).map(|value| value.to_str().unwrap().to_owned());
    assert_eq!(requests[0].1["params"]["protocolVersion"], "2025-11-25");
    assert_eq!(header(0, "host").as_deref(), Some("internal.example.com"));
    assert_eq!(header(0, "mcp-session-id"), None);
    assert_eq!(header(2, "mcp-session-id").as_deref(), Some("session-1"));
    assert_eq!(header(2, "mcp-protocol-version").as_deref(), Some("2025-11-25"));
}

#[tokio::test]
async fn event_streams_are_understood() {
    let (fixture, gateway, server) = world().await;
    server.behave(|it| it.event_stream = true);
    let created = fixture.create_target(&gateway, "one", MCP_URL).send().await.unwrap();
    let target = fixture.settled_target(&gateway, created.target_id()).await;
    assert_eq!(target.status().as_str(), "READY", "{:?}", target.status_reasons());
}

#[tokio::test]
async fn a_bad_server_fails_the_target_with_its_reason() {
    let (fixture, gateway, server) =
        world_with(AwsOptions { handshake_budget: Duration::from_secs(3), ..quick() }).await;
    let good = server.behaviour.lock().unwrap().clone();
    let cases: [(&str, Change); 6] = [
        ("Unsupported protocol version", |it| it.version = "2024-11-05"),
        ("The server returned HTTP 400 to the initialize handshake", |it| it.initialize_status = 400),
        ("The server does not support tools", |it| it.capabilities = json!({"prompts": {}})),
        ("Timed out after 3 seconds", |it| it.hangs = true),
        ("The schema of the tool bad uses $ref", |it| {
            it.tools.push(json!({"name": "bad", "inputSchema": {"properties": {"a": {"$ref": "#/b"}}}}));
        }),
        ("The tool bare has no input schema", |it| it.tools.push(json!({"name": "bare"}))),
    ];
    for (number, (reason, change)) in cases.into_iter().enumerate() {
        server.behave(|it| *it = good.clone());
        server.behave(change);
        let name = format!("target-{number}");
        let created = fixture.create_target(&gateway, &name, MCP_URL).send().await.unwrap();
        let target = fixture.settled_target(&gateway, created.target_id()).await;
        assert_eq!(target.status().as_str(), "FAILED", "{reason}");
        assert_eq!(target.status_reasons(), [format!("{FAILED}{reason}")]);
        assert_eq!(target.last_synchronized_at(), None);
    }
}

#[tokio::test]
async fn an_unknown_endpoint_fails_and_can_be_repaired() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let created = fixture.create_target(&gateway, "one", MCP_URL).send().await.unwrap();
    let id = created.target_id();
    let target = fixture.settled_target(&gateway, id).await;
    assert_eq!(target.status().as_str(), "FAILED");
    assert_eq!(target.status_reasons(), [format!("{FAILED}Connection closed by peer")]);

    let synchronize =
        || fixture.agentcore.synchronize_gateway_targets().gateway_identifier(&gateway).target_id_list(id).send();
    fixture.aws.register_endpoint(MCP_URL, "http://127.0.0.1:1/mcp");
    synchronize().await.unwrap();
    let target = fixture.settled_target(&gateway, id).await;
    assert_eq!(target.status().as_str(), "SYNCHRONIZE_UNSUCCESSFUL");
    assert_eq!(target.status_reasons(), [format!("{FAILED}Connection refused")]);

    let update = || {
        let call = fixture.agentcore.update_gateway_target().gateway_identifier(&gateway).target_id(id);
        call.name("one").target_configuration(mcp_server(MCP_URL)).send()
    };
    update().await.unwrap();
    assert_eq!(fixture.settled_target(&gateway, id).await.status().as_str(), "UPDATE_UNSUCCESSFUL");

    let server = Server::start().await;
    fixture.aws.register_endpoint(MCP_URL, &server.address);
    update().await.unwrap();
    let target = fixture.settled_target(&gateway, id).await;
    assert_eq!(target.status().as_str(), "READY");
    assert!(target.status_reasons().is_empty());
}

#[tokio::test]
async fn a_target_with_a_list_of_its_own_is_never_asked_and_cannot_be_synchronized() {
    let (fixture, gateway, server) = world().await;
    let fixed = McpServerTargetConfiguration::builder()
        .endpoint(MCP_URL)
        .mcp_tool_schema(McpToolSchemaConfiguration::InlinePayload(r#"{"tools": []}"#.to_owned()))
        .build()
        .unwrap();
    let fixed = TargetConfiguration::Mcp(McpTargetConfiguration::McpServer(fixed));
    for (name, configuration) in [("fixed", fixed), ("dynamic", dynamic(MCP_URL))] {
        let call = fixture.create_target(&gateway, name, MCP_URL).target_configuration(configuration);
        let id = call.send().await.unwrap().target_id().to_owned();
        let target = fixture.settled_target(&gateway, &id).await;
        assert_eq!(target.status().as_str(), "READY", "{name}");
        assert_eq!(target.last_synchronized_at(), None, "{name}");
        let call = fixture.agentcore.synchronize_gateway_targets().gateway_identifier(&gateway).target_id_list(id);
        assert_eq!(code(call.send().await), "ValidationException", "{name}");
    }
    assert!(server.methods().is_empty());
}

fn three_legged() -> CredentialProviderConfiguration {
    let provider = OAuthCredentialProvider::builder()
        .provider_arn("arn:aws:bedrock-agentcore:us-west-2:111122223333:token-vault/default/oauth2credentialprovider/p")
        .set_scopes(Some(Vec::new()))
        .grant_type(OAuthGrantType::AuthorizationCode)
        .default_return_url("https://example.com/back")
        .build()
        .unwrap();
    CredentialProviderConfiguration::builder()
        .credential_provider_type(CredentialProviderType::Oauth)
        .credential_provider(CredentialProvider::OauthCredentialProvider(provider))
        .build()
        .unwrap()
}

#[tokio::test]
async fn a_target_that_waits_for_consent_can_only_wait() {
    for (conflict, expected) in [(false, "ValidationException"), (true, "ConflictException")] {
        let (fixture, gateway, server) =
            world_with(AwsOptions { conflict_for_pending_auth: conflict, ..quick() }).await;
        let call = fixture.create_target(&gateway, "one", MCP_URL).credential_provider_configurations(three_legged());
        let id = call.send().await.unwrap().target_id().to_owned();
        let target = fixture.settled_target(&gateway, &id).await;
        assert_eq!(target.status().as_str(), "CREATE_PENDING_AUTH");
        assert!(target.authorization_data().unwrap().as_oauth2().unwrap().authorization_url().starts_with("https://"));
        assert!(server.methods().is_empty(), "the server is asked after the consent");
        let client = &fixture.agentcore;
        let deleted = client.delete_gateway_target().gateway_identifier(&gateway).target_id(&id).send().await;
        assert_eq!(code(deleted), expected);
        let synchronized = client.synchronize_gateway_targets().gateway_identifier(&gateway).target_id_list(&id).send();
        assert_eq!(code(synchronized.await), expected);
        let updated = client.update_gateway_target().gateway_identifier(&gateway).target_id(&id);
        assert_eq!(code(updated.target_configuration(mcp_server(MCP_URL)).send().await), expected);

        assert!(fixture.aws.authorize(&id));
        let target = fixture.settled_target(&gateway, &id).await;
        assert_eq!(target.status().as_str(), "READY");
        assert!(target.authorization_data().is_none());
        assert!(!fixture.aws.authorize(&id), "nobody waits any more");
    }
}

#[tokio::test]
async fn consent_that_never_comes_fails_the_target() {
    let (fixture, gateway, _server) = world().await;
    let call = fixture.create_target(&gateway, "one", MCP_URL).credential_provider_configurations(three_legged());
    let id = call.send().await.unwrap().target_id().to_owned();
    assert_eq!(fixture.settled_target(&gateway, &id).await.status().as_str(), "CREATE_PENDING_AUTH");
    fixture.aws.advance(Duration::from_secs(599));
    assert_eq!(fixture.get_target(&gateway, &id).await.unwrap().status().as_str(), "CREATE_PENDING_AUTH");
    fixture.aws.advance(Duration::from_secs(2));
    assert_eq!(fixture.get_target(&gateway, &id).await.unwrap().status().as_str(), "FAILED");
    fixture.delete_target(&gateway, &id).await;
}

#[tokio::test]
async fn the_handshake_waits_for_the_provisioning() {
    let mut options = quick();
    options.provisioning.target_create = Duration::from_hours(1);
    let (fixture, gateway, server) = world_with(options).await;
    let created = fixture.create_target(&gateway, "one", MCP_URL).send().await.unwrap();
    let id = created.target_id();
    assert_eq!(fixture.get_target(&gateway, id).await.unwrap().status().as_str(), "CREATING");
    assert!(server.methods().is_empty());
    let delete = fixture.agentcore.delete_gateway_target().gateway_identifier(&gateway).target_id(id);
    let error = refused(&delete.send().await.unwrap_err());
    assert_eq!((error.code.as_str(), error.status), ("ConflictException", 409), "it is still CREATING");
    fixture.aws.advance(Duration::from_secs(3601));
    let target = eventually(|| async {
        let target = fixture.get_target(&gateway, id).await.unwrap();
        (target.status().as_str() != "CREATING").then_some(target)
    })
    .await;
    assert_eq!(target.status().as_str(), "READY");
    assert!(!server.methods().is_empty());
}

#[tokio::test]
async fn the_servers_of_the_lab_are_told_apart() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let server = McpServer::start(Personality::Everyday).await.unwrap();
    fixture.aws.register_endpoint(MCP_URL, &server.url());
    for (name, personality, outcome) in [
        ("everyday", Personality::Everyday, Ok(())),
        ("stock", Personality::Stock, Ok(())),
        ("broken", Personality::Broken, Err("The server returned HTTP 500 to the initialize handshake")),
        ("not-mcp", Personality::NotMcp, Err("")),
        ("old", Personality::OldProtocol, Err("Unsupported protocol version")),
        ("closed", Personality::AuthRequired, Err("The server returned HTTP 401 to the initialize handshake")),
    ] {
        server.turn_into(personality);
        let created = fixture.create_target(&gateway, name, MCP_URL).send().await.unwrap();
        let target = fixture.settled_target(&gateway, created.target_id()).await;
        match outcome {
            Ok(()) => assert_eq!(target.status().as_str(), "READY", "{name}: {:?}", target.status_reasons()),
            Err(reason) => {
                assert_eq!(target.status().as_str(), "FAILED", "{name}");
                let told = &target.status_reasons()[0];
                assert!(told.starts_with(FAILED) && told.ends_with(reason), "{name}: {told}");
            }
        }
    }
}

#[tokio::test]
async fn a_late_answer_does_not_count_for_a_newer_operation() {
    let mut options = quick();
    options.handshake_budget = Duration::from_secs(2);
    options.provisioning.target_update = Duration::from_hours(1);
    let (fixture, gateway, server) = world_with(options).await;
    server.behave(|it| it.hangs = true);
    let created = fixture.create_target(&gateway, "one", MCP_URL).send().await.unwrap();
    let id = created.target_id();
    eventually(|| async { (!server.methods().is_empty()).then_some(()) }).await;
    fixture.aws.set_status(ObjectKind::GatewayTarget, id, "READY", &[]);
    server.behave(|it| it.hangs = false);
    let call = fixture.agentcore.update_gateway_target().gateway_identifier(&gateway).target_id(id);
    call.target_configuration(mcp_server(MCP_URL)).send().await.unwrap();
    // Long enough for the first handshake to have failed; a shorter time would only make the test weaker.
    tokio::time::sleep(Duration::from_millis(2500)).await;
    fixture.aws.advance(Duration::from_hours(2));
    let target = fixture.settled_target(&gateway, id).await;
    assert_eq!(target.status().as_str(), "READY", "{:?}", target.status_reasons());
}

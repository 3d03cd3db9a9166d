//! What servers do, and what becomes of it.

use std::{
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use lab::mcp::{McpServer, Personality};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{super::*, fixture::*};

const FOUR: &str = "2026-07-28, 2025-11-25, 2025-06-18, 2025-03-26";

/// Looks at a server of the lab, through TLS.
async fn look_at_a(personality: Personality) -> (Report, McpServer) {
    let behind = McpServer::start(personality).await.unwrap();
    let authority = Authority::new();
    let front = Server::before(authority.signs(HOST), behind.address()).await;
    (look(&front, &authority, &call()).await, behind)
}

#[tokio::test]
async fn a_good_server_passes_with_its_offer_after_two_handshakes_whose_sessions_are_closed() {
    let (report, server) = look_at_a(Personality::Everyday).await;
    let offer = passed(&report);
    assert_eq!(report.certificate, Certificate::Trusted);
    assert_eq!(
        offer.names("eks-mcp-server"),
        ["eks-mcp-server___add", "eks-mcp-server___echo", "eks-mcp-server___get_time"]
    );
    assert_eq!((offer.tool_count(), offer.prompt_count(), offer.resource_count()), (3, 1, 3));
    let calls = server.calls();
    for method in [
        "initialize",
        "notifications/initialized",
        "tools/list",
        "prompts/list",
        "resources/list",
        "resources/templates/list",
        "DELETE",
    ] {
        assert_eq!(calls.get(method), Some(&2), "{method} of {calls:?}");
    }
    assert_eq!(calls.len(), 7, "{calls:?}");
}

#[tokio::test]
async fn a_tool_that_comes_and_one_that_goes_change_the_digest() {
    let behind = McpServer::start(Personality::Everyday).await.unwrap();
    let authority = Authority::new();
    let front = Server::before(authority.signs(HOST), behind.address()).await;
    let before = look(&front, &authority, &call()).await;
    let again = look(&front, &authority, &call()).await;
    assert_eq!(passed(&before), passed(&again));
    behind.set_tools(&["subtract", "add", "echo"]);
    let after = look(&front, &authority, &call()).await;
    let (before, after) = (passed(&before), passed(&after));
    assert_ne!(before.digest(), after.digest());
    let told = crate::workload::catalog::difference(before.tool_names(), after.tool_names());
    assert_eq!(told, "+subtract -get_time");
}

#[tokio::test]
async fn requests_are_those_of_a_gateway() {
    let (report, server) = look_at(&call(), |asked: Asked| {
        let mut response = asked.good();
        if asked.name() == "initialize" {
            response.headers_mut().insert("mcp-session-id", "s-1".parse().unwrap());
            response.headers_mut().insert(header::SET_COOKIE, "a=b".parse().unwrap());
        }
        ready(response)
    })
    .await;
    assert_eq!(passed(&report).names("t"), ["t___echo"]);
    let asked = server.asked();
    let order: Vec<_> = asked.iter().map(Asked::name).collect();
    let once = ["initialize", "notifications/initialized", "tools/list", "DELETE"];
    assert_eq!(order, [once, once].concat());
    for asked in &asked {
        let header = |name: &str| asked.headers.get(name).map(|value| value.to_str().unwrap());
        let first = asked.name() == "initialize";
        assert_eq!((header("host"), asked.path.as_str()), (Some(HOST), "/mcp-server/mcp"));
        assert_eq!(header("user-agent"), Some("agentcore-gateway-operator"));
        assert_eq!(header("accept-encoding"), Some("identity"));
        assert_eq!(header("mcp-session-id"), (!first).then_some("s-1"), "{}", asked.name());
        assert_eq!(header("mcp-protocol-version"), (!first).then_some("2025-11-25"), "{}", asked.name());
        for secret in ["authorization", "cookie", "proxy-authorization", "x-api-key", "origin", "referer"] {
            assert_eq!(header(secret), None, "{secret}");
        }
        if asked.method == http::Method::POST {
            assert_eq!(header("content-type"), Some("application/json"));
            assert_eq!(header("accept"), Some("application/json, text/event-stream"));
        }
    }
    assert_eq!(asked[0].message["params"]["protocolVersion"], "2025-11-25");
    assert_eq!(asked[0].message["params"]["clientInfo"]["name"], "agentcore-gateway-operator");
    assert!(asked[1].message["id"].is_null());
}

#[tokio::test]
async fn a_a_plain_http_api_is_not_mcp() {
    let (report, _) = look_at_a(Personality::NotMcp).await;
    let (reason, message) = failed(&report);
    assert_eq!(reason, Reason::NotMcp);
    assert!(
        message.contains("https://internal.example.com/mcp-server/mcp answers initialize with status 200"),
        "{message}"
    );
    assert_eq!(report.certificate, Certificate::Trusted, "two hops, two answers");

    let page = "<html>\u{1b}[2J</html>";
    let answers: [(u16, &str, &str); 6] = [
        (404, "Not Found", "status 404 and \"Not Found\""),
        (405, "", "status 405 and nothing else"),
        (200, page, "status 200 and \"<html>\\u{1b}[2J</html>\""),
        (202, "", "status 202"),
        (400, "Bad Request", "refuses initialize: \"Bad Request\""),
        (500, "internal error", "status 500"),
    ];
    for (status, body, expected) in answers {
        let (report, _) =
            look_at(&call(), move |_| ready((StatusCode::from_u16(status).unwrap(), body).into_response())).await;
        let (reason, message) = failed(&report);
        assert_eq!(reason, Reason::NotMcp, "{status}");
        assert!(message.contains(expected), "{message}");
    }
}

#[tokio::test]
async fn b_an_old_version_is_told_with_those_that_will_do() {
    let (report, server) = look_at_a(Personality::OldProtocol).await;
    let (reason, message) = failed(&report);
    assert_eq!(reason, Reason::UnsupportedProtocolVersion);
    assert!(message.contains("speaks 2024-11-05") && message.contains(FOUR), "{message}");
    assert_eq!(server.calls().get("initialize"), Some(&1), "a second handshake would say the same");

    let (report, _) = look_at(&call(), |asked: Asked| {
        let words = "Unsupported protocol version '2025-11-25'. Supported: 2025-06-18, 2025-03-26";
        ready(asked.error(200, &json!({"code": -32602, "message": "Invalid params", "data": words})))
    })
    .await;
    let (reason, message) = failed(&report);
    assert_eq!(reason, Reason::UnsupportedProtocolVersion);
    assert!(message.contains("refuses version 2025-11-25") && message.contains(FOUR), "{message}");
}

#[tokio::test]
async fn every_version_that_gateways_speak_will_do() {
    for version in ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"] {
        let (report, server) = look_at(&call(), move |asked: Asked| {
            ready(match asked.name() {
                "initialize" => asked.result(&json!({"protocolVersion": version, "capabilities": {"tools": {}}})),
                _ => asked.good(),
            })
        })
        .await;
        assert_eq!(passed(&report).tool_count(), 1, "{version}");
        let agreed = server.asked().iter().filter(|asked| asked.headers.get("mcp-protocol-version").is_some()).count();
        assert_eq!(agreed, 4, "two notifications and two lists");
    }
}

#[tokio::test]
async fn c_a_server_that_wants_credentials_blocks_only_a_target_that_has_none() {
    for status in [401, 403] {
        for refusing in ["initialize", "notifications/initialized", "tools/list"] {
            let answer = move |asked: Asked| {
                ready(if asked.name() == refusing {
                    (StatusCode::from_u16(status).unwrap(), "sign in first").into_response()
                } else {
                    asked.good()
                })
            };
            let (report, _) = look_at(&call(), answer).await;
            let (reason, message) = failed(&report);
            assert_eq!(reason, Reason::AuthRequired, "{refusing}");
            assert!(message.contains("credentialProviderConfigurations") && message.contains(refusing), "{message}");

            let (report, _) = look_at(&Call { has_credentials: true, ..call() }, answer).await;
            let (reason, message) = unknown(&report);
            assert_eq!(reason, Reason::AuthRequired, "{refusing}");
            assert!(message.contains("proves nothing"), "{message}");
        }
    }
}

#[tokio::test]
async fn d_nothing_ready_behind_the_load_balancer() {
    for status in [502, 503, 504] {
        let (report, _) = look_at(&call(), move |_| ready(StatusCode::from_u16(status).unwrap().into_response())).await;
        let (reason, message) = failed(&report);
        assert_eq!(reason, Reason::NoReadyEndpoints);
        assert!(message.contains(&format!("status {status}")) && message.contains("health checks"), "{message}");
    }
    // A network load balancer that completes TLS itself has no words for it: it hangs up.
    let authority = Authority::new();
    let server = Server::secured(authority.signs(HOST), |stream| async move { drop(stream) }).await;
    let report = look(&server, &authority, &call()).await;
    assert_eq!((failed(&report).0, &report.certificate), (Reason::NoReadyEndpoints, &Certificate::Trusted));
}

#[tokio::test]
async fn e_a_cold_server_is_slow_once_and_then_passes() {
    let authority = Authority::new();
    let warm = Arc::new(AtomicBool::new(false));
    let server = Server::answering(authority.signs(HOST), {
        let warm = Arc::clone(&warm);
        move |asked: Asked| {
            let warm = Arc::clone(&warm);
            async move {
                if asked.name() == "initialize" && !warm.load(Ordering::Relaxed) {
                    std::future::pending::<()>().await;
                }
                asked.good()
            }
        }
    })
    .await;
    let mut probe = probe(&server, &authority);
    probe.bounds.handshake = Duration::from_millis(300);
    let report = probe.look(&call()).await;
    let (reason, message) = failed(&report);
    assert_eq!(reason, Reason::Slow);
    assert!(message.contains("within 0.3 seconds"), "{message}");
    assert_eq!(server.calls(), [("initialize".to_owned(), 1)].into(), "no second handshake after a slow one");

    warm.store(true, Ordering::Relaxed);
    assert_eq!(passed(&look(&server, &authority, &call()).await).tool_count(), 1);
    assert_eq!(server.calls().get("initialize"), Some(&3));
}

#[tokio::test]
async fn e_one_good_handshake_is_not_enough() {
    let authority = Authority::new();
    let server = Server::answering(authority.signs(HOST), |asked: Asked| async move {
        if asked.before >= 3 {
            std::future::pending::<()>().await;
        }
        asked.good()
    })
    .await;
    let mut probe = probe(&server, &authority);
    // Long enough for the first handshake on the busiest machine.
    probe.bounds.handshake = Duration::from_secs(5);
    assert_eq!(failed(&probe.look(&call()).await).0, Reason::Slow);
    assert_eq!(server.calls().get("initialize"), Some(&2));
}

#[tokio::test]
async fn f_a_server_must_announce_tools() {
    for capabilities in [json!({}), json!({"prompts": {}}), json!({"tools": null}), Value::Null] {
        let (report, server) = look_at(&call(), move |asked: Asked| {
            let mut response = match asked.name() {
                "initialize" => asked.result(&json!({"protocolVersion": "2025-11-25", "capabilities": capabilities})),
                _ => asked.good(),
            };
            response.headers_mut().insert("mcp-session-id", "s-1".parse().unwrap());
            ready(response)
        })
        .await;
        assert_eq!(failed(&report).0, Reason::NoToolsCapability);
        assert_eq!(server.calls().get("DELETE"), Some(&1), "the session is closed all the same");
    }
}

/// A server of the revision without a greeting, which says no to an old one in one way or another.
fn modern(asked: &Asked, refusal: &Value) -> Response {
    let header = |name: &str| asked.headers.get(name).and_then(|value| value.to_str().ok());
    if header("mcp-protocol-version") != Some("2026-07-28") {
        return match refusal.as_str() {
            Some(text) => (StatusCode::BAD_REQUEST, text.to_owned()).into_response(),
            None => asked.error(400, refusal),
        };
    }
    let meta = &asked.message["params"]["_meta"];
    assert_eq!(header("mcp-method"), asked.message["method"].as_str());
    assert_eq!(meta["io.modelcontextprotocol/protocolVersion"], "2026-07-28");
    assert!(meta["io.modelcontextprotocol/clientCapabilities"].is_object());
    assert_eq!(header("mcp-session-id"), None);
    match asked.name() {
        "server/discover" => asked.result(&json!({
            "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}}, "serverInfo": {"name": "m", "version": "1"},
        })),
        "tools/list" => asked.result(&json!({"tools": [{"name": "echo"}], "resultType": "complete"})),
        _ => asked.error(404, &json!({"code": -32601, "message": "Method not found"})),
    }
}

#[tokio::test]
async fn g_a_server_of_the_newest_revision_only_needs_dynamic_listing() {
    let refusals = [
        json!({"code": -32022, "message": "Unsupported protocol version", "data": {"supported": ["2026-07-28"]}}),
        json!({"code": -32020, "message": "Missing header"}),
        json!({"code": -32601, "message": "Method not found"}),
        json!("nothing that anybody could recognise"),
    ];
    for refusal in refusals {
        let told = refusal.clone();
        let answer = move |asked: Asked| ready(modern(&asked, &told));
        let (report, server) = look_at(&call(), answer.clone()).await;
        let (reason, message) = failed(&report);
        assert_eq!(reason, Reason::UnsupportedProtocolVersion, "{refusal}");
        assert!(message.contains("listingMode: DYNAMIC") && message.contains(FOUR), "{message}");
        assert_eq!(server.calls().get("tools/list"), None);

        let (report, server) = look_at(&Call { dynamic: true, ..call() }, answer).await;
        assert_eq!(passed(&report).names("t"), ["t___echo"], "{refusal}");
        assert_eq!(server.calls().get("tools/list"), Some(&2));
    }
    // It names the revision and then does not answer in it: still that revision's server, and what it is is told.
    let (report, _) = look_at(&call(), |asked: Asked| {
        ready(asked.error(400, &json!({"code": -32600, "message": "this server speaks 2026-07-28"})))
    })
    .await;
    assert!(failed(&report).1.contains("listingMode: DYNAMIC"));
}

#[tokio::test]
async fn h_what_cannot_be_reached_proves_nothing() {
    let authority = Authority::new();
    // A port where nobody listens.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let resolution = format!("{BALANCER}:443:127.0.0.1:{port}").parse().unwrap();
    let allow = vec!["127.0.0.1".parse().unwrap()];
    let guard = Guard::new(allow, vec![resolution], Arc::new(|_| false));
    let closed = Probe { guard, trust: authority.trust(), bounds: Bounds::default() };
    let report = closed.look(&call()).await;
    let (reason, message) = unknown(&report);
    assert_eq!((reason, &report.certificate), (Reason::Unreachable, &Certificate::NotSeen));
    assert!(message.contains("takes no connection") && message.contains("proves nothing"), "{message}");

    let nowhere = Guard::new(Vec::new(), Vec::new(), Arc::new(|_| false));
    let unresolved = Probe { guard: nowhere, trust: authority.trust(), bounds: Bounds::default() };
    let report = unresolved.look(&call()).await;
    let (reason, message) = unknown(&report);
    assert_eq!(reason, Reason::Unreachable);
    assert!(
        message.contains("cannot be resolved") && message.contains("--resolve=internal-lb.invalid:443"),
        "{message}"
    );
}

#[tokio::test]
async fn the_next_address_is_tried_where_one_takes_no_connection() {
    let authority = Authority::new();
    let server = Server::answering(authority.signs(HOST), |asked: Asked| ready(asked.good())).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let closed = format!("{BALANCER}:443:{}", listener.local_addr().unwrap()).parse().unwrap();
    drop(listener);
    let guard =
        Guard::new(vec!["127.0.0.1".parse().unwrap()], vec![closed, server.resolution(BALANCER)], Arc::new(|_| false));
    let probe = Probe { guard, trust: authority.trust(), bounds: Bounds::default() };
    assert_eq!(passed(&probe.look(&call()).await).tool_count(), 1);
}

#[tokio::test]
async fn behind_openapi_every_answer_of_http_will_do() {
    let http = Call { protocol: Protocol::Http, path: String::new(), port: 443, ..call() };
    for status in [200, 302, 401, 404, 500, 503] {
        let (report, server) = look_at(&http, move |_| {
            ready(
                (StatusCode::from_u16(status).unwrap(), [(header::LOCATION, "https://other.example")]).into_response(),
            )
        })
        .await;
        assert_eq!(report.outcome, Outcome::Passed(None), "{status}");
        let asked: Vec<_> = server.asked().iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect();
        assert_eq!(asked, ["HEAD /", "HEAD /"]);
    }
    let authority = Authority::new();
    let server = Server::secured(authority.signs(HOST), |stream| async move { drop(stream) }).await;
    assert_eq!(failed(&look(&server, &authority, &http).await).0, Reason::NoReadyEndpoints);
}

#[tokio::test]
async fn every_page_is_read() {
    let (report, server) = look_at(&call(), |asked: Asked| {
        ready(match asked.name() {
            "tools/list" => match asked.message["params"]["cursor"].as_str() {
                None => asked.result(&json!({"tools": [{"name": "a"}], "nextCursor": "2"})),
                Some("2") => asked.result(&json!({"tools": [{"name": "b"}], "nextCursor": "3"})),
                Some(_) => asked.result(&json!({"tools": [{"name": "c"}]})),
            },
            _ => asked.good(),
        })
    })
    .await;
    assert_eq!(passed(&report).tool_names().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(server.calls().get("tools/list"), Some(&6));
}

#[tokio::test]
async fn answers_may_come_as_events_on_a_stream_that_stays_open() {
    let (report, _) = look_at(&call(), |asked: Asked| {
        ready(if asked.message["id"].is_null() {
            asked.good()
        } else {
            let result = match asked.name() {
                "initialize" => json!({"protocolVersion": "2025-06-18", "capabilities": {"tools": {}}}),
                _ => json!({"tools": [{"name": "streamed"}]}),
            };
            let answer = json!({"jsonrpc": "2.0", "id": asked.message["id"], "result": result});
            let text = format!(": hello\n\nid: 0\ndata:\n\ndata: {{\"jsonrpc\":\"2.0\",\"method\":\"notifications/message\"}}\n\ndata: {answer}\n\n");
            let first = futures::stream::iter([Ok::<_, std::convert::Infallible>(text)]);
            let stream = futures::StreamExt::chain(first, futures::stream::pending());
            let body = axum::body::Body::from_stream(stream);
            ([(header::CONTENT_TYPE, "text/event-stream; charset=utf-8")], body).into_response()
        })
    })
    .await;
    assert_eq!(passed(&report).names("t"), ["t___streamed"]);
}

#[tokio::test]
async fn what_is_announced_and_not_known_is_none_unless_it_is_tools() {
    let announced = json!({"tools": {}, "prompts": {}, "resources": {}});
    let answer = move |refusing: &'static str| {
        let announced = announced.clone();
        move |asked: Asked| {
            ready(match asked.name() {
                "initialize" => asked.result(&json!({"protocolVersion": "2025-11-25", "capabilities": announced})),
                name if name.starts_with(refusing) => {
                    asked.error(200, &json!({"code": -32601, "message": "Method not found"}))
                }
                "tools/list" => asked.good(),
                "prompts/list" => asked.result(&json!({"prompts": [{"name": "order"}]})),
                "resources/list" => asked.result(&json!({"resources": [{"uri": "docs://readme"}]})),
                _ => asked.result(&json!({})),
            })
        }
    };
    for (refusing, prompts, resources) in [("prompts", 0, 1), ("resources", 1, 0), ("nothing", 1, 1)] {
        let (report, _) = look_at(&call(), answer(refusing)).await;
        let offer = passed(&report);
        assert_eq!((offer.prompt_count(), offer.resource_count()), (prompts, resources), "{refusing}");
    }
    let (report, _) = look_at(&call(), answer("tools")).await;
    let (reason, message) = failed(&report);
    assert_eq!(reason, Reason::NotMcp);
    assert!(message.contains("refuses tools/list: \"Method not found\""), "{message}");
}

#[tokio::test]
async fn a_session_that_another_replica_does_not_know_is_explained() {
    let (report, _) = look_at(&call(), |asked: Asked| {
        let mut response = match asked.name() {
            "tools/list" => asked.error(404, &json!({"code": -32001, "message": "Session not found"})),
            _ => asked.good(),
        };
        response.headers_mut().insert("mcp-session-id", "s-1".parse().unwrap());
        ready(response)
    })
    .await;
    let (reason, message) = failed(&report);
    assert_eq!(reason, Reason::NotMcp);
    assert!(message.contains("session affinity"), "{message}");
}

#[tokio::test]
async fn a_server_that_is_asked_to_be_left_alone_is_not_judged() {
    for status in [408, 425, 429] {
        let (report, _) = look_at(&call(), move |_| ready(StatusCode::from_u16(status).unwrap().into_response())).await;
        assert_eq!(unknown(&report).0, Reason::Unavailable, "{status}");
    }
}

#[tokio::test]
async fn a_connection_that_ends_between_two_requests_is_made_again() {
    let (report, server) = look_at(&call(), |asked: Asked| {
        let mut response = asked.good();
        response.headers_mut().insert(header::CONNECTION, "close".parse().unwrap());
        ready(response)
    })
    .await;
    assert_eq!(passed(&report).tool_count(), 1);
    assert_eq!(server.connections(), 6, "three requests, twice");
}

#[tokio::test]
async fn one_connection_serves_a_whole_handshake() {
    let (report, server) = look_at(&call(), |asked: Asked| ready(asked.good())).await;
    assert_eq!((passed(&report).tool_count(), server.connections()), (1, 2));
}

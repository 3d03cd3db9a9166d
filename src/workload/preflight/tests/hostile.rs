//! Servers and specs that try to make the operator call what it must not, or never come to an end.

use std::{future::ready, net::Ipv4Addr, sync::Arc, time::Duration};

use axum::response::{IntoResponse as _, Response};
use http::{StatusCode, header};
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use super::{super::*, fixture::*};

/// A place where nobody must come.
async fn trap() -> Server {
    Server::at(Ipv4Addr::LOCALHOST, |stream| async move { drop(stream) }).await
}

fn guarded(allow: &[&str], resolutions: Vec<Resolution>, authority: &Authority) -> Probe {
    let allow = allow.iter().map(|text| text.parse().unwrap()).collect();
    Probe {
        guard: Guard::new(allow, resolutions, Arc::new(|_| false)),
        trust: authority.trust(),
        bounds: Bounds::default(),
    }
}

#[tokio::test]
async fn a_redirect_is_told_and_never_followed() {
    let trap = trap().await;
    for (status, scheme, during) in [
        (301, "http", "initialize"),
        (302, "https", "initialize"),
        (303, "http", "notifications/initialized"),
        (307, "http", "tools/list"),
        (308, "https", "tools/list"),
    ] {
        let location = format!("{scheme}://{}/mcp", trap.address);
        let (report, _) = look_at(&call(), move |asked: Asked| {
            ready(if asked.name() == during {
                (StatusCode::from_u16(status).unwrap(), [(header::LOCATION, location.clone())]).into_response()
            } else {
                asked.good()
            })
        })
        .await;
        let (reason, message) = failed(&report);
        assert_eq!(reason, Reason::NotMcp);
        assert!(message.contains(&format!("{during} with status {status}, a redirect")), "{message}");
        assert!(!message.contains("127.0.0.1"), "where to is nobody's business: {message}");
    }
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn a_host_of_the_spec_alone_is_not_called() {
    let (authority, trap) = (Authority::new(), trap().await);
    let literal = Call { via: Via::Literal, ..call() };
    for allow in [&[][..], &["other.example.com"], &["10.0.0.0/8"]] {
        let report = guarded(allow, vec![trap.resolution(HOST)], &authority).look(&literal).await;
        assert!(unknown(&report).1.contains("--preflight-allow=internal.example.com"), "{report:?}");
    }
    assert_eq!(trap.connections(), 0);
    guarded(&[HOST], vec![trap.resolution(HOST)], &authority).look(&literal).await;
    assert_eq!(trap.connections(), 1, "the trap works");
}

#[tokio::test]
async fn what_the_host_resolves_to_is_not_called_in_place_of_the_load_balancer() {
    let (authority, trap) = (Authority::new(), trap().await);
    let server = Server::answering(authority.signs(HOST), |asked: Asked| ready(asked.good())).await;
    let resolutions = vec![trap.resolution(HOST), server.resolution(BALANCER)];
    let report = guarded(&["127.0.0.1", HOST], resolutions, &authority).look(&call()).await;
    assert_eq!((passed(&report).tool_count(), trap.connections()), (1, 0));
    let report = guarded(&["127.0.0.1", HOST], vec![trap.resolution(HOST)], &authority).look(&call()).await;
    assert!(unknown(&report).1.contains("internal-lb.invalid cannot be resolved"), "{report:?}");
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn a_load_balancer_that_claims_to_be_the_operators_own_host_is_not_called() {
    let (authority, trap) = (Authority::new(), trap().await);
    let port = trap.address.port();
    for address in ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "[::]", "[64:ff9b::127.0.0.1]"] {
        let resolution = format!("{BALANCER}:443:{address}:{port}").parse().unwrap();
        let report = guarded(&[], vec![resolution], &authority).look(&call()).await;
        assert!(unknown(&report).1.contains("no load balancer can be"), "{report:?}");
    }
    // The same by the system's resolver.
    for name in ["localhost", "127.0.0.1", "::1"] {
        let own = Call { via: Via::LoadBalancer(name.to_owned()), port, ..call() };
        unknown(&guarded(&[], Vec::new(), &authority).look(&own).await);
    }
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn a_service_of_the_cluster_is_not_called() {
    let (authority, trap) = (Authority::new(), trap().await);
    // A loopback address stands in for the cluster's; another name is let, so that only the Service is in the way.
    let is_service: IsService = Arc::new(|ip| ip == Ipv4Addr::LOCALHOST);
    let guard = Guard::new(vec!["10.0.0.0/8".parse().unwrap()], vec![trap.resolution(BALANCER)], is_service);
    let probe = Probe { guard, trust: authority.trust(), bounds: Bounds::default() };
    unknown(&probe.look(&call()).await);
    assert_eq!(trap.connections(), 0);
}

#[tokio::test]
async fn of_a_name_with_several_addresses_only_those_that_may_be_called_are() {
    let authority = Authority::new();
    let server = Server::answering(authority.signs(HOST), |asked: Asked| ready(asked.good())).await;
    let refused = Server::at(Ipv4Addr::new(127, 0, 0, 2), |stream| async move { drop(stream) }).await;
    let both = || vec![refused.resolution(BALANCER), server.resolution(BALANCER)];
    let report = guarded(&["127.0.0.1"], both(), &authority).look(&call()).await;
    assert_eq!((passed(&report).tool_count(), refused.connections(), server.connections()), (1, 0, 2));
    guarded(&["127.0.0.0/8"], both(), &authority).look(&call()).await;
    assert_eq!(refused.connections(), 1, "the other one works");
}

/// Looks at what answers `method` badly, with little room.
async fn look_at_bad(
    method: &'static str,
    answer: impl Fn(&Asked) -> Response + Clone + Send + Sync + 'static,
) -> (Report, Server) {
    let authority = Authority::new();
    let server = Server::answering(authority.signs(HOST), move |asked: Asked| {
        ready(if asked.name() == method { answer(&asked) } else { asked.good() })
    })
    .await;
    let mut probe = probe(&server, &authority);
    probe.bounds.body = 256 << 10;
    (probe.look(&call()).await, server)
}

#[tokio::test]
async fn a_body_without_an_end_is_read_no_further_than_it_may_be() {
    let document = |_: &Asked| ([(header::CONTENT_TYPE, "application/json")], endless(&[b' '; 4096])).into_response();
    let (report, _) = look_at_bad("initialize", document).await;
    assert_eq!(failed(&report).0, Reason::NotMcp);
    let (report, _) = look_at_bad("tools/list", document).await;
    let (reason, message) = unknown(&report);
    assert_eq!(reason, Reason::Unavailable);
    assert!(message.contains("more than the operator reads"), "{message}");
    // Nobody waits for the end of what is not read at all.
    for status in [302, 401, 503] {
        let status = StatusCode::from_u16(status).unwrap();
        let (report, _) = look_at_bad("initialize", move |_| (status, endless(&[b' '; 4096])).into_response()).await;
        failed(&report);
    }
    let (report, _) = look_at_bad("notifications/initialized", |_| endless(&[b' '; 4096]).into_response()).await;
    assert_eq!(passed(&report).tool_count(), 1);
}

#[tokio::test]
async fn a_stream_of_events_without_an_answer_is_read_no_further_than_it_may_be() {
    for bytes in [
        &b"data: {\"jsonrpc\": \"2.0\", \"method\": \"ping\", \"id\": 1}\n\n"[..],
        b": still here\n\n",
        b"data: a line that does not end ",
        b"data: an event that does not end\n",
    ] {
        let stream = move |_: &Asked| ([(header::CONTENT_TYPE, "text/event-stream")], endless(bytes)).into_response();
        let (report, _) = look_at_bad("tools/list", stream).await;
        assert_eq!(unknown(&report).0, Reason::Unavailable);
    }
    let ended = |_: &Asked| ([(header::CONTENT_TYPE, "text/event-stream")], ": bye\n\n").into_response();
    let (report, _) = look_at_bad("initialize", ended).await;
    assert!(failed(&report).1.contains("a stream that ends without an answer"), "{report:?}");
}

#[tokio::test]
async fn a_list_without_an_end_is_read_no_further_than_it_may_be() {
    let (report, server) =
        look_at_bad("tools/list", |asked| asked.result(&json!({"tools": [{"name": "echo"}], "nextCursor": "again"})))
            .await;
    assert_eq!(unknown(&report).0, Reason::Unavailable);
    assert_eq!(server.calls().get("tools/list"), Some(&100));

    let many: Vec<_> = (0..3_000).map(|number| json!({"name": number.to_string()})).collect();
    let (report, server) =
        look_at_bad("tools/list", move |asked| asked.result(&json!({"tools": many, "nextCursor": "again"}))).await;
    assert!(unknown(&report).1.contains("5000 entries"), "{report:?}");
    assert_eq!(server.calls().get("tools/list"), Some(&2));
}

#[tokio::test]
async fn headers_without_an_end_are_read_no_further_than_they_may_be() {
    let authority = Authority::new();
    let server = Server::secured(authority.signs(HOST), |mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n").await;
        while stream.write_all(b"x-more: of this, and of this, and of this\r\n").await.is_ok() {}
    })
    .await;
    let (reason, message) = {
        let report = look(&server, &authority, &call()).await;
        let (reason, message) = failed(&report);
        (reason, message.to_owned())
    };
    assert_eq!(reason, Reason::NotMcp);
    assert!(message.contains("does not answer as an HTTP server does"), "{message}");

    let long = Server::secured(authority.signs(HOST), |mut stream| async move {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nx-long: ").await;
        while stream.write_all(&[b'x'; 4096]).await.is_ok() {}
    })
    .await;
    assert_eq!(failed(&look(&long, &authority, &call()).await).0, Reason::NotMcp);
    let other = Server::saying(authority.signs(HOST), b"SSH-2.0-OpenSSH_9.9\r\n").await;
    assert_eq!(failed(&look(&other, &authority, &call()).await).0, Reason::NotMcp);
}

#[tokio::test]
async fn a_drop_at_a_time_ends_with_the_budget() {
    let authority = Authority::new();
    let drops = |head: &'static [u8], drop: &'static [u8]| {
        Server::secured(authority.signs(HOST), move |mut stream| async move {
            let _ = stream.write_all(head).await;
            while stream.write_all(drop).await.is_ok() && stream.flush().await.is_ok() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
    };
    let json = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n";
    let events = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    for server in [
        drops(b"HTTP/1.1 200 OK\r\nx-slow: ", b"x").await,
        drops(json, b" ").await,
        drops(events, b":\n\n").await,
        drops(b"", b"HTTP/1.1 100 Continue\r\n\r\n").await,
    ] {
        let mut probe = probe(&server, &authority);
        probe.bounds.handshake = Duration::from_millis(500);
        assert_eq!(failed(&probe.look(&call()).await).0, Reason::Slow);
    }
}

#[tokio::test]
async fn nothing_is_decompressed() {
    // It would be a good answer, if anybody unpacked it.
    let (report, server) = look_at_bad("initialize", |asked| {
        let good = json!({
            "jsonrpc": "2.0", "id": asked.message["id"],
            "result": {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}},
        });
        let headers = [(header::CONTENT_TYPE, "application/json"), (header::CONTENT_ENCODING, "gzip")];
        (headers, gzip(good.to_string().as_bytes())).into_response()
    })
    .await;
    assert_eq!(failed(&report).0, Reason::NotMcp);
    assert_eq!(server.asked()[0].headers["accept-encoding"], "identity");
}

/// A gzip file that holds its content as it is (RFC 1951, section 3.2.4; RFC 1952).
fn gzip(content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap();
    let mut check = u32::MAX;
    for byte in content {
        check ^= u32::from(*byte);
        for _ in 0..8 {
            check = if check & 1 == 1 { (check >> 1) ^ 0xedb8_8320 } else { check >> 1 };
        }
    }
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 1];
    file.extend(length.to_le_bytes());
    file.extend((!length).to_le_bytes());
    file.extend(content);
    file.extend((!check).to_le_bytes());
    file.extend(u32::from(length).to_le_bytes());
    file
}

#[tokio::test]
async fn what_a_server_says_is_told_short_and_printable() {
    let (report, _) = look_at_bad("initialize", |asked| {
        asked.error(200, &json!({"code": -1, "message": format!("\u{1b}]0;pwned\u{7}\n{}", "x".repeat(100_000))}))
    })
    .await;
    let (reason, message) = failed(&report);
    assert_eq!(reason, Reason::NotMcp);
    assert!(message.len() < 400 && message.contains("\\u{1b}]0;pwned"), "{message}");
    assert!(!message.chars().any(char::is_control), "{message:?}");
    let (report, _) = look_at_bad("initialize", |asked| {
        asked.result(&json!({"protocolVersion": "\u{1b}[31m".repeat(1_000), "capabilities": {"tools": {}}}))
    })
    .await;
    let (reason, message) = failed(&report);
    assert_eq!(reason, Reason::UnsupportedProtocolVersion);
    assert!(message.len() < 400 && !message.chars().any(char::is_control), "{message:?}");
}

#[tokio::test]
async fn a_session_is_closed_although_an_answer_is_still_under_way() {
    let authority = Authority::new();
    let server = Server::answering(authority.signs(HOST), |asked: Asked| async move {
        if asked.name() == "tools/list" {
            std::future::pending::<()>().await;
        }
        let mut response = asked.good();
        response.headers_mut().insert("mcp-session-id", "s-1".parse().unwrap());
        response
    })
    .await;
    let mut probe = probe(&server, &authority);
    probe.bounds.handshake = Duration::from_secs(2);
    assert_eq!(failed(&probe.look(&call()).await).0, Reason::Slow);
    assert_eq!(server.calls().get("DELETE"), Some(&1));
}

#[tokio::test]
async fn a_server_that_does_not_let_its_session_be_closed_holds_nobody_up() {
    let authority = Authority::new();
    let server = Server::answering(authority.signs(HOST), |asked: Asked| async move {
        if asked.name() == "DELETE" {
            std::future::pending::<()>().await;
        }
        let mut response = asked.good();
        response.headers_mut().insert("mcp-session-id", "s-1".parse().unwrap());
        response
    })
    .await;
    let mut probe = probe(&server, &authority);
    probe.bounds.close = Duration::from_millis(100);
    assert_eq!(passed(&probe.look(&call()).await).tool_count(), 1);
}

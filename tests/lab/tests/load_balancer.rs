//! Load balancers: certificates as they should be and as they should not, routes, and everything that changes while they run.

use std::time::Duration;

use lab::load_balancer::{Authority, Behaviour, Certificate, LoadBalancer, Tunnel};
use lab::mcp::{McpServer, Personality, RestApi, tools_of, tools_of_host};
use tokio::io::AsyncReadExt;

const HOST: &str = "internal.example.com";
const API: &str = "api.internal.example.com";

/// Longer than anything here takes that is not meant to take for ever.
const FOR_EVER: Duration = Duration::from_millis(500);

async fn balancer(authority: &Authority) -> anyhow::Result<LoadBalancer> {
    LoadBalancer::start(authority.issue(&[HOST, "*.internal.example.com"])?).await
}

/// What is wrong with the certificate that a load balancer presents for a host, as rustls says it.
async fn complaint(authority: &Authority, balancer: &LoadBalancer, host: &str) -> anyhow::Result<String> {
    match authority.connect(balancer.address(), host).await {
        Ok(_) => anyhow::bail!("the certificate is taken for {host}"),
        Err(error) => Ok(error.to_string()),
    }
}

/// The status of the answer to `GET` over TLS.
async fn get(tunnel: &Tunnel, host: &str, path: &str) -> anyhow::Result<u16> {
    let client = reqwest::Client::builder().no_proxy().build()?;
    Ok(client.get(tunnel.url(path)).header("host", host).send().await?.status().as_u16())
}

#[tokio::test]
async fn agents_and_the_emulated_aws_find_the_tools_behind_it() -> anyhow::Result<()> {
    let authority = Authority::create()?;
    let balancer = balancer(&authority).await?;
    let server = McpServer::start(Personality::Everyday).await?;
    balancer.route(HOST, "/mcp-server", server.address());
    let tunnel = Tunnel::open(&authority, balancer.address(), HOST).await?;
    let everyday = ["echo", "add", "get_time"];
    assert_eq!(tools_of_host(&tunnel.url("/mcp-server/mcp"), HOST).await?, everyday);
    assert_eq!(tools_of_host(&balancer.plain_url("/mcp-server/mcp"), HOST).await?, everyday);
    assert_eq!(server.calls()["tools/list"], 2);
    assert_eq!(server.open_sessions().await, 0);
    let traffic = balancer.traffic();
    assert!(traffic.requests_for(HOST, "/mcp-server/mcp") >= 4, "{traffic:?}");
    assert_eq!(traffic.handshakes.keys().collect::<Vec<_>>(), [HOST]);
    assert!(traffic.plain_requests_for(HOST, "/mcp-server/mcp") >= 4, "{traffic:?}");
    Ok(())
}

#[tokio::test]
async fn a_roll_out_exchanges_the_backend_and_leaves_the_address() -> anyhow::Result<()> {
    let authority = Authority::create()?;
    let balancer = balancer(&authority).await?;
    let (old, new) = (McpServer::start(Personality::Everyday).await?, McpServer::start(Personality::Stock).await?);
    balancer.route(HOST, "/mcp", old.address());
    let tunnel = Tunnel::open(&authority, balancer.address(), HOST).await?;
    assert_eq!(tools_of_host(&tunnel.url("/mcp"), HOST).await?.len(), 3);
    balancer.route_to_nobody(HOST, "/mcp");
    assert_eq!(get(&tunnel, HOST, "/mcp").await?, 503);
    balancer.route(HOST, "/mcp", new.address());
    assert_eq!(tools_of_host(&tunnel.url("/mcp"), HOST).await?, ["get_stock_price", "get_market_summary"]);
    let gone = new.address();
    new.stop().await;
    assert_eq!(get(&tunnel, HOST, "/mcp").await?, 502, "nobody listens at {gone}");
    balancer.remove_route(HOST, "/mcp");
    assert_eq!(get(&tunnel, HOST, "/mcp").await?, 404);
    Ok(())
}

#[tokio::test]
async fn hosts_and_paths_are_told_apart_and_counted() -> anyhow::Result<()> {
    let authority = Authority::create()?;
    let balancer = balancer(&authority).await?;
    let (api, server) = (RestApi::start().await?, McpServer::start(Personality::PlainRest).await?);
    balancer.route(API, "/", api.address());
    balancer.route(API, "/tools", server.address());
    let tunnel = Tunnel::open(&authority, balancer.address(), API).await?;
    assert_eq!(get(&tunnel, API, "/health").await?, 200);
    assert_eq!(get(&tunnel, API, "/toolsmith").await?, 404);
    assert_eq!(get(&tunnel, API, "/tools").await?, 200);
    assert_eq!(get(&tunnel, HOST, "/health").await?, 404);
    assert_eq!(
        api.requests().into_iter().collect::<Vec<_>>(),
        [("GET /health".to_owned(), 1), ("GET /toolsmith".to_owned(), 1)]
    );
    let traffic = balancer.traffic();
    assert_eq!((traffic.requests_for(API, "/health"), traffic.requests_for(HOST, "/health")), (1, 1));
    assert_eq!((traffic.connections, traffic.handshakes[API]), (4, 4));
    Ok(())
}

#[tokio::test]
async fn an_endless_answer_is_streamed_and_not_collected() -> anyhow::Result<()> {
    let authority = Authority::create()?;
    let balancer = balancer(&authority).await?;
    let server = McpServer::start(Personality::EndlessStream).await?;
    balancer.route(HOST, "/", server.address());
    let tunnel = Tunnel::open(&authority, balancer.address(), HOST).await?;
    let client = reqwest::Client::builder().no_proxy().build()?;
    let mut response = client.post(tunnel.url("/mcp")).header("host", HOST).send().await?;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut read = 0;
    while read < 1 << 20 {
        read += response.chunk().await?.map(|chunk| chunk.len()).unwrap_or_default();
    }
    Ok(())
}

#[tokio::test]
async fn a_good_certificate_is_taken_and_each_bad_one_is_refused_for_its_own_reason() -> anyhow::Result<()> {
    let (authority, stranger) = (Authority::create()?, Authority::create()?);
    let balancer = balancer(&authority).await?;
    authority.connect(balancer.address(), HOST).await?;
    authority.connect(balancer.address(), API).await?;
    let mismatch = complaint(&authority, &balancer, "mcp.example.org").await?;
    assert!(mismatch.contains("not valid for name") && mismatch.contains(HOST), "{mismatch}");
    balancer.present(authority.issue_expired(&[HOST])?);
    let expired = complaint(&authority, &balancer, HOST).await?;
    assert!(expired.contains("expired"), "{expired}");
    balancer.present(stranger.issue(&[HOST])?);
    let unknown = complaint(&authority, &balancer, HOST).await?;
    assert!(unknown.contains("UnknownIssuer"), "{unknown}");
    stranger.connect(balancer.address(), HOST).await?;
    balancer.present(Certificate::self_signed(&[HOST])?);
    let own = complaint(&authority, &balancer, HOST).await?;
    assert!(own.contains("UnknownIssuer"), "{own}");
    assert_eq!(balancer.traffic().handshakes[HOST], 5);
    Ok(())
}

#[tokio::test]
async fn a_name_may_have_a_certificate_of_its_own() -> anyhow::Result<()> {
    let authority = Authority::create()?;
    let balancer = LoadBalancer::start(authority.issue(&[HOST])?).await?;
    complaint(&authority, &balancer, API).await?;
    balancer.present_to(API, authority.issue(&[API])?);
    authority.connect(balancer.address(), API).await?;
    authority.connect(balancer.address(), HOST).await?;
    Ok(())
}

#[tokio::test]
async fn it_can_close_be_silent_and_never_answer() -> anyhow::Result<()> {
    let authority = Authority::create()?;
    let balancer = balancer(&authority).await?;
    let server = McpServer::start(Personality::PlainRest).await?;
    balancer.route(HOST, "/", server.address());
    let tunnel = Tunnel::open(&authority, balancer.address(), HOST).await?;
    let mut open = authority.connect(balancer.address(), HOST).await?;
    balancer.behave(Behaviour::Close);
    // What was open is ended; there is no farewell.
    assert!(matches!(open.read(&mut [0; 1]).await, Err(_) | Ok(0)));
    assert!(authority.connect(balancer.address(), HOST).await.is_err());
    balancer.behave(Behaviour::Silent);
    assert!(tokio::time::timeout(FOR_EVER, authority.connect(balancer.address(), HOST)).await.is_err());
    balancer.behave(Behaviour::NeverAnswer);
    authority.connect(balancer.address(), HOST).await?;
    assert!(tokio::time::timeout(FOR_EVER, get(&tunnel, HOST, "/mcp")).await.is_err());
    assert!(server.calls().is_empty());
    balancer.behave(Behaviour::Serve);
    assert_eq!(get(&tunnel, HOST, "/mcp").await?, 200);
    Ok(())
}

#[tokio::test]
async fn it_can_stop_listening_and_come_back_where_it_was() -> anyhow::Result<()> {
    let authority = Authority::create()?;
    let balancer = balancer(&authority).await?;
    let server = McpServer::start(Personality::Everyday).await?;
    balancer.route(HOST, "/", server.address());
    balancer.stop_listening().await;
    let refused = authority.connect(balancer.address(), HOST).await.err().map(|error| error.kind());
    assert_eq!(refused, Some(std::io::ErrorKind::ConnectionRefused));
    assert!(tools_of(&balancer.plain_url("/mcp")).await.is_err());
    balancer.listen_again().await?;
    authority.connect(balancer.address(), HOST).await?;
    assert_eq!(tools_of_host(&balancer.plain_url("/mcp"), HOST).await?.len(), 3);
    Ok(())
}

#[tokio::test]
async fn the_shared_authority_lies_in_a_file() -> anyhow::Result<()> {
    let authority = Authority::shared()?;
    assert_eq!(Authority::shared()?.certificate_file(), authority.certificate_file());
    let pem = std::fs::read_to_string(authority.certificate_file())?;
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"), "{pem}");
    let certificate = authority.issue(&[HOST])?;
    assert!(certificate.pem() != pem && certificate.pem().starts_with("-----BEGIN CERTIFICATE-----"));
    Ok(())
}

//! How other projects' users mark their Services as MCP servers.
//!
//! | project | mark | path | port |
//! |---|---|---|---|
//! | agentgateway, kgateway | a port with `appProtocol: agentgateway.dev/mcp` or `kgateway.dev/mcp` | annotation `agentgateway.dev/mcp-path`, earlier `kgateway.dev/mcp-path` | that port |
//! | kagent | label `kagent.dev/mcp-service: "true"` | annotation `kagent.dev/mcp-service-path` | annotation `kagent.dev/mcp-service-port` |
//!
//! Sources: <https://agentgateway.dev/docs/>, <https://kgateway.dev/docs/>, <https://kagent.dev/docs/>. Where both are there, the first is
//! followed. A Service without a load balancer is never marked.

use super::{LOAD_BALANCER, Object, Reader};
use crate::{cluster::foreign::ServiceSpec, workload::discovery::annotations};

/// What is spoken at a port, as agentgateway and kgateway say it.
const APP_PROTOCOLS: [&str; 2] = ["agentgateway.dev/mcp", "kgateway.dev/mcp"];

/// The path, as agentgateway says it, now and earlier.
const PATHS: [&str; 2] = ["agentgateway.dev/mcp-path", "kgateway.dev/mcp-path"];

/// kagent's mark.
const KAGENT: &str = "kagent.dev/mcp-service";

/// The path, as kagent says it.
const KAGENT_PATH: &str = "kagent.dev/mcp-service-path";

/// The port, as kagent says it.
const KAGENT_PORT: &str = "kagent.dev/mcp-service-port";

/// How MCP is transported, as kagent says it: `STREAMABLE_HTTP` (the default, and what every other word means) or `SSE`.
const KAGENT_PROTOCOL: &str = "kagent.dev/mcp-service-protocol";

/// What a mark says of the server.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Convention {
    pub(super) path: Option<String>,
    pub(super) port: Option<i32>,
}

/// How a Service is marked.
#[derive(Debug, PartialEq)]
pub(super) enum Mark {
    /// By these ports.
    Ports(Vec<i32>),
    /// By its label.
    Label,
}

/// How an object is marked as an MCP server, if it is.
pub(super) fn of(object: &Object) -> Option<Mark> {
    let service = object.service.as_ref().filter(|service| service.type_.as_deref() == Some(LOAD_BALANCER))?;
    let ports = marked_ports(service);
    if !ports.is_empty() {
        return Some(Mark::Ports(ports));
    }
    let label = object.metadata.labels.as_ref()?.get(KAGENT)?;
    (label == "true").then_some(Mark::Label)
}

fn marked_ports(service: &ServiceSpec) -> Vec<i32> {
    let is_marked = |protocol: &str| APP_PROTOCOLS.contains(&protocol);
    let ports = service.ports.iter().filter(|port| port.app_protocol.as_deref().is_some_and(is_marked));
    ports.map(|port| port.port).collect()
}

impl Mark {
    /// What the mark says of the server. `says_port` tells that an annotation of ours names the port.
    pub(super) fn read(&self, reader: &mut Reader<'_>, says_port: bool) -> Convention {
        let mut path = |key: &str| reader.read(key, "a path that starts with a slash, like /mcp", annotations::path);
        match self {
            Self::Ports(ports) => {
                let [now, earlier] = PATHS;
                let path = path(now).or_else(|| path(earlier));
                if ports.len() > 1 && !says_port {
                    reader.fault(format!(
                        "Several ports are marked as MCP; say which one is meant with the annotation {}",
                        annotations::PORT
                    ));
                }
                Convention { path, port: ports.first().copied() }
            }
            Self::Label => {
                let path = path(KAGENT_PATH);
                let port = reader.read(KAGENT_PORT, "a port, 1 to 65535", annotations::port);
                let streams = |value: &str| (!value.eq_ignore_ascii_case("SSE")).then_some(());
                reader.read(KAGENT_PROTOCOL, "STREAMABLE_HTTP, the only transport that AgentCore speaks", streams);
                Convention { path, port }
            }
        }
    }
}

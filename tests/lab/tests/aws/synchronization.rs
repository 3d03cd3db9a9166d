//! When a target can be synchronized.

use lab::aws::ObjectKind;

use crate::handshakes::Server;
use crate::support::{Fixture, MCP_URL, quick, refused};

#[tokio::test]
async fn a_target_that_is_busy_is_not_synchronized() {
    let fixture = Fixture::start(quick()).await;
    let gateway = fixture.gateway("agents").await;
    let server = Server::start().await;
    fixture.aws.register_endpoint(MCP_URL, &server.address);
    let id = fixture.create_target(&gateway, "one", MCP_URL).send().await.unwrap().target_id().to_owned();
    assert_eq!(fixture.settled_target(&gateway, &id).await.status().as_str(), "READY");
    let asked = server.methods().len();
    let synchronize =
        || fixture.agentcore.synchronize_gateway_targets().gateway_identifier(&gateway).target_id_list(&id).send();
    for (status, code) in [
        ("CREATING", "ConflictException"),
        ("UPDATING", "ConflictException"),
        ("SYNCHRONIZING", "ConflictException"),
        ("DELETING", "ConflictException"),
        ("CREATE_PENDING_AUTH", "ValidationException"),
        ("UPDATE_PENDING_AUTH", "ValidationException"),
        ("SYNCHRONIZE_PENDING_AUTH", "ValidationException"),
    ] {
        assert!(fixture.aws.set_status(ObjectKind::GatewayTarget, &id, status, &[]));
        let error = refused(&synchronize().await.unwrap_err());
        assert_eq!(error.code, code, "{status}");
        assert!(error.message.contains(status), "{status}: {}", error.message);
    }
    assert_eq!(server.methods().len(), asked, "nobody was asked");
    for status in ["READY", "FAILED", "UPDATE_UNSUCCESSFUL", "SYNCHRONIZE_UNSUCCESSFUL"] {
        assert!(fixture.aws.set_status(ObjectKind::GatewayTarget, &id, status, &[]));
        let answer = synchronize().await.unwrap();
        assert_eq!(answer.targets()[0].status().as_str(), "SYNCHRONIZING", "{status}");
        assert_eq!(fixture.settled_target(&gateway, &id).await.status().as_str(), "READY", "{status}");
    }
    assert_eq!(server.methods().len(), asked * 5, "one handshake each");
}

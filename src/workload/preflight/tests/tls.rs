//! Certificates, and what is no TLS at all.

use std::future::ready;

use lab::mcp::{McpServer, Personality};
use rcgen::{CertificateParams, date_time_ymd};
use rustls::RootCertStore;
use tokio_rustls::TlsAcceptor;

use super::{super::*, fixture::*};

/// Looks at a good server with this certificate, trusting an authority.
async fn with(acceptor: TlsAcceptor, authority: &Authority, call: &Call) -> (Report, Server) {
    let server = Server::answering(acceptor, |asked: Asked| ready(asked.good())).await;
    (look(&server, authority, call).await, server)
}

fn expired(parameters: &mut CertificateParams) {
    parameters.not_before = date_time_ymd(2020, 1, 1);
    parameters.not_after = date_time_ymd(2021, 2, 3);
}

fn early(parameters: &mut CertificateParams) {
    parameters.not_before = date_time_ymd(2999, 1, 1);
    parameters.not_after = date_time_ymd(2999, 2, 3);
}

#[tokio::test]
async fn a_certificate_that_a_gateway_would_refuse_is_told_and_nothing_is_asked() {
    let (trusted, other) = (Authority::new(), Authority::named("others"));
    let table = [
        (Authority::new().signs(HOST), Reason::PrivateCertificate, "certificateConfigurations"),
        (other.signs(HOST), Reason::PrivateCertificate, "certificateConfigurations"),
        (signs_itself(false), Reason::PrivateCertificate, "certificateConfigurations"),
        (signs_itself(true), Reason::PrivateCertificate, "certificateConfigurations"),
        (trusted.signs_changed(HOST, expired), Reason::CertificateExpired, "expired at 2021-02-03T00:00:00Z"),
        (other.signs_changed(HOST, expired), Reason::CertificateExpired, "expired at 2021-02-03T00:00:00Z"),
        (trusted.signs_changed(HOST, early), Reason::CertificateExpired, "valid only from 2999-01-01T00:00:00Z"),
        (trusted.signs("other.example.com"), Reason::HostMismatch, "other.example.com"),
    ];
    for (acceptor, reason, expected) in table {
        let (report, server) = with(acceptor, &trusted, &call()).await;
        let (found, message) = failed(&report);
        assert_eq!(found, reason);
        assert!(message.contains(expected) && message.contains(HOST), "{message}");
        let finding = Finding { reason, message: message.to_owned() };
        assert_eq!(report.certificate, Certificate::Refused(finding));
        assert_eq!((server.connections(), server.asked().len()), (1, 0));
    }
}

#[tokio::test]
async fn an_authority_of_the_targets_own_excuses_the_issuer_and_nothing_else() {
    let (trusted, other) = (Authority::new(), Authority::named("others"));
    let own = Call { any_authority: true, ..call() };
    for acceptor in [Authority::new().signs(HOST), other.signs(HOST), signs_itself(false), signs_itself(true)] {
        let (report, _) = with(acceptor, &trusted, &own).await;
        assert_eq!((passed(&report).tool_count(), &report.certificate), (1, &Certificate::OwnAuthority));
    }
    let (report, _) = with(trusted.signs(HOST), &trusted, &own).await;
    assert_eq!((passed(&report).tool_count(), &report.certificate), (1, &Certificate::Trusted));
    for (acceptor, reason) in [
        (other.signs_changed(HOST, expired), Reason::CertificateExpired),
        (other.signs_changed(HOST, early), Reason::CertificateExpired),
        (trusted.signs_changed(HOST, expired), Reason::CertificateExpired),
        (other.signs("other.example.com"), Reason::HostMismatch),
        (trusted.signs("other.example.com"), Reason::HostMismatch),
    ] {
        let (report, server) = with(acceptor, &trusted, &own).await;
        assert_eq!(failed(&report).0, reason);
        assert_eq!(server.asked().len(), 0);
    }
}

#[tokio::test]
async fn the_host_is_asked_for_and_not_the_load_balancer() {
    let authority = Authority::new();
    let (report, _) = with(authority.signs(BALANCER), &authority, &call()).await;
    assert_eq!(failed(&report).0, Reason::HostMismatch);
}

#[tokio::test]
async fn the_port_stands_in_the_header_unless_it_is_the_usual_one() {
    let authority = Authority::new();
    let server = Server::answering(authority.signs(HOST), |asked: Asked| ready(asked.good())).await;
    let resolution = format!("{BALANCER}:8443:{}", server.address).parse().unwrap();
    let guard = Guard::new(vec!["127.0.0.1".parse().unwrap()], vec![resolution], std::sync::Arc::new(|_| false));
    let probe = Probe { guard, trust: authority.trust(), bounds: Bounds::default() };
    passed(&probe.look(&Call { port: 8443, ..call() }).await);
    assert_eq!(server.asked()[0].headers["host"], "internal.example.com:8443");
}

#[tokio::test]
async fn what_is_no_tls_proves_nothing() {
    let authority = Authority::new();
    let plain = McpServer::start(Personality::Everyday).await.unwrap();
    let port = plain.address();
    let guard = Guard::new(
        vec!["127.0.0.1".parse().unwrap()],
        vec![format!("{BALANCER}:443:{port}").parse().unwrap()],
        std::sync::Arc::new(|_| false),
    );
    let probe = Probe { guard, trust: authority.trust(), bounds: Bounds::default() };
    let report = probe.look(&call()).await;
    let (reason, message) = unknown(&report);
    assert_eq!((reason, &report.certificate), (Reason::Unreachable, &Certificate::NotSeen));
    assert!(message.contains("does not complete TLS"), "{message}");
    assert_eq!(plain.calls().get("initialize"), None);

    // Closed before a word, and never a word at all.
    let closing = Server::at(std::net::Ipv4Addr::LOCALHOST, |stream| async move { drop(stream) }).await;
    assert_eq!(unknown(&look(&closing, &authority, &call()).await).0, Reason::Unreachable);
    let silent = Server::at(std::net::Ipv4Addr::LOCALHOST, |stream| async move {
        std::future::pending::<()>().await;
        drop(stream);
    })
    .await;
    let mut probe = super::fixture::probe(&silent, &authority);
    probe.bounds.secure = std::time::Duration::from_millis(200);
    let report = probe.look(&call()).await;
    assert!(unknown(&report).1.contains("TLS is not complete within 0.2 seconds"));
}

#[tokio::test]
async fn an_operator_without_roots_judges_nobody() {
    let authority = Authority::new();
    let server = Server::answering(authority.signs(HOST), |asked: Asked| ready(asked.good())).await;
    let trust = Trust::of(RootCertStore::empty());
    let report = Probe { guard: guard(&server), trust, bounds: Bounds::default() }.look(&call()).await;
    let (reason, message) = unknown(&report);
    assert_eq!((reason, &report.certificate), (Reason::Unreachable, &Certificate::NotSeen));
    assert!(message.contains("SSL_CERT_FILE"), "{message}");
}

#[tokio::test]
async fn the_systems_roots_do_not_know_the_tests_authority() {
    let authority = Authority::new();
    let server = Server::answering(authority.signs(HOST), |asked: Asked| ready(asked.good())).await;
    let report = Probe { guard: guard(&server), trust: Trust::system(), bounds: Bounds::default() }.look(&call()).await;
    // Where the system has no roots at all, nothing is judged; either way nothing passes and nothing is asked.
    assert!(!matches!(report.outcome, Outcome::Passed(_)), "{report:?}");
    assert_eq!(server.asked().len(), 0);
}

#[tokio::test]
async fn a_host_that_is_no_name_is_not_called() {
    let authority = Authority::new();
    let server = Server::answering(authority.signs(HOST), |asked: Asked| ready(asked.good())).await;
    for broken in [
        Call { host: "a b".to_owned(), ..call() },
        Call { host: String::new(), ..call() },
        Call { path: "/a b\r\nx: y".to_owned(), ..call() },
    ] {
        assert_eq!(unknown(&look(&server, &authority, &broken).await).0, Reason::Unreachable);
    }
    assert_eq!(server.asked().len(), 0);
}

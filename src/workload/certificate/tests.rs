//! Every row of the table, which certificate is served, and what a handshake adds.

use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::{
    aws::Fault,
    workload::{facts::Listener, hop::Truth},
};

const ARN: &str = "arn:aws:acm:us-west-2:111122223333:certificate/11111111-1111-1111-1111-111111111111";
const HOST: &str = "internal.example.com";

fn demand() -> Demand<'static> {
    Demand { host: HOST, own_authority: false, now: "2026-11-20T09:00:00Z".parse().unwrap() }
}

fn issued(names: &[&str]) -> Certificate {
    Certificate {
        names: names.iter().map(|name| (*name).to_owned()).collect(),
        kind: CertificateKind::AmazonIssued,
        status: CertificateStatus::Issued,
        subject: format!("CN={}", names[0]),
        issuer: "Amazon".into(),
        not_after: Some("2027-06-01T00:00:00Z".parse().unwrap()),
        key: "RSA-2048".into(),
    }
}

fn of_fixture() -> Certificate {
    issued(&[HOST, "*.internal.example.com"])
}

fn offered(certificate: Certificate) -> Offered {
    Offered { arn: ARN.into(), certificate: Known::Read(Some(Arc::new(certificate))) }
}

fn entrance(tls: Tls, certificates: Known<Vec<Offered>>) -> Entrance {
    let protocol = match tls {
        Tls::Here => "HTTPS",
        Tls::Behind => "TCP",
        Tls::Nowhere => "HTTP",
    };
    let listener =
        Listener { arn: "arn:listener".into(), port: 443, protocol: protocol.into(), tls, forwards_to: Vec::new() };
    Entrance {
        port: 443,
        listeners: Known::Read(Arc::new(vec![listener])),
        certificates,
        pools: Known::Read(Vec::new()),
    }
}

fn judged(demand: &Demand<'_>, certificates: Vec<Offered>) -> Judgment {
    judge(demand, &entrance(Tls::Here, Known::Read(certificates)))
}

fn denied(operation: &'static str) -> Fault {
    Fault::new(operation, Some("AccessDeniedException"), "not authorized")
}

#[track_caller]
fn expect(judgment: &Judgment, status: Truth, reason: Reason, words: &[&str]) {
    let Outcome::Decided(verdict) = &judgment.outcome else { panic!("undecided: {judgment:?}") };
    assert_eq!((verdict.status, verdict.reason), (status, reason), "{}", verdict.message);
    for word in words {
        assert!(verdict.message.contains(word), "{word} in: {}", verdict.message);
    }
}

#[track_caller]
fn expect_undecided(judgment: &Judgment, words: &[&str]) -> Undecided {
    let Outcome::Undecided(undecided) = &judgment.outcome else { panic!("decided: {judgment:?}") };
    for word in words {
        assert!(undecided.why.contains(word), "{word} in: {}", undecided.why);
    }
    undecided.clone()
}

#[test]
fn a_public_certificate_for_the_host_is_trusted_and_told() {
    let judgment = judged(&demand(), vec![offered(of_fixture())]);
    expect(&judgment, Truth::True, Reason::Settled, &[ARN, HOST, "2027-06-01T00:00:00Z"]);
    let served =
        Served { arn: ARN.into(), kind: Some("AMAZON_ISSUED".into()), not_after: Some("2027-06-01T00:00:00Z".into()) };
    assert_eq!(judgment.served, Some(served));
}

#[test]
fn a_wildcard_stands_for_one_label() {
    let table = [
        ("internal.example.com", true),
        ("api.internal.example.com", true),
        ("API.Internal.example.com.", true),
        ("a.b.internal.example.com", false),
        ("example.com", false),
        ("xinternal.example.com", false),
    ];
    for (host, expected) in table {
        let names = ["internal.example.com", "*.internal.example.com"];
        assert_eq!(names.iter().any(|name| is_for(name, host)), expected, "{host}");
        let judgment = judged(&Demand { host, ..demand() }, vec![offered(of_fixture())]);
        if expected {
            expect(&judgment, Truth::True, Reason::Settled, &[]);
        } else {
            let words = [host, "internal.example.com, *.internal.example.com"];
            expect(&judgment, Truth::False, Reason::HostMismatch, &words);
            assert_eq!(judgment.served, None);
        }
    }
    for (name, host) in [("*.example.com", ".example.com"), ("*", "example"), ("*.com", "com"), ("a.*.com", "a.b.com")]
    {
        assert!(!is_for(name, host), "{name} {host}");
    }
}

proptest! {
    #[test]
    fn names_are_compared_label_by_label(name in "(\\*\\.)?[ab]{1,2}(\\.[ab]{1,2}){0,3}", host in "[ab]{1,2}(\\.[ab]{1,2}){0,4}") {
        let (names, hosts): (Vec<_>, Vec<_>) = (name.split('.').collect(), host.split('.').collect());
        let agree = names.iter().zip(&hosts).all(|(name, host)| *name == "*" || name == host);
        prop_assert_eq!(is_for(&name, &host), names.len() == hosts.len() && agree);
    }
}

#[test]
fn certificates_that_agentcore_would_not_trust() {
    let moment = |text: &str| Some(text.parse().unwrap());
    let imported = |subject: &str, issuer: &str| Certificate {
        kind: CertificateKind::Imported,
        subject: subject.into(),
        issuer: issuer.into(),
        ..of_fixture()
    };
    let ways_out = ["certificateConfigurations", "internal Application Load Balancer"];
    let table = [
        (Certificate { kind: CertificateKind::Private, ..of_fixture() }, Reason::PrivateCertificate, &ways_out[..]),
        (imported("CN=internal.example.com", "CN=internal.example.com"), Reason::PrivateCertificate, &ways_out[..]),
        (imported("O=Us,CN=internal.example.com", "internal.example.com"), Reason::PrivateCertificate, &ways_out[..]),
        (
            Certificate { not_after: moment("2026-11-20T09:00:00Z"), ..of_fixture() },
            Reason::CertificateExpired,
            &["expired at 2026-11-20T09:00:00Z"],
        ),
        (Certificate { status: CertificateStatus::Expired, ..of_fixture() }, Reason::CertificateExpired, &[ARN]),
        (
            Certificate {
                status: CertificateStatus::Other("PENDING_VALIDATION".into()),
                not_after: None,
                ..of_fixture()
            },
            Reason::ReferenceNotReady,
            &["PENDING_VALIDATION"],
        ),
        (issued(&["other.example.com"]), Reason::HostMismatch, &[HOST, "other.example.com"]),
    ];
    for (certificate, reason, words) in table {
        expect(&judged(&demand(), vec![offered(certificate)]), Truth::False, reason, words);
    }
    let alive = Certificate { not_after: moment("2026-11-20T09:00:01Z"), ..of_fixture() };
    expect(&judged(&demand(), vec![offered(alive)]), Truth::True, Reason::Settled, &[]);
    expect(&judged(&demand(), vec![]), Truth::False, Reason::HostMismatch, &["no certificate", HOST]);
}

#[test]
fn authorities_of_ones_own_are_trusted_but_cannot_mend_the_rest() {
    let own = Demand { own_authority: true, ..demand() };
    let private = Certificate { kind: CertificateKind::Private, ..of_fixture() };
    let role = ["execution role", "secretsmanager:GetSecretValue", "s3:GetObject", "kms:Decrypt"];
    let judgment = judged(&own, vec![offered(private.clone())]);
    expect(&judgment, Truth::True, Reason::Settled, &role);
    assert_eq!(judgment.served.unwrap().kind.as_deref(), Some("PRIVATE"));
    let self_signed = Certificate { kind: CertificateKind::Imported, issuer: HOST.into(), ..of_fixture() };
    expect(&judged(&own, vec![offered(self_signed)]), Truth::True, Reason::Settled, &role);
    let elsewhere = Demand { host: "other.example.com", ..own };
    expect(&judged(&elsewhere, vec![offered(private.clone())]), Truth::False, Reason::HostMismatch, &[]);
    let late = Demand { now: "2027-06-01T00:00:00Z".parse().unwrap(), ..own };
    expect(&judged(&late, vec![offered(private)]), Truth::False, Reason::CertificateExpired, &[]);
}

#[test]
fn the_listener_picks_among_all_that_cover_the_host() {
    let with = |arn: &str, certificate| Offered { arn: arn.into(), ..offered(certificate) };
    let default = || with("default", issued(&["other.example.com"]));
    let private = |key: &str| Certificate { kind: CertificateKind::Private, key: key.into(), ..of_fixture() };
    let until = |end: &str| Certificate { not_after: Some(end.parse().unwrap()), ..of_fixture() };
    let table = [
        ("the one that matches", vec![default(), with("b", of_fixture())], "b", Truth::True),
        ("elliptic curves", vec![with("a", of_fixture()), with("b", private("EC-prime256v1"))], "b", Truth::False),
        ("the longer key", vec![with("a", private("RSA-1024")), with("b", of_fixture())], "b", Truth::True),
        ("in date", vec![with("a", of_fixture()), with("b", until("2026-01-01T00:00:00Z"))], "a", Truth::True),
        (
            "the longer validity",
            vec![with("a", of_fixture()), with("b", until("2028-01-01T00:00:00Z"))],
            "b",
            Truth::True,
        ),
    ];
    for (case, certificates, arn, status) in table {
        let judgment = judged(&demand(), certificates);
        assert_eq!(judgment.served.as_ref().unwrap().arn, arn, "{case}");
        let Outcome::Decided(verdict) = judgment.outcome else { panic!("undecided: {case}") };
        assert_eq!(verdict.status, status, "{case}: {}", verdict.message);
    }
}

#[test]
fn what_aws_does_not_tell_is_left_to_the_handshake() {
    let imported = Certificate { kind: CertificateKind::Imported, issuer: "Some CA".into(), ..of_fixture() };
    let judgment = judged(&demand(), vec![offered(imported)]);
    expect_undecided(&judgment, &["IMPORTED", "Some CA"]);
    assert_eq!(judgment.served.unwrap().kind.as_deref(), Some("IMPORTED"));
    let other = Certificate { kind: CertificateKind::Other("BORROWED".into()), ..of_fixture() };
    expect_undecided(&judged(&demand(), vec![offered(other)]), &["BORROWED"]);

    let iam = || Offered { arn: "arn:aws:iam::1:server-certificate/x".into(), certificate: Known::Read(None) };
    expect_undecided(&judged(&demand(), vec![iam()]), &["server-certificate/x", "not a certificate of ACM"]);
    let hidden = || Offered { arn: ARN.into(), certificate: Known::Unreadable(denied("DescribeCertificate")) };
    let undecided = expect_undecided(&judged(&demand(), vec![hidden()]), &[ARN, "acm:DescribeCertificate"]);
    assert_eq!(undecided.reason, Reason::Denied);
    let list = Known::Unreadable(denied("DescribeListenerCertificates"));
    let words = ["elasticloadbalancing:DescribeListenerCertificates"];
    expect_undecided(&judge(&demand(), &entrance(Tls::Here, list)), &words);
    expect_undecided(&judge(&demand(), &entrance(Tls::Behind, Known::Read(vec![]))), &["TCP", "servers"]);
    let blind = Entrance {
        listeners: Known::Unreadable(denied("DescribeListeners")),
        ..entrance(Tls::Here, Known::Read(vec![]))
    };
    expect_undecided(&judge(&demand(), &blind), &["elasticloadbalancing:DescribeListeners"]);
}

#[test]
fn a_certificate_that_cannot_be_read_may_save_a_bad_one_but_not_spoil_a_good_one() {
    let hidden = || Offered { arn: "hidden".into(), certificate: Known::Unreadable(denied("DescribeCertificate")) };
    let private = Certificate { kind: CertificateKind::Private, ..of_fixture() };
    expect_undecided(&judged(&demand(), vec![offered(private), hidden()]), &["hidden"]);
    expect_undecided(&judged(&demand(), vec![offered(issued(&["other.example.com"])), hidden()]), &["hidden"]);
    expect(&judged(&demand(), vec![offered(of_fixture()), hidden()]), Truth::True, Reason::Settled, &[]);
}

#[test]
fn without_a_listener_for_tls_there_is_nothing_to_judge() {
    let nothing = judge(&demand(), &entrance(Tls::Nowhere, Known::Read(vec![])));
    expect(&nothing, Truth::Unknown, Reason::NoTlsListener, &["port 443"]);
    let elsewhere = Entrance { port: 8443, ..entrance(Tls::Here, Known::Read(vec![])) };
    expect(&judge(&demand(), &elsewhere), Truth::Unknown, Reason::NoTlsListener, &["port 8443"]);
}

#[test]
fn a_handshake_decides() {
    let undecided = |own_authority| Undecided {
        host: HOST.into(),
        why: "AWS does not tell".into(),
        reason: Reason::Unavailable,
        own_authority,
    };
    let refused = |reason| Some(Handshake::Refused(reason, "seen so".to_owned()));
    let table = [
        (false, Some(Handshake::Trusted), Truth::True, Reason::Settled, "trusted publicly"),
        (true, Some(Handshake::Trusted), Truth::True, Reason::Settled, "trusted publicly"),
        (
            false,
            refused(Reason::PrivateCertificate),
            Truth::False,
            Reason::PrivateCertificate,
            "certificateConfigurations",
        ),
        (true, refused(Reason::PrivateCertificate), Truth::True, Reason::Settled, "execution role"),
        (true, refused(Reason::HostMismatch), Truth::False, Reason::HostMismatch, "seen so"),
        (false, refused(Reason::CertificateExpired), Truth::False, Reason::CertificateExpired, "seen so"),
        (false, Some(Handshake::NotSeen("no route".into())), Truth::Unknown, Reason::Unavailable, "no route"),
        (false, None, Truth::Unknown, Reason::Unavailable, "none was made"),
    ];
    for (own_authority, handshake, status, reason, words) in table {
        let verdict = decide(&undecided(own_authority), handshake.as_ref());
        assert_eq!((verdict.status, verdict.reason), (status, reason), "{handshake:?}");
        assert!(verdict.message.starts_with("AWS does not tell. "), "{}", verdict.message);
        assert!(verdict.message.contains(words), "{words} in: {}", verdict.message);
    }
}

//! The verdicts of one way, and what they come to.

use crate::{
    plan::{Hold, Reason},
    workload::{
        certificate::{self, Handshake, Served, Undecided},
        dns::Way as Dns,
        hop::{Truth, Verdict},
        preflight::{Certificate, Outcome, Report},
    },
};

/// The conditions of the hops, in the order of the way.
pub(in crate::kinds::target) const HOPS: [&str; 5] =
    ["LoadBalancerReady", "CertificateTrusted", "DnsResolved", "NetworkAllowed", "Preflight"];

/// One verdict a hop. No hop hides another: each is judged by what it can be judged by.
#[derive(Debug, Clone)]
pub(in crate::kinds::target) struct Hops {
    /// The load balancer takes the traffic.
    pub(super) load_balancer: Verdict,
    /// Its certificate is one that AgentCore trusts.
    pub(super) certificate: Verdict,
    /// What AWS could not tell of the certificate, and a handshake can.
    pub(super) undecided: Option<Undecided>,
    /// The certificate that the load balancer shows for the host.
    pub(super) served: Option<Served>,
    /// The host resolves where it is resolved.
    pub(super) dns: Verdict,
    /// How it does.
    pub(super) resolution: Option<Dns>,
    /// The name to resolve instead, where that is needed for certain.
    pub(super) routing_domain: Option<String>,
    /// Security groups let the traffic through.
    pub(super) network: Verdict,
    /// A security group that cannot be used at all.
    pub(super) invalid: Option<Verdict>,
    /// The server is one that AgentCore takes.
    pub(super) preflight: Verdict,
}

impl Hops {
    /// Nothing is known of any hop.
    pub(super) fn unknown(why: &str) -> Self {
        let unknown = || Verdict::unknown(Reason::Unavailable, why);
        Self {
            load_balancer: unknown(),
            certificate: unknown(),
            undecided: None,
            served: None,
            dns: unknown(),
            resolution: None,
            routing_domain: None,
            network: unknown(),
            invalid: None,
            preflight: unknown(),
        }
    }

    /// The verdicts with the types of their conditions.
    pub(in crate::kinds::target) fn all(&self) -> [(&'static str, &Verdict); 5] {
        let [balancer, certificate, dns, network, preflight] = HOPS;
        [
            (balancer, &self.load_balancer),
            (certificate, &self.certificate),
            (dns, &self.dns),
            (network, &self.network),
            (preflight, &self.preflight),
        ]
    }

    /// What the look at the server tells of the other hops: of a certificate that AWS could not judge, and of a way of which AWS knows
    /// nothing (`known` is false), that it was gone.
    pub(super) fn settle(&mut self, report: Option<&Report>, known: bool) {
        if let Some(undecided) = &self.undecided {
            self.certificate = certificate::decide(undecided, report.map(handshake).as_ref());
        }
        let passed = report.is_some_and(|report| matches!(report.outcome, Outcome::Passed(_)));
        if !known && passed {
            for verdict in [&mut self.load_balancer, &mut self.certificate, &mut self.dns, &mut self.network] {
                if verdict.status == Truth::Unknown {
                    *verdict = Verdict::works("The endpoint answered when the operator called it");
                }
            }
        }
        if let Some(Certificate::Refused(finding)) = report.map(|report| &report.certificate)
            && self.certificate.status == Truth::Unknown
        {
            self.certificate = Verdict::broken(finding.reason, finding.message.clone());
        }
    }

    /// Adds what a person should know of a server that works.
    pub(in crate::kinds::target) fn remark(&mut self, remarks: &[String]) {
        if self.preflight.status == Truth::True && !remarks.is_empty() {
            self.preflight.message = format!("{}. {}", self.preflight.message, remarks.join(" "));
        }
    }

    /// What stands in the way of making a target: what a person must act on before what comes by itself.
    pub(in crate::kinds::target) fn blocked(&self, enforces: bool) -> Option<Hold> {
        let way = [&self.load_balancer, &self.certificate, &self.dns, &self.network];
        let server = enforces.then_some(&self.preflight);
        let broken = self.invalid.iter().chain(way).chain(server).filter(|verdict| verdict.blocks());
        let holds: Vec<Hold> = broken.map(Verdict::hold).collect();
        let stalled = holds.iter().find(|hold| matches!(hold, Hold::Stalled { .. }));
        stalled.or_else(|| holds.first()).cloned()
    }

    /// What has become of a way that was good: a target that is there is left as it is, and does not serve.
    pub(in crate::kinds::target) fn gone(&self) -> Option<Hold> {
        let is_gone = |verdict: &&Verdict| {
            verdict.blocks() && matches!(verdict.reason, Reason::LoadBalancerNotFound | Reason::CertificateExpired)
        };
        [&self.load_balancer, &self.certificate].into_iter().find(is_gone).map(Verdict::hold)
    }
}

/// What the look at a server saw of its certificate.
fn handshake(report: &Report) -> Handshake {
    match &report.certificate {
        Certificate::Trusted => Handshake::Trusted,
        Certificate::OwnAuthority => {
            Handshake::Refused(Reason::PrivateCertificate, "It was issued by an authority of your own".to_owned())
        }
        Certificate::Refused(finding) => Handshake::Refused(finding.reason, finding.message.clone()),
        Certificate::NotSeen => Handshake::NotSeen(match &report.outcome {
            Outcome::Passed(_) => "no certificate was shown".to_owned(),
            Outcome::Failed(finding) | Outcome::Unknown(finding) => finding.message.clone(),
        }),
    }
}

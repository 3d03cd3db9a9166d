//! On what a reason can stand: conditions, kinds, events.

use std::collections::{BTreeMap, BTreeSet};

use super::uses::{self, Role};

/// All kinds.
pub(super) const EVERY: &[&str] = &["Gateway", "GatewayTarget", "ResourceConfiguration", "ResourceGateway"];
const GATEWAY: &[&str] = &["Gateway"];
const TARGET: &[&str] = &["GatewayTarget"];
/// Those that others can use.
const USED: &[&str] = &["Gateway", "ResourceConfiguration", "ResourceGateway"];
const REPLACED: &[&str] = &["GatewayTarget", "ResourceConfiguration", "ResourceGateway"];
/// Those that refer to other objects of ours.
const REFERRING: &[&str] = &["Gateway", "GatewayTarget", "ResourceConfiguration"];
const CHECKED: &[&str] = &["LoadBalancerReady", "CertificateTrusted", "DnsResolved", "NetworkAllowed", "Preflight"];

/// Which kinds a part of the source speaks of, and the condition that its verdicts become. The longest path that fits decides.
const PARTS: [(&str, &[&str], &str); 25] = [
    ("src/kinds", EVERY, ""),
    ("src/kinds.rs", EVERY, ""),
    ("src/kinds/gateway", GATEWAY, ""),
    ("src/kinds/references.rs", REFERRING, ""),
    ("src/kinds/resource_configuration", &["ResourceConfiguration"], ""),
    ("src/kinds/resource_gateway", &["ResourceGateway"], ""),
    ("src/kinds/target", TARGET, ""),
    ("src/kinds/target/stage.rs", TARGET, "ToolsSynced"),
    ("src/kinds/target/sync.rs", TARGET, "ToolsSynced"),
    ("src/kinds/target/way/hops.rs", TARGET, "CertificateTrusted"),
    ("src/kinds/target/way/server.rs", TARGET, "Preflight"),
    ("src/kinds/unknown.rs", &["Gateway", "GatewayTarget"], ""),
    ("src/operator/discovery", &[], ""),
    ("src/operator/discovery.rs", GATEWAY, ""),
    ("src/reconcile", EVERY, ""),
    ("src/reconcile.rs", EVERY, ""),
    ("src/workload/certificate.rs", TARGET, "CertificateTrusted"),
    ("src/workload/discovery", &[], ""),
    ("src/workload/dns", TARGET, "DnsResolved"),
    ("src/workload/dns.rs", TARGET, "DnsResolved"),
    ("src/workload/document", TARGET, ""),
    ("src/workload/load_balancer.rs", TARGET, "LoadBalancerReady"),
    ("src/workload/locate.rs", REPLACED, "LoadBalancerReady"),
    ("src/workload/preflight", TARGET, "Preflight"),
    ("src/workload/security_group", TARGET, "NetworkAllowed"),
];

/// Reasons that their file says too much or too little of: which kinds can be stalled or kept waiting by it.
const KINDS: [(&str, &[&str]); 7] = [
    ("LoadBalancerNotFound", REPLACED),
    ("ReferenceNotFound", EVERY),
    ("ReferenceNotReady", REFERRING),
    ("ReplacementRequired", REPLACED),
    ("Synchronizing", TARGET),
    ("SecurityGroupRequired", &["Gateway", "GatewayTarget", "ResourceGateway"]),
    // A resource configuration looks at it when it is made.
    ("PrivateNameOnPublicResolver", &["GatewayTarget", "ResourceConfiguration"]),
];

/// What usually comes by itself: `BY_ITSELF` in `src/workload/hop.rs`, which a test compares.
pub(super) const BY_ITSELF: [&str; 4] = ["LoadBalancerPending", "NoHealthyTarget", "NoReadyEndpoints", "Slow"];

/// What is no call with a reason in the source: the state of conditions in `src/status.rs`, and faults of calls, which become reasons of
/// the same name.
const BESIDES: [(&str, Role, &[&str], &[&str]); 13] = [
    ("Changed", Role::Waits, EVERY, &[]),
    ("Denied", Role::Waits, EVERY, &[]),
    ("Denied", Role::Stalls, EVERY, &[]),
    ("Denied", Role::Unknown, TARGET, CHECKED),
    ("InUse", Role::Waits, USED, &[]),
    ("QuotaExceeded", Role::Stalls, EVERY, &[]),
    ("Throttled", Role::Waits, EVERY, &[]),
    ("Throttled", Role::Unknown, TARGET, CHECKED),
    ("Unavailable", Role::Waits, EVERY, &[]),
    ("Unavailable", Role::Unknown, TARGET, CHECKED),
    ("Invalid", Role::Stalls, EVERY, &[]),
    // What is just being allowed is waited for.
    ("NamespaceNotAllowed", Role::Waits, REFERRING, &[]),
    ("RefNotPermitted", Role::Waits, EVERY, &[]),
];

/// Conditions that are True with a reason.
const TRUE: [(&str, &str, &[&str]); 6] = [
    ("AuthorizationRequired", "AuthorizationRequired", TARGET),
    ("HasDependents", "InUse", USED),
    ("InUse", "InUse", USED),
    ("ReplacementRequired", "ReplacementRequired", REPLACED),
    ("Suspended", "Suspended", EVERY),
    ("WaitingForAssociation", "InUse", USED),
];

/// On what a reason stands: a condition with its status, and the kinds.
pub(super) type Places = BTreeMap<String, BTreeSet<&'static str>>;

/// Whether a person must act, for all that the source says: something is stalled by it.
pub(super) fn stalls(places: &Places) -> bool {
    places.contains_key(STALLED)
}

const STALLED: &str = "`Ready` and `Stalled`";

/// The places of every reason that is given at all.
pub(super) fn all() -> anyhow::Result<BTreeMap<String, Places>> {
    let mut all: BTreeMap<String, Places> = BTreeMap::new();
    for (reason, found) in uses::all()? {
        let places = all.entry(reason.clone()).or_default();
        for (file, role) in found {
            let (kinds, condition) = part(&file)?;
            let conditions: &[&str] = if condition.is_empty() { &[] } else { &[condition] };
            note(places, &reason, role, kinds, conditions);
        }
    }
    for (reason, role, kinds, conditions) in BESIDES {
        note(all.entry(reason.to_owned()).or_default(), reason, role, kinds, conditions);
    }
    // While an object is deleted, `Ready` sums these up as `InUse`.
    for reason in ["HasDependents", "WaitingForAssociation"] {
        all.insert(reason.to_owned(), Places::new());
    }
    for (reason, condition, kinds) in TRUE {
        let places = all.entry(reason.to_owned()).or_default();
        places.entry(format!("`{condition}` True")).or_default().extend(kinds);
    }
    let places = all.entry("Suspended".to_owned()).or_default();
    places.entry("`DiscoveryHalted` True".to_owned()).or_default().insert("Gateway");
    let works = all.entry("Settled".to_owned()).or_default();
    works.entry("`Ready`, `Accepted`, `ResolvedRefs`, `Programmed` True".to_owned()).or_default().extend(EVERY);
    works.entry("any check that passed, True".to_owned()).or_default().extend(TARGET);
    Ok(all)
}

fn note(places: &mut Places, reason: &str, role: Role, kinds: &[&'static str], conditions: &[&str]) {
    let held = KINDS.iter().find(|(name, _)| *name == reason).map_or(kinds, |(_, kinds)| kinds);
    let mut add = |place: String, kinds: &[&'static str]| places.entry(place).or_default().extend(kinds);
    let waits = "`Ready` and `Reconciling`".to_owned();
    match role {
        Role::Waits => add(waits, held),
        Role::Stalls => add(STALLED.to_owned(), held),
        Role::Broken => {
            for condition in conditions {
                add(format!("`{condition}` False"), TARGET);
            }
            // Tools that AWS does not know yet hold nothing up.
            if conditions != ["ToolsSynced"] {
                add(if BY_ITSELF.contains(&reason) { waits } else { STALLED.to_owned() }, held);
            }
        }
        Role::Unknown => {
            for condition in conditions {
                add(format!("`{condition}` Unknown"), TARGET);
            }
        }
        Role::Told if kinds.is_empty() => add("an event".to_owned(), &["Service", "Ingress", "HTTPRoute"]),
        Role::Told => add("an event".to_owned(), held),
    }
}

fn part(file: &str) -> anyhow::Result<(&'static [&'static str], &'static str)> {
    let fits = PARTS.iter().filter(|(path, _, _)| file.starts_with(path));
    let best = fits.max_by_key(|(path, _, _)| path.len());
    best.map(|(_, kinds, condition)| (*kinds, *condition)).ok_or_else(|| {
        anyhow::anyhow!("{file} gives a reason, and tests/docs/reasons/places.rs does not know what it speaks of")
    })
}

//! What one object asks for.
//!
//! | object | asks |
//! |---|---|
//! | has the annotation `tools.agentcore.dev/gateway` | yes |
//! | is a Service that other projects' users have marked as an MCP server, in a namespace with that annotation | yes |
//! | else | no |
//!
//! | the Gateway | the answer |
//! |---|---|
//! | of another namespace, and there is none, or it does not let this namespace in | [`Claim::Barred`], in the same words |
//! | of the same namespace, and there is none | [`Claim::Unclear`]: it is waited for |
//! | of the same namespace, and makes no targets of annotated objects | [`Claim::Barred`] |
//! | lets it in, and an annotation is not what it has to be | [`Claim::Unclear`] |
//! | lets it in | [`Claim::Target`] |

mod convention;

use std::sync::Arc;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use self::convention::{Convention, Mark};
use super::{
    Address, Note, Object,
    annotations::{self, Reader},
};
use crate::{
    api::{
        AllowedNamespaces, Discovery, DiscoveryFrom, FromNamespaces, GATEWAY, GROUP, Gateway, ListingMode,
        PreflightPolicy,
    },
    cluster::permission::lets_in,
    plan::Reason,
    workload::source::Kind,
};

/// The type of a Service that has a load balancer.
const LOAD_BALANCER: &str = "LoadBalancer";

/// What an object asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum Claim {
    /// Nothing.
    Nothing,
    /// A target, and the Gateway does not let it.
    Barred {
        /// The Gateway.
        gateway: Address,
        /// It is there, so that this is its owner's will. Where it is not, what stands waits for it.
        exists: bool,
        /// For the object's owner.
        note: Note,
    },
    /// A target, and it cannot be told which: nothing is made, and what stands is kept as it is.
    Unclear(Note),
    /// This target.
    Target(Box<Wish>),
}

/// The target that an object asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Wish {
    /// The Gateway.
    pub gateway: Address,
    /// The name in AWS, where it is not the object's.
    pub name: Option<String>,
    /// The host by which the server is called.
    pub host: Option<String>,
    /// The path of the server.
    pub path: Option<String>,
    /// The port of the load balancer.
    pub port: Option<i32>,
    /// Whether the load balancer may face the internet.
    pub allow_internet_facing: Option<bool>,
    /// When the server is asked for its tools.
    pub listing_mode: Option<ListingMode>,
    /// Whose resource wins.
    pub resource_priority: Option<i32>,
    /// What becomes of a server that fails.
    pub preflight: Option<PreflightPolicy>,
    /// The security groups of the private endpoint.
    pub security_group_ids: Vec<String>,
    /// Why the Gateway takes no new target at present.
    pub closed: Option<Note>,
    /// That annotations were not honoured.
    pub ignored: Option<Note>,
}

/// What an object asks for. `namespace` is the metadata of its namespace, as far as known.
pub fn claim(
    object: &Object,
    namespace: Option<&ObjectMeta>,
    gateway: impl FnOnce(&Address) -> Option<Arc<Gateway>>,
) -> Claim {
    let mark = convention::of(object);
    let address = match asked(object, namespace, mark.is_some()) {
        None => return Claim::Nothing,
        Some(Err(note)) => return Claim::Unclear(note),
        Some(Ok(address)) => address,
    };
    match gateway(&address) {
        Some(gateway) if lets(&gateway, &address, object, namespace) => wish(object, address, &gateway, mark.as_ref())
            .map_or_else(Claim::Unclear, |wish| Claim::Target(Box::new(wish))),
        None if address.namespace == object.namespace() => Claim::Unclear(Note::new(
            Reason::ReferenceNotFound,
            format!("There is no Gateway {} in this namespace; waiting for it", address.name),
        )),
        gateway => Claim::Barred { exists: gateway.is_some(), note: not_let_in(object, &address), gateway: address },
    }
}

/// The Gateway that an object names, or that its namespace names for objects that are marked as MCP servers.
fn asked(object: &Object, namespace: Option<&ObjectMeta>, is_marked: bool) -> Option<Result<Address, Note>> {
    let read = |value: &str, of: &str| {
        annotations::gateway(value, object.namespace()).ok_or_else(|| {
            let unfit = annotations::unfit(GATEWAY, value, "the name of a Gateway, [namespace/]name");
            Note::new(Reason::Invalid, format!("{unfit}{of}"))
        })
    };
    if let Some(own) = object.annotations().get(GATEWAY) {
        return Some(read(own, ""));
    }
    let of_namespace = namespace.filter(|_| is_marked)?.annotations.as_ref()?.get(GATEWAY)?;
    Some(read(of_namespace, "; it stands on the namespace"))
}

/// Whether the Gateway's owner takes annotated objects of this namespace, and targets of it.
fn lets(gateway: &Gateway, address: &Address, object: &Object, namespace: Option<&ObjectMeta>) -> bool {
    static NONE: std::collections::BTreeMap<String, String> = std::collections::BTreeMap::new();
    let labels = namespace.map(|namespace| namespace.labels.as_ref().unwrap_or(&NONE));
    let lets_in =
        |allowed: Option<&AllowedNamespaces>| lets_in(allowed, &address.namespace, object.namespace(), labels);
    let discovers = gateway.spec.discovery.as_ref().and_then(whence).is_some_and(|from| lets_in(Some(&from)));
    discovers && lets_in(gateway.spec.allowed_namespaces.as_ref())
}

/// Whose annotated objects a Gateway takes, in the words of whose targets it takes; `None`: nobody's.
fn whence(discovery: &Discovery) -> Option<AllowedNamespaces> {
    let from = match discovery.from {
        DiscoveryFrom::None => return None,
        DiscoveryFrom::Same => FromNamespaces::Same,
        DiscoveryFrom::All => FromNamespaces::All,
        DiscoveryFrom::Selector => FromNamespaces::Selector,
    };
    Some(AllowedNamespaces { from, selector: discovery.selector.clone() })
}

/// Of another namespace's Gateway nothing is told, not even whether there is one.
fn not_let_in(object: &Object, gateway: &Address) -> Note {
    let from = object.namespace();
    let sentence = if gateway.namespace == from {
        format!(
            "Gateway {} makes no targets of annotated objects; let it, with spec.discovery.from: Same",
            gateway.name
        )
    } else {
        format!(
            "Either there is no Gateway {gateway}, or it takes no annotated objects of namespace {from}; its owner must let the \
             namespace in, in spec.discovery and in spec.allowedNamespaces"
        )
    };
    Note::new(Reason::NamespaceNotAllowed, sentence)
}

/// What the annotations say.
fn wish(object: &Object, address: Address, gateway: &Gateway, mark: Option<&Mark>) -> Result<Wish, Note> {
    let (honoured, ignored) = guarded(object, gateway, &address);
    let mut reader = Reader::new(object.annotations());
    let own_path = reader.read(annotations::PATH, "a path that starts with a slash, like /mcp", annotations::path);
    let own_port = reader.read(annotations::PORT, "a port, 1 to 65535", annotations::port);
    let says_port = object.annotations().contains_key(annotations::PORT);
    let Convention { path, port } = mark.map(|mark| mark.read(&mut reader, says_port)).unwrap_or_default();
    let mut wish = Wish {
        closed: closed(gateway, &address),
        gateway: address,
        name: reader.read(
            annotations::TARGET_NAME,
            "a name with letters, digits and single hyphens only, 100 letters and digits at most",
            annotations::target_name,
        ),
        host: reader.read(
            annotations::HOST,
            "a DNS name in lower case, like internal.example.com, without scheme, port or path",
            annotations::host,
        ),
        path: own_path.or(path),
        port: own_port.or(port),
        listing_mode: reader.read(annotations::LISTING_MODE, "DEFAULT or DYNAMIC", annotations::listing_mode),
        resource_priority: reader.read(annotations::RESOURCE_PRIORITY, "a number, 0 to 1000", annotations::priority),
        allow_internet_facing: None,
        preflight: None,
        security_group_ids: Vec::new(),
        ignored,
    };
    read_guarded(&mut wish, &mut reader, &honoured);
    if let Some(type_) = without_load_balancer(object) {
        reader.fault(format!(
            "A Service of type {type_} has no load balancer through which AgentCore could reach it: make it one of type \
             LoadBalancer, or annotate the Ingress or HTTPRoute that leads to it instead"
        ));
    }
    match reader.finish() {
        Some(note) => Err(note),
        None if object.kind == Kind::Service && wish.host.is_none() => {
            wish.host = Some(host_in_dns(object)?);
            Ok(wish)
        }
        None => Ok(wish),
    }
}

/// The guarded annotations that the Gateway's owner honours, and a note about those that are there all the same.
fn guarded(object: &Object, gateway: &Gateway, address: &Address) -> (Vec<&'static str>, Option<Note>) {
    let listed = gateway.spec.discovery.as_ref().map(|discovery| discovery.annotations.as_slice()).unwrap_or_default();
    let is_listed = |key: &&str| listed.iter().any(|word| is_meant(word, key));
    let (honoured, others): (Vec<_>, Vec<_>) = annotations::GUARDED.into_iter().partition(is_listed);
    let ignored: Vec<&str> = others.into_iter().filter(|key| object.annotations().contains_key(*key)).collect();
    let note = (!ignored.is_empty()).then(|| {
        Note::new(
            Reason::RefNotPermitted,
            format!(
                "Not honoured: {}. Gateway {address} lists no such annotation in spec.discovery.annotations; its owner may, or the \
                 target is made without",
                ignored.join(", ")
            ),
        )
    });
    (honoured, note)
}

/// Whether a Gateway's word means an annotation: the whole key, or what follows its slash.
fn is_meant(word: &str, key: &str) -> bool {
    word == key || key.strip_prefix(GROUP).and_then(|rest| rest.strip_prefix('/')) == Some(word)
}

fn read_guarded(wish: &mut Wish, reader: &mut Reader<'_>, honoured: &[&str]) {
    for key in honoured {
        match *key {
            annotations::SECURITY_GROUP_IDS => {
                let has_to_be = "1 to 5 ids of security groups, like sg-0a1b2c3d4e5f60b02, separated by commas";
                wish.security_group_ids = reader.read(key, has_to_be, annotations::security_groups).unwrap_or_default();
            }
            annotations::PREFLIGHT => {
                wish.preflight = reader.read(key, "Enforce, Report or Skip", annotations::preflight);
            }
            _ => wish.allow_internet_facing = reader.read(key, "true or false", annotations::truth),
        }
    }
}

/// The type of a Service that has no load balancer.
fn without_load_balancer(object: &Object) -> Option<&str> {
    let type_ = object.service.as_ref()?.type_.as_deref().unwrap_or("ClusterIP");
    (type_ != LOAD_BALANCER).then_some(type_)
}

/// The one name that ExternalDNS gives a Service.
fn host_in_dns(object: &Object) -> Result<String, Note> {
    let names = object.annotations().get(annotations::EXTERNAL_DNS_HOSTNAME).map(String::as_str).unwrap_or_default();
    let names: Vec<&str> = names.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    let only = if let [only] = names.as_slice() { annotations::host(only) } else { None };
    only.ok_or_else(|| {
        Note::new(
            Reason::HostAmbiguous,
            format!(
                "A Service does not say by which name it is called; say it with the annotation {}, or with one name in {}",
                annotations::HOST,
                annotations::EXTERNAL_DNS_HOSTNAME
            ),
        )
    })
}

/// Why a Gateway takes no new target at present.
fn closed(gateway: &Gateway, address: &Address) -> Option<Note> {
    if gateway.metadata.deletion_timestamp.is_some() {
        let sentence = format!("Gateway {address} is being deleted and takes no new targets");
        return Some(Note::new(Reason::ReferenceNotReady, sentence));
    }
    gateway.spec.suspend.unwrap_or_default().then(|| {
        let sentence = format!("Gateway {address} is suspended; the target is made when it is no more");
        Note::new(Reason::Suspended, sentence)
    })
}

#[cfg(test)]
mod tests;

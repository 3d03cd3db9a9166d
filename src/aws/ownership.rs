//! What is ours in AWS: names, markers, tokens, and the decision table.
//!
//! Every object we make carries a marker of the cluster and of the custom resource: four tags where AWS has tags, and the end of the
//! description on targets, which have none. Nothing that the table below does not call ours is ever changed or deleted.

use std::collections::HashMap;

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::api::GROUP;

/// Who an object in AWS belongs to: one incarnation of one custom resource in one cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The cluster's name, or the uid of its namespace `kube-system`.
    pub cluster: String,
    /// The custom resource's namespace.
    pub namespace: String,
    /// The custom resource's name.
    pub name: String,
    /// The custom resource's uid: another incarnation of the same name has another.
    pub uid: String,
}

/// The tag keys of the marker start with this.
pub const TAG_PREFIX: &str = "tools.agentcore.dev/";

/// What AgentCore makes in a VPC for gateways, and for identity providers, carries one of these.
const MANAGED_TAGS: [&str; 2] = ["BedrockAgentCoreGatewayManaged", "BedrockAgentCoreIdentityManaged"];

/// The most characters that a target's description may have, so that the marker still fits behind it: AWS allows 200, and the marker
/// takes 26 and a space.
pub const DESCRIPTION_LIMIT: usize = 173;

impl Identity {
    /// The marker as tags.
    pub fn tags(&self) -> HashMap<String, String> {
        [("cluster", &self.cluster), ("namespace", &self.namespace), ("name", &self.name), ("uid", &self.uid)]
            .into_iter()
            .map(|(key, value)| (format!("{TAG_PREFIX}{key}"), value.clone()))
            .collect()
    }

    /// A description that ends in the marker.
    pub fn describe(&self, description: Option<&str>) -> String {
        let marker = Marker::of(self);
        match description {
            Some(text) if !text.is_empty() => format!("{text} {marker}"),
            _ => marker.to_string(),
        }
    }

    /// The idempotency token of a create: the same for every try of one attempt, also after a restart, and another one as soon as
    /// the request says something else. A UUID fits the limits of AgentCore (33 to 256 characters) and of VPC Lattice (at most 64).
    pub fn token(&self, parent: &str, attempt: u32, fingerprint: &str) -> String {
        let Self { cluster, uid, .. } = self;
        let name = format!("{cluster}\n{uid}\n{parent}\n{attempt}\n{fingerprint}");
        Uuid::new_v5(&Uuid::new_v5(&Uuid::NAMESPACE_DNS, GROUP.as_bytes()), name.as_bytes()).to_string()
    }
}

/// A marker as found in AWS, in the short form that fits a description. Tags say the same in full and are shortened when read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    cluster: String,
    uid: String,
    object: String,
    /// The cluster's name, where tags told it.
    cluster_name: Option<String>,
}

impl Marker {
    /// The marker of this identity.
    pub fn of(identity: &Identity) -> Self {
        Self {
            cluster: hash(&identity.cluster, 8),
            uid: hash(&identity.uid, 6),
            object: hash(&format!("{}/{}", identity.namespace, identity.name), 6),
            cluster_name: None,
        }
    }

    /// Whether it is the marker of the cluster of this name.
    pub fn names_cluster(&self, name: &str) -> bool {
        self.cluster == hash(name, 8)
    }

    /// The marker that tags carry, if they carry a whole one. What AgentCore manages is nobody else's: it counts as another cluster's.
    pub fn in_tags(tags: &HashMap<String, String>) -> Option<Self> {
        if MANAGED_TAGS.iter().any(|key| tags.contains_key(*key)) {
            let text = || "aws".to_owned();
            let cluster_name = Some("AWS, where AgentCore manages it".to_owned());
            return Some(Self { cluster: text(), uid: text(), object: text(), cluster_name });
        }
        let tag = |key: &str| tags.get(&format!("{TAG_PREFIX}{key}")).cloned();
        let identity =
            Identity { cluster: tag("cluster")?, namespace: tag("namespace")?, name: tag("name")?, uid: tag("uid")? };
        Some(Self { cluster_name: Some(identity.cluster.clone()), ..Self::of(&identity) })
    }

    /// The marker at the end of a description, if there is one.
    pub fn in_description(description: &str) -> Option<Self> {
        let last = description.rsplit(' ').next()?;
        let (cluster, rest) = last.strip_prefix("k8s:")?.split_once('/')?;
        let (uid, object) = rest.split_once('-')?;
        let well_formed =
            |text: &str, length| text.len() == length && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        (well_formed(cluster, 8) && well_formed(uid, 6) && well_formed(object, 6)).then(|| Self {
            cluster: cluster.to_owned(),
            uid: uid.to_owned(),
            object: object.to_owned(),
            cluster_name: None,
        })
    }

    /// Whether an incarnation with this uid could have left it.
    pub fn names_uid(&self, uid: &str) -> bool {
        self.uid == hash(uid, 6)
    }

    /// The cluster, as a person would recognise it.
    fn cluster_text(&self) -> String {
        self.cluster_name.clone().unwrap_or_else(|| format!("with hash {}", self.cluster))
    }
}

impl std::fmt::Display for Marker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "k8s:{}/{}-{}", self.cluster, self.uid, self.object)
    }
}

/// Whose an object in AWS is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ownership {
    /// This incarnation made it.
    Ours,
    /// An incarnation of the same name that is no more made it: ours by inheritance.
    Inherited,
    /// Another cluster made it.
    OtherCluster(String),
    /// Somebody else made it: a person, another tool, or another object of this cluster.
    Taken,
}

/// The table.
///
/// | marker | recorded in our status | another live object has its uid | whose |
/// |---|---|---|---|
/// | this cluster, this uid | any | no | ours |
/// | none | yes | - | ours: the marker was lost, and is put back |
/// | none | no | - | taken |
/// | this cluster, this name, another uid | any | no | inherited |
/// | this cluster, otherwise | any | any | taken |
/// | another cluster | any | any | the other cluster's: a restored backup must not delete what the original still uses |
pub fn judge(
    marker: Option<&Marker>,
    me: &Identity,
    recorded: bool,
    is_alive: impl FnOnce(&Marker) -> bool,
) -> Ownership {
    let mine = Marker::of(me);
    match marker {
        None if recorded => Ownership::Ours,
        None => Ownership::Taken,
        Some(marker) if marker.cluster != mine.cluster => Ownership::OtherCluster(marker.cluster_text()),
        Some(marker) if marker.object != mine.object => Ownership::Taken,
        Some(marker) if marker.uid == mine.uid => Ownership::Ours,
        Some(marker) if is_alive(marker) => Ownership::Taken,
        Some(_) => Ownership::Inherited,
    }
}

/// The name of a gateway or a target in AWS, made from the object's name. AWS allows letters, digits and single hyphens; Kubernetes
/// also allows dots and repeated hyphens. Where that had to be changed or cut, a hash keeps two names apart.
pub fn legal_name(namespace: &str, name: &str, limit: usize) -> String {
    let legal = single_hyphens(&name.replace('.', "-"));
    if legal == name && legal.len() <= limit {
        return legal;
    }
    let hash = hash(&format!("{namespace}/{name}"), 8);
    let kept: String = legal.chars().take(limit - hash.len() - 1).collect();
    format!("{}-{hash}", kept.trim_end_matches('-'))
}

/// The name of a resource gateway or resource configuration in AWS: unique in the account, so it carries namespace, name and a hash of
/// both and of the cluster, in 3 to 40 characters.
pub fn lattice_name(cluster: &str, namespace: &str, name: &str) -> String {
    const LIMIT: usize = 40;
    let hash = hash(&format!("{cluster}/{namespace}/{name}"), 8);
    let readable = single_hyphens(&format!("k8s-{namespace}-{name}").replace('.', "-"));
    let kept: String = readable.chars().take(LIMIT - hash.len() - 1).collect();
    format!("{}-{hash}", kept.trim_end_matches('-'))
}

/// The name of an object of VPC Lattice after this many replacements: `<name>-r<n>`. Where that would be too long for AWS, a hash stands for the
/// end of the name.
pub fn successor_name(first: &str, number: u32) -> String {
    const LIMIT: usize = 40;
    if number == 0 {
        return first.to_owned();
    }
    let suffix = format!("-r{number}");
    if first.len() + suffix.len() <= LIMIT {
        return format!("{first}{suffix}");
    }
    let hash = hash(first, 8);
    let kept: String = first.chars().take(LIMIT - hash.len() - 1 - suffix.len()).collect();
    format!("{}-{hash}{suffix}", kept.trim_end_matches('-'))
}

/// Which replacement of the object with this first name has this name; `None`: none.
pub fn successor_number(first: &str, name: &str) -> Option<u32> {
    let number = name.rsplit_once("-r")?.1.parse().ok()?;
    (number > 0 && successor_name(first, number) == name).then_some(number)
}

fn single_hyphens(text: &str) -> String {
    text.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-")
}

/// The first characters of the SHA-256 of a text, in hexadecimal.
pub fn hash(text: &str, length: usize) -> String {
    use std::fmt::Write;
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |mut hex, byte| {
        if hex.len() < length {
            // Writing to a String cannot fail.
            let _ = write!(hex, "{byte:02x}");
        }
        hex
    })[..length]
        .to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn identity(cluster: &str, name: &str, uid: &str) -> Identity {
        Identity { cluster: cluster.into(), namespace: "platform".into(), name: name.into(), uid: uid.into() }
    }

    #[test]
    fn what_agentcore_manages_is_no_clusters() {
        let me = identity("here", "agents", "uid-2");
        for key in ["BedrockAgentCoreGatewayManaged", "BedrockAgentCoreIdentityManaged"] {
            let marker = Marker::in_tags(&HashMap::from([(key.to_owned(), "true".to_owned())]));
            assert!(matches!(judge(marker.as_ref(), &me, true, |_| false), Ownership::OtherCluster(_)), "{key}");
        }
    }

    #[test]
    fn every_row_of_the_table() {
        let me = identity("here", "agents", "uid-2");
        let marker = |cluster, name, uid| Some(Marker::of(&identity(cluster, name, uid)));
        let table = [
            ("own", marker("here", "agents", "uid-2"), false, false, Ownership::Ours),
            ("own and recorded", marker("here", "agents", "uid-2"), true, false, Ownership::Ours),
            ("lost marker", None, true, false, Ownership::Ours),
            ("a person's", None, false, false, Ownership::Taken),
            ("dead predecessor", marker("here", "agents", "uid-1"), false, false, Ownership::Inherited),
            ("live namesake", marker("here", "agents", "uid-1"), false, true, Ownership::Taken),
            ("another object here", marker("here", "other", "uid-3"), false, true, Ownership::Taken),
            ("another dead object here", marker("here", "other", "uid-3"), false, false, Ownership::Taken),
            ("another object here, recorded", marker("here", "other", "uid-3"), true, false, Ownership::Taken),
        ];
        for (case, marker, recorded, alive, expected) in table {
            assert_eq!(judge(marker.as_ref(), &me, recorded, |_| alive), expected, "{case}");
        }
        for recorded in [true, false] {
            let tags = identity("there", "agents", "uid-2").tags();
            let found = judge(Marker::in_tags(&tags).as_ref(), &me, recorded, |_| false);
            assert_eq!(found, Ownership::OtherCluster("there".into()));
        }
    }

    #[test]
    fn half_a_marker_is_none() {
        let mut tags = identity("here", "agents", "uid").tags();
        assert!(Marker::in_tags(&tags).is_some());
        tags.remove("tools.agentcore.dev/uid");
        assert_eq!(Marker::in_tags(&tags), None);
        for text in
            ["", "k8s:", "k8s:12345678/123456", "k8s:12345678/123456-12345", "k8s:1234567g/123456-123456", "about k8s"]
        {
            assert_eq!(Marker::in_description(text), None, "{text}");
        }
    }

    #[test]
    fn tokens_move_with_what_they_stand_for_and_with_nothing_else() {
        let me = identity("here", "agents", "uid");
        let token = me.token("gw", 1, "print");
        assert_eq!(token, me.token("gw", 1, "print"));
        assert_eq!(token.len(), 36);
        let others = [me.token("gw2", 1, "print"), me.token("gw", 2, "print"), me.token("gw", 1, "other")];
        assert!(others.iter().all(|other| *other != token));
        assert_ne!(token, identity("here", "agents", "uid-2").token("gw", 1, "print"));
        assert_ne!(token, identity("there", "agents", "uid").token("gw", 1, "print"));
    }

    #[test]
    fn names_that_are_legal_stay_as_they_are() {
        assert_eq!(legal_name("n", "eks-mcp-server", 100), "eks-mcp-server");
        assert_eq!(legal_name("n", "a.b", 100), format!("a-b-{}", hash("n/a.b", 8)));
        assert_eq!(legal_name("n", "a--b", 100), format!("a-b-{}", hash("n/a--b", 8)));
        let long = "x".repeat(60);
        assert_eq!(legal_name("n", &long, 48), format!("{}-{}", "x".repeat(39), hash(&format!("n/{long}"), 8)));
    }

    #[test]
    fn successors_have_names_of_their_own() {
        assert_eq!(successor_name("shared-rg", 0), "shared-rg");
        assert_eq!(successor_name("shared-rg", 2), "shared-rg-r2");
        let long = "k8s-platform-a-rather-long-name-12345678";
        let cut = successor_name(long, 12);
        assert!(cut.len() <= 40 && cut.ends_with("-r12") && cut.contains(&hash(long, 8)), "{cut}");
        assert_ne!(cut, successor_name("k8s-platform-a-rather-long-name-12345679", 12));
        for (first, number) in [("shared-rg", 1), (long, 12)] {
            assert_eq!(successor_number(first, &successor_name(first, number)), Some(number));
        }
        for other in ["shared-rg", "shared-rg-r0", "shared-rg-rx", "another-r1", "shared-rg-r01"] {
            assert_eq!(successor_number("shared-rg", other), None, "{other}");
        }
    }

    proptest! {
        #[test]
        fn a_description_gives_its_marker_back(text in "[ -~]{0,173}", cluster in ".{1,20}", name in "[a-z]{1,9}", uid in "[a-z]{1,9}") {
            let me = identity(&cluster, &name, &uid);
            let described = me.describe(Some(&text));
            prop_assert_eq!(Marker::in_description(&described), Some(Marker::of(&me)));
            prop_assert!(described.chars().count() <= 200);
        }

        #[test]
        fn names_are_what_aws_accepts(namespace in "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", name in "[a-z0-9]([-.a-z0-9]{0,200}[a-z0-9])?") {
            for limit in [48, 100] {
                let legal = legal_name(&namespace, &name, limit);
                prop_assert!(legal.len() <= limit && !legal.contains("--") && !legal.contains('.'));
                prop_assert!(!legal.starts_with('-') && !legal.ends_with('-'));
            }
            let lattice = lattice_name("cluster", &namespace, &name);
            prop_assert!((3..=40).contains(&lattice.len()) && !lattice.contains("--") && !lattice.ends_with('-'));
            prop_assert!(lattice.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-'));
        }
    }
}

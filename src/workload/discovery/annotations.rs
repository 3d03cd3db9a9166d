//! What annotations say, and what they have to be. The bounds are those of the custom resource, so that what is made of an annotation is
//! never refused by the API server.

use std::collections::BTreeMap;

use super::{Address, Note};
use crate::{
    api::{ListingMode, PreflightPolicy},
    plan::Reason,
};

/// The host by which the server is called.
pub(super) const HOST: &str = "tools.agentcore.dev/host";

/// The path of the server.
pub(super) const PATH: &str = "tools.agentcore.dev/path";

/// The port of the load balancer.
pub(super) const PORT: &str = "tools.agentcore.dev/port";

/// The target's name in AWS.
pub(super) const TARGET_NAME: &str = "tools.agentcore.dev/target-name";

/// When the server is asked for its tools.
pub(super) const LISTING_MODE: &str = "tools.agentcore.dev/listing-mode";

/// Whose resource wins.
pub(super) const RESOURCE_PRIORITY: &str = "tools.agentcore.dev/resource-priority";

/// The security groups of the private endpoint. Guarded.
pub(super) const SECURITY_GROUP_IDS: &str = "tools.agentcore.dev/security-group-ids";

/// What becomes of a server that fails. Guarded.
pub(super) const PREFLIGHT: &str = "tools.agentcore.dev/preflight";

/// Whether the load balancer may face the internet. Guarded.
pub(super) const ALLOW_INTERNET_FACING: &str = "tools.agentcore.dev/allow-internet-facing";

/// Those that decide about safety: honoured only where the Gateway's owner lists them.
pub(super) const GUARDED: [&str; 3] = [SECURITY_GROUP_IDS, PREFLIGHT, ALLOW_INTERNET_FACING];

/// ExternalDNS: the names that the Service gets in DNS, separated by commas.
pub(super) const EXTERNAL_DNS_HOSTNAME: &str = "external-dns.alpha.kubernetes.io/hostname";

/// Reads annotations, and collects what is wrong with them.
pub(super) struct Reader<'object> {
    annotations: &'object BTreeMap<String, String>,
    faults: Vec<String>,
}

impl<'object> Reader<'object> {
    pub(super) fn new(annotations: &'object BTreeMap<String, String>) -> Self {
        Self { annotations, faults: Vec::new() }
    }

    /// The value of an annotation, when it is there and is what it has to be.
    pub(super) fn read<T>(
        &mut self,
        key: &str,
        has_to_be: &str,
        parse: impl FnOnce(&'object str) -> Option<T>,
    ) -> Option<T> {
        let value = self.annotations.get(key)?;
        let parsed = parse(value);
        if parsed.is_none() {
            self.faults.push(unfit(key, value, has_to_be));
        }
        parsed
    }

    /// Notes something that is wrong.
    pub(super) fn fault(&mut self, sentence: String) {
        self.faults.push(sentence);
    }

    /// Everything that is wrong, in one note.
    pub(super) fn finish(self) -> Option<Note> {
        let after = "; nothing is made, and nothing changed, until that is mended";
        (!self.faults.is_empty()).then(|| Note::new(Reason::Invalid, self.faults.join(". ") + after))
    }
}

/// That an annotation is not what it has to be.
pub(super) fn unfit(key: &str, value: &str, has_to_be: &str) -> String {
    const SHOWN: usize = 80;
    let shown: String = value.chars().take(SHOWN).collect();
    format!("Annotation {key} is {shown:?} and has to be {has_to_be}")
}

/// `[namespace/]name`.
pub(super) fn gateway(value: &str, own_namespace: &str) -> Option<Address> {
    let (namespace, name) = value.split_once('/').unwrap_or((own_namespace, value));
    let is_namespace = namespace.len() <= 63 && is_label(namespace);
    (is_namespace && is_object_name(name)).then(|| Address::new(namespace, name))
}

/// A DNS name in lower case, of two labels at least.
pub(super) fn host(value: &str) -> Option<String> {
    (value.contains('.') && is_object_name(value)).then(|| value.to_owned())
}

/// The path of a URL.
pub(super) fn path(value: &str) -> Option<String> {
    let is_in_paths = |byte: u8| byte.is_ascii_alphanumeric() || b"!$%&()*+,./:;=@_~-".contains(&byte);
    (value.len() <= 1024 && value.starts_with('/') && value.bytes().all(is_in_paths)).then(|| value.to_owned())
}

/// 1 to 65535.
pub(super) fn port(value: &str) -> Option<i32> {
    number(value, 1, 65535)
}

/// 0 to 1000.
pub(super) fn priority(value: &str) -> Option<i32> {
    number(value, 0, 1000)
}

/// Letters, digits and single hyphens, at most 100 letters and digits, no hyphen at the start.
pub(super) fn target_name(value: &str) -> Option<String> {
    let letters = value.bytes().filter(u8::is_ascii_alphanumeric).count();
    let is_fit = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && (1..=100).contains(&letters)
        && !value.starts_with('-')
        && !value.contains("--");
    is_fit.then(|| value.to_owned())
}

/// `DEFAULT` or `DYNAMIC`.
pub(super) fn listing_mode(value: &str) -> Option<ListingMode> {
    match value {
        "DEFAULT" => Some(ListingMode::Default),
        "DYNAMIC" => Some(ListingMode::Dynamic),
        _ => None,
    }
}

/// `Enforce`, `Report` or `Skip`.
pub(super) fn preflight(value: &str) -> Option<PreflightPolicy> {
    match value {
        "Enforce" => Some(PreflightPolicy::Enforce),
        "Report" => Some(PreflightPolicy::Report),
        "Skip" => Some(PreflightPolicy::Skip),
        _ => None,
    }
}

/// `true` or `false`.
pub(super) fn truth(value: &str) -> Option<bool> {
    value.parse().ok()
}

/// 1 to 5 ids of security groups, separated by commas.
pub(super) fn security_groups(value: &str) -> Option<Vec<String>> {
    let ids: Vec<&str> = value.split(',').map(str::trim).collect();
    let is_id = |id: &&str| {
        id.strip_prefix("sg-").is_some_and(|rest| {
            matches!(rest.len(), 8 | 17) && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        })
    };
    (ids.len() <= 5 && ids.iter().all(is_id)).then(|| ids.into_iter().map(str::to_owned).collect())
}

fn number(value: &str, least: i32, most: i32) -> Option<i32> {
    let number = value.bytes().all(|byte| byte.is_ascii_digit()).then(|| value.parse().ok()).flatten()?;
    (least..=most).contains(&number).then_some(number)
}

fn is_object_name(value: &str) -> bool {
    value.len() <= 253 && value.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !label.is_empty() && label.bytes().all(is_inner) && !label.starts_with('-') && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gateways_hosts_and_paths() {
        let own = |value: &str| gateway(value, "shop").map(|address| address.to_string());
        let table = [
            ("agents", Some("shop/agents")),
            ("platform/agents", Some("platform/agents")),
            ("platform/agents.v2", Some("platform/agents.v2")),
            ("", None),
            ("/agents", None),
            ("platform/", None),
            ("a/b/c", None),
            ("plat.form/agents", None),
            ("Agents", None),
            ("agents ", None),
        ];
        for (value, expected) in table {
            assert_eq!(own(value).as_deref(), expected, "{value}");
        }
        let table = [
            ("internal.example.com", true),
            ("localhost", false),
            ("*.example.com", false),
            ("Internal.example.com", false),
            ("internal..example.com", false),
            ("-a.example.com", false),
            ("https://internal.example.com", false),
            ("internal.example.com:443", false),
        ];
        for (value, fits) in table {
            assert_eq!(host(value).is_some(), fits, "{value}");
        }
        assert!(host(&format!("{}.com", "a".repeat(250))).is_none());
        let table =
            [("/mcp", true), ("/", true), ("/a%20b", true), ("mcp", false), ("/m cp", false), ("/mcp?x=1", false)];
        for (value, fits) in table {
            assert_eq!(path(value).is_some(), fits, "{value}");
        }
        assert!(path(&format!("/{}", "a".repeat(1023))).is_some());
        assert!(path(&format!("/{}", "a".repeat(1024))).is_none());
    }

    #[test]
    fn numbers_and_words() {
        let table = [("1", Some(1)), ("65535", Some(65535)), ("0", None), ("65536", None), ("+443", None), ("", None)];
        for (value, expected) in table {
            assert_eq!(port(value), expected, "{value}");
        }
        let table = [("0", Some(0)), ("1000", Some(1000)), ("1001", None), ("-1", None), ("99999999999", None)];
        for (value, expected) in table {
            assert_eq!(priority(value), expected, "{value}");
        }
        assert_eq!(listing_mode("DYNAMIC"), Some(ListingMode::Dynamic));
        assert_eq!(listing_mode("dynamic"), None);
        assert_eq!(preflight("Skip"), Some(PreflightPolicy::Skip));
        assert_eq!(preflight("skip"), None);
        assert_eq!(truth("true"), Some(true));
        assert_eq!(truth("yes"), None);
    }

    #[test]
    fn names_and_security_groups() {
        let hundred = "a".repeat(100);
        let hyphens = "a-".repeat(100);
        let table = [
            ("search", true),
            ("Search-2", true),
            (hundred.as_str(), true),
            (hyphens.as_str(), true),
            ("-search", false),
            ("a--b", false),
            ("a.b", false),
            ("", false),
        ];
        for (value, fits) in table {
            assert_eq!(target_name(value).is_some(), fits, "{value}");
        }
        assert!(target_name(&format!("{hundred}a")).is_none());
        let one = "sg-0a1b2c3d4e5f60b02";
        let five = [one; 5].join(",");
        let table = [
            (one.to_owned(), 1),
            (format!("{one}, sg-0a1b2c3d"), 2),
            (five.clone(), 5),
            (format!("{five},{one}"), 0),
            ("sg-0a1b".to_owned(), 0),
            (format!("{one},"), 0),
            (String::new(), 0),
        ];
        for (value, count) in table {
            assert_eq!(security_groups(&value).unwrap_or_default().len(), count, "{value}");
        }
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once() {
        let annotations =
            [(PORT, "https"), (PATH, "mcp"), (HOST, "a.example.com")].map(|(key, value)| (key.into(), value.into()));
        let annotations = annotations.into();
        let mut reader = Reader::new(&annotations);
        assert_eq!(reader.read(PORT, "a port from 1 to 65535", port), None);
        assert_eq!(reader.read(PATH, "a path", path), None);
        assert_eq!(reader.read(HOST, "a host", host).as_deref(), Some("a.example.com"));
        assert_eq!(reader.read(TARGET_NAME, "a name", target_name), None);
        let note = reader.finish().unwrap();
        assert_eq!(note.reason, Reason::Invalid);
        assert_eq!(
            note.sentence,
            "Annotation tools.agentcore.dev/port is \"https\" and has to be a port from 1 to 65535. Annotation \
             tools.agentcore.dev/path is \"mcp\" and has to be a path; nothing is made, and nothing changed, until that is mended"
        );
    }
}

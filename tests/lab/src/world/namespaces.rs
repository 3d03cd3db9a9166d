//! The namespaces of one world: short names in what tests write, real ones in the cluster.

use serde_json::Value;

/// Names other namespaces which may refer to an object: comma-separated, or `*`.
const ALLOWED_NAMESPACES: &str = "tools.agentcore.dev/allowed-namespaces";

/// Names a gateway: `[namespace/]name`.
const GATEWAY: &str = "tools.agentcore.dev/gateway";

/// The namespaces of one world.
#[derive(Debug, Clone)]
pub(super) struct Namespaces {
    world: String,
    short: Vec<String>,
}

impl Namespaces {
    pub(super) fn new(world: &str, short: impl IntoIterator<Item = String>) -> Namespaces {
        Namespaces { world: world.to_owned(), short: short.into_iter().collect() }
    }

    /// The short names, in their order.
    pub(super) fn short(&self) -> &[String] {
        &self.short
    }

    /// The real names, in the same order.
    pub(super) fn real(&self) -> Vec<String> {
        self.short.iter().map(|short| self.lengthen(short)).collect()
    }

    /// The real name of a namespace; one that is not of this world keeps its name.
    pub(super) fn lengthen(&self, short: &str) -> String {
        if self.short.iter().any(|known| known == short) { format!("{}-{short}", self.world) } else { short.to_owned() }
    }

    /// Replaces short names wherever a member `namespace`, or an annotation that names namespaces, holds some.
    pub(super) fn lengthen_in(&self, value: &mut Value) {
        match value {
            Value::Object(members) => {
                for (name, member) in members.iter_mut() {
                    match (&mut *member, name.as_str()) {
                        (Value::String(short), "namespace") => *short = self.lengthen(short),
                        (Value::String(list), ALLOWED_NAMESPACES) => *list = self.lengthen_list(list),
                        (Value::String(reference), GATEWAY) => *reference = self.lengthen_reference(reference),
                        _ => self.lengthen_in(member),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.lengthen_in(item)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// White space around the names stays, for tests of it.
    fn lengthen_list(&self, list: &str) -> String {
        let lengthen = |part: &str| match part.trim() {
            "" => part.to_owned(),
            name => part.replacen(name, &self.lengthen(name), 1),
        };
        list.split(',').map(lengthen).collect::<Vec<_>>().join(",")
    }

    fn lengthen_reference(&self, reference: &str) -> String {
        match reference.split_once('/') {
            Some((namespace, name)) => format!("{}/{name}", self.lengthen(namespace)),
            None => reference.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn lengthened(value: Value) -> Value {
        let mut value = value;
        Namespaces::new("w", ["platform", "mcp-server"].map(str::to_owned)).lengthen_in(&mut value);
        value
    }

    #[test]
    fn members_called_namespace_become_long_at_any_depth() {
        let manifest = json!({
            "metadata": {"namespace": "platform", "name": "platform"},
            "spec": {"from": [{"namespace": "mcp-server"}, {"namespace": "kube-system"}]},
        });
        let expected = json!({
            "metadata": {"namespace": "w-platform", "name": "platform"},
            "spec": {"from": [{"namespace": "w-mcp-server"}, {"namespace": "kube-system"}]},
        });
        assert_eq!(lengthened(manifest), expected);
    }

    #[test]
    fn namespaces_in_annotations_become_long() {
        for (name, short, long) in [
            (ALLOWED_NAMESPACES, "mcp-server", "w-mcp-server"),
            (ALLOWED_NAMESPACES, "mcp-server, elsewhere ,platform", "w-mcp-server, elsewhere ,w-platform"),
            (ALLOWED_NAMESPACES, "*", "*"),
            (ALLOWED_NAMESPACES, "", ""),
            (GATEWAY, "platform/platform", "w-platform/platform"),
            (GATEWAY, "platform", "platform"),
            (GATEWAY, "elsewhere/agents", "elsewhere/agents"),
            ("example.com/other", "platform", "platform"),
        ] {
            let annotated = |value: &str| json!({"metadata": {"annotations": {name: value}}});
            assert_eq!(lengthened(annotated(short)), annotated(long));
        }
    }
}

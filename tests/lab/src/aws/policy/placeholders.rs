//! What people put into the documents before they give them to IAM.

use std::collections::BTreeMap;

use anyhow::ensure;

/// The values of placeholders, `${NAME}` in the documents.
#[derive(Clone, Debug)]
pub struct Placeholders(BTreeMap<&'static str, String>);

impl Placeholders {
    /// The names, and what each stands for.
    pub const NAMES: [(&'static str, &'static str); 7] = [
        ("AWS_PARTITION", "`aws`, `aws-cn` or `aws-us-gov`"),
        ("AWS_ACCOUNT_ID", "the account, twelve digits"),
        ("AWS_REGION", "the region"),
        (
            "CLUSTER_NAME",
            "what the operator is told with `--cluster-name`; by default the uid of the namespace `kube-system`",
        ),
        ("GATEWAY_ROLE", "the name of the gateways' execution role, with its path; `*` in it stands for any text"),
        ("KMS_KEY_ID", "the id of the key that gateways are encrypted with"),
        ("DOCUMENTS_BUCKET", "the bucket in which OpenAPI documents, models and tool lists lie"),
    ];

    /// What is the same for everything in an account and region, for the cluster of this name.
    #[must_use]
    pub fn new(account: &str, region: &str, cluster: &str) -> Self {
        let values = [
            ("AWS_PARTITION", "aws"),
            ("AWS_ACCOUNT_ID", account),
            ("AWS_REGION", region),
            ("CLUSTER_NAME", cluster),
            // Several roles and two keys, so that one can take the place of another.
            ("GATEWAY_ROLE", "AgentCoreGatewayRole*"),
            ("KMS_KEY_ID", "?a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9"),
            ("DOCUMENTS_BUCKET", "platform-files"),
        ];
        Self(values.map(|(name, value)| (name, value.to_owned())).into())
    }

    /// The same with another value for one of them.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.0.insert(name, value.to_owned());
        self
    }

    /// The text with values in the place of placeholders.
    pub(super) fn fill_in(&self, text: &str) -> anyhow::Result<String> {
        let filled =
            self.0.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${{{name}}}"), value));
        let rest = filled.find("${").map(|at| filled[at..].chars().take(40).collect::<String>());
        ensure!(rest.is_none(), "there is no value for the placeholder at {}", rest.unwrap_or_default());
        Ok(filled)
    }
}

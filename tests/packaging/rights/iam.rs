//! The page about the operator's role in AWS.

mod purposes;

use std::collections::BTreeSet;
use std::fmt::Write;

use lab::aws::policy::{Placeholders, Policies, Statement, texts};
use serde_json::Value;

use purposes::{DOCUMENTS, PURPOSES};

#[test]
fn the_page_is_what_the_policies_say() -> anyhow::Result<()> {
    super::golden("iam.md", &page()?)
}

#[test]
fn every_statement_has_a_purpose_and_every_purpose_a_statement() -> anyhow::Result<()> {
    let policies = policies()?;
    let stated: BTreeSet<(String, String)> =
        policies.statements().map(|(place, _)| (place.document, place.sid)).collect();
    let told: BTreeSet<(String, String)> =
        PURPOSES.iter().map(|(document, sid, _)| ((*document).to_owned(), (*sid).to_owned())).collect();
    assert_eq!(stated, told);
    let documents: BTreeSet<String> = texts()?.into_keys().collect();
    let told: BTreeSet<String> = DOCUMENTS.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(documents, told);
    Ok(())
}

/// Without conditions or resources a statement is about everything: then its purpose says why that cannot be otherwise.
#[test]
fn a_statement_about_everything_says_why() -> anyhow::Result<()> {
    for (place, statement) in policies()?.statements() {
        if statement.resources.iter().any(|resource| resource == "*") {
            let purpose = purpose(&place.document, &place.sid);
            assert!(
                purpose.contains("no resource"),
                "{}.json {} does not say why it is about *",
                place.document,
                place.sid
            );
        }
    }
    Ok(())
}

/// The policies with their placeholders standing for themselves.
fn policies() -> anyhow::Result<Policies> {
    let placeholders = Placeholders::NAMES
        .iter()
        .fold(Placeholders::new("", "", ""), |all, (name, _)| all.with(name, &format!("<{name}>")));
    Policies::of_the_repository(&placeholders)
}

fn purpose(document: &str, sid: &str) -> &'static str {
    PURPOSES.iter().find(|(of, name, _)| *of == document && *name == sid).map_or("", |(.., purpose)| purpose)
}

fn page() -> anyhow::Result<String> {
    let policies = policies()?;
    let mut page = INTRODUCTION.to_owned();
    page += "\n| Placeholder | Stands for |\n|---|---|\n";
    for (name, meaning) in Placeholders::NAMES {
        writeln!(page, "| `${{{name}}}` | {meaning} |")?;
    }
    page += "\n## Which policies you need\n\n| Policy | For |\n|---|---|\n";
    for (name, feature, _) in DOCUMENTS {
        writeln!(page, "| [`{name}.json`](../deploy/iam/{name}.json) | {feature} |")?;
    }
    page += ROLE;
    page += "\n## Statement by statement\n";
    for (name, _, remark) in DOCUMENTS {
        write!(page, "\n### {name}.json\n\n")?;
        if !remark.is_empty() {
            write!(page, "{remark}\n\n")?;
        }
        page += "| Statement | Actions | With | If | What for |\n|---|---|---|---|---|\n";
        for (place, statement) in policies.statements().filter(|(place, _)| place.document == *name) {
            let purpose = purpose(&place.document, &place.sid);
            writeln!(
                page,
                "| {} | {} | {} | {} | {purpose} |",
                place.sid,
                lines(&statement.actions),
                lines(&resources(statement)),
                condition(&statement.written)
            )?;
        }
    }
    page += NOT_GRANTED;
    Ok(page)
}

/// The resources without what all ARNs begin with.
fn resources(statement: &Statement) -> Vec<String> {
    statement.resources.iter().map(|arn| arn.splitn(6, ':').last().unwrap_or(arn).replace(['<', '>'], "")).collect()
}

fn lines(texts: &[String]) -> String {
    texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join("<br>")
}

fn condition(written: &Value) -> String {
    let operators = written.as_object().into_iter().flatten();
    let tests = operators.flat_map(|(operator, keys)| {
        keys.as_object().into_iter().flatten().map(move |(key, value)| {
            let several = value.as_array().into_iter().flatten().filter_map(Value::as_str);
            let values: Vec<&str> = value.as_str().into_iter().chain(several).collect();
            let values = values.join("` or `").replace(['<', '>'], "");
            match operator.as_str() {
                "Null" if values == "true" => format!("there is no `{key}`"),
                "Null" => format!("there is a `{key}`"),
                "StringEqualsIfExists" => format!("`{key}`, where there is one, is `{values}`"),
                "StringNotEquals" => format!("`{key}` is not `{values}`"),
                "ForAllValues:StringEquals" => format!("every `{key}` is `{values}`"),
                "ForAnyValue:StringEquals" => format!("some `{key}` is `{values}`"),
                "StringLike" | "ArnLike" => format!("`{key}` is like `{values}`"),
                _ => format!("`{key}` is `{values}`"),
            }
        })
    });
    tests.collect::<Vec<_>>().join("<br>")
}

const INTRODUCTION: &str = "\
# What the operator may do in AWS

<!-- Generated by `make generate` from deploy/iam and tests/packaging/rights/iam/purposes.rs -->

The operator's role needs the policies in `deploy/iam`, one per feature: take those whose features you use. In the operator's tests an
emulated AWS denies whatever they do not allow, and what they allow and no test uses fails the tests.

Before IAM gets them, replace the placeholders, for example with `envsubst`:

```sh
export AWS_PARTITION=aws AWS_ACCOUNT_ID=111122223333 AWS_REGION=us-west-2
export CLUSTER_NAME=prod GATEWAY_ROLE=AgentCoreGatewayRole
for policy in gateway pass-role workloads private-endpoints; do
  envsubst < deploy/iam/$policy.json > /tmp/$policy.json
  aws iam create-policy --policy-name agentcore-gateway-operator-$policy --policy-document file:///tmp/$policy.json
  aws iam attach-role-policy --role-name agentcore-gateway-operator \\
    --policy-arn arn:$AWS_PARTITION:iam::$AWS_ACCOUNT_ID:policy/agentcore-gateway-operator-$policy
done
```

Terraform's `templatefile` takes the same files. All ten together stay within IAM's quota of managed policies per role.
";

const ROLE: &str = "
Everything that the operator makes in AWS carries the tag `tools.agentcore.dev/cluster`. The policies let it change and delete only what
carries the tag with its own cluster's name. `CLUSTER_NAME` therefore has to be what the operator is told with `--cluster-name`.

The operator's role is not the gateways' execution role, which AgentCore takes on to call targets; the operator only passes that one.
";

const NOT_GRANTED: &str = "
## What is not granted

- No action and no service has a wildcard, and no policy, role or trust can be changed: the only rights of IAM are to pass the gateways' role
  to AgentCore, and to let AWS's services make the roles that only they can take on.
- Nothing that carries another cluster's tag can be changed or deleted, except that `others-objects.json` lets it be taken over when a spec
  asks for it with `adopt.from`.
- Documents in S3 that are encrypted with a key of your own need `kms:Decrypt` on that key besides, which depends on the bucket.
- Some rights reach further than the cluster, because AWS has no key that would limit them. A gateway that carries no cluster's tag can be tagged,
  and then changed and deleted: give those that are not to be touched the tag with a name that is no cluster's. And the identities of all gateways
  in the account can be tagged and deleted, as far as IAM is concerned; the operator makes no such call, and AgentCore makes it for the gateway
  only that is made or deleted.

## Where AWS contradicts itself

For resource gateways and their associations, [VPC Lattice's guide](https://docs.aws.amazon.com/vpc-lattice/latest/ug/additional-api-permissions.html)
asks the caller for more of EC2 than CloudFormation's handlers and AgentCore's own role have. The policies follow the latter. If an object is
refused, or fails, with `is not authorized to perform: ec2:` and one of these actions, add them to `lattice.json` or `private-endpoints.json`:

```json
{
  \"Sid\": \"ManageNetworkInterfaces\",
  \"Effect\": \"Allow\",
  \"Action\": [
    \"ec2:AssignPrivateIpAddresses\",
    \"ec2:UnassignPrivateIpAddresses\",
    \"ec2:AssignIpv6Addresses\",
    \"ec2:CreateNetworkInterfacePermission\",
    \"ec2:ModifyNetworkInterfaceAttribute\",
    \"ec2:DeleteNetworkInterface\"
  ],
  \"Resource\": [
    \"arn:${AWS_PARTITION}:ec2:${AWS_REGION}:${AWS_ACCOUNT_ID}:network-interface/*\",
    \"arn:${AWS_PARTITION}:ec2:${AWS_REGION}:${AWS_ACCOUNT_ID}:security-group/*\"
  ]
}
```
";

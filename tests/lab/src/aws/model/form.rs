//! Forms of the protocols `query` and `ec2` as inputs: `Filter.1.Value.2=x` becomes `{"Filters": [{"Values": [.., "x"]}]}`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::service::Protocol;
use super::{Model, Operation, Problem, ProblemKind, Shape};

/// A dotted name taken apart: what stands at it, and what stands below it.
#[derive(Default)]
struct Node {
    value: Option<String>,
    below: BTreeMap<String, Node>,
}

impl Model {
    /// The input in a form, with what is wrong with how it travelled; the shapes are judged later.
    pub(in crate::aws) fn read_form(
        &self,
        operation: &Operation,
        protocol: Protocol,
        pairs: Vec<(String, String)>,
    ) -> (Value, Vec<Problem>) {
        let mut reader = Reader { model: self, protocol, problems: Vec::new() };
        let mut root = Node::default();
        for (name, value) in pairs {
            let node = name.split('.').fold(&mut root, |node, part| node.below.entry(part.to_owned()).or_default());
            if node.value.replace(value).is_some() {
                reader.note(ProblemKind::Invalid, &name, "The parameter is given twice");
            }
        }
        let input = match operation.input.as_ref().and_then(|input| self.shapes.get(&input.shape)) {
            Some(shape) => reader.structure(shape, &root, ""),
            None => json!({}),
        };
        (input, reader.problems)
    }
}

struct Reader<'a> {
    model: &'a Model,
    protocol: Protocol,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn note(&mut self, kind: ProblemKind, path: &str, message: &str) {
        self.problems.push(Problem { path: path.to_owned(), message: message.to_owned(), kind });
    }

    fn structure(&mut self, shape: &Shape, node: &Node, path: &str) -> Value {
        let mut object = Map::new();
        for (part, below) in &node.below {
            let path = if path.is_empty() { part.clone() } else { format!("{path}.{part}") };
            let found = shape
                .members
                .iter()
                .find(|(name, member)| self.in_form(member.sent_as.as_deref().unwrap_or(name.as_str())) == *part);
            match found {
                Some((name, member)) => {
                    let value = self.value(&member.shape, below, &path);
                    object.extend(value.map(|value| (name.clone(), value)));
                }
                None => self.note(ProblemKind::Unknown, &path, "The parameter is not known to the operation"),
            }
        }
        Value::Object(object)
    }

    /// The name of a member in forms: EC2 begins them all with a capital letter.
    fn in_form(&self, name: &str) -> String {
        let mut letters = name.chars();
        match (self.protocol, letters.next()) {
            (Protocol::Ec2, Some(first)) => first.to_ascii_uppercase().to_string() + letters.as_str(),
            _ => name.to_owned(),
        }
    }

    fn value(&mut self, name: &str, node: &Node, path: &str) -> Option<Value> {
        let shape = self.model.shapes.get(name)?;
        let wrong = match (shape.kind.as_str(), &node.value) {
            ("structure", None) => return Some(self.structure(shape, node, path)),
            ("list", None) => return self.list(shape, node, path),
            // How the protocol `query` writes an empty list.
            ("list", Some(text)) if text.is_empty() && self.protocol == Protocol::Query => return Some(json!([])),
            (kind @ ("structure" | "list"), Some(_)) => format!("The parameter must be a {kind}"),
            (_, Some(text)) if node.below.is_empty() => match scalar(&shape.kind, text) {
                Some(value) => return Some(value),
                None => format!("The parameter must be of the type {}", shape.kind),
            },
            _ => "The parameter has no members".to_owned(),
        };
        self.note(ProblemKind::Invalid, path, &wrong);
        None
    }

    fn list(&mut self, shape: &Shape, node: &Node, path: &str) -> Option<Value> {
        let entry = shape.member.as_ref()?;
        let numbered = if self.protocol == Protocol::Query {
            match node.below.first_key_value() {
                Some((name, entries)) if name == "member" && node.below.len() == 1 => entries,
                _ => {
                    self.note(ProblemKind::Invalid, path, "The entries of the list must be called member");
                    return None;
                }
            }
        } else {
            node
        };
        let mut items = Vec::new();
        for number in 1..=numbered.below.len() {
            match numbered.below.get(&number.to_string()) {
                Some(item) => items.extend(self.value(&entry.shape, item, &format!("{path}.{number}"))),
                None => self.note(ProblemKind::Invalid, path, "The entries of the list must be numbered from 1"),
            }
        }
        Some(Value::Array(items))
    }
}

fn scalar(kind: &str, text: &str) -> Option<Value> {
    match kind {
        "integer" | "long" => text.parse::<i64>().ok().map(Value::from),
        "boolean" => text.parse::<bool>().ok().map(Value::from),
        _ => Some(json!(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::service::Service;
    use super::super::model;
    use super::*;

    fn read(service: Service, operation: &str, form: &[(&str, &str)]) -> (Value, Vec<String>) {
        let model = model(service).expect("the model loads");
        let pairs = form.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        let (value, problems) = model.read_form(&model.operations[operation], service.protocol(), pairs);
        (value, problems.into_iter().map(|problem| problem.path).collect())
    }

    #[test]
    fn numbered_names_become_lists() {
        let form =
            [("Filter.1.Name", "vpc-id"), ("Filter.1.Value.1", "a"), ("Filter.1.Value.2", "b"), ("DryRun", "false")];
        let filters = json!([{"Name": "vpc-id", "Values": ["a", "b"]}]);
        assert_eq!(
            read(Service::Ec2, "DescribeSubnets", &form),
            (json!({"Filters": filters, "DryRun": false}), vec![])
        );
        let form = [("Names.member.1", "one"), ("Names.member.2", "two"), ("PageSize", "7"), ("LoadBalancerArns", "")];
        let input = json!({"Names": ["one", "two"], "PageSize": 7, "LoadBalancerArns": []});
        assert_eq!(read(Service::Elb, "DescribeLoadBalancers", &form), (input, vec![]));
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (name, value) in [
            ("SubnetIds.1", "a"),
            ("SubnetId", "a"),
            ("SubnetId.member.1", "a"),
            ("SubnetId.2", "a"),
            ("MaxResults", "many"),
            ("MaxResults.1", "5"),
            ("Filter.1.Values.1", "a"),
        ] {
            let (_, problems) = read(Service::Ec2, "DescribeSubnets", &[(name, value)]);
            assert_eq!(problems.len(), 1, "{name}");
            assert!(name.starts_with(&problems[0]), "{name}: {problems:?}");
        }
        let twice = [("NextToken", "a"), ("NextToken", "a")];
        assert_eq!(read(Service::Ec2, "DescribeSubnets", &twice).1, ["NextToken"]);
        assert_eq!(read(Service::Elb, "DescribeLoadBalancers", &[("Names.1", "a")]).1, ["Names"]);
    }
}

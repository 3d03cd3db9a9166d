//! Answers as documents: the protocols `query`, `ec2` and `rest-xml` differ in what stands around the members only.

use serde_json::Value;

use super::{Model, Operation, Shape};

impl Model {
    /// The elements of an answer's members, without anything around them.
    pub(in crate::aws) fn elements(&self, operation: &Operation, answer: &Value) -> String {
        let mut out = String::new();
        if let Some(shape) = operation.output.as_ref().and_then(|output| self.shapes.get(&output.shape)) {
            self.members(shape, answer, &mut out);
        }
        out
    }

    fn members(&self, shape: &Shape, value: &Value, out: &mut String) {
        for (name, member) in &shape.members {
            if let Some(value) = value.get(name).filter(|value| !value.is_null()) {
                self.element(member.sent_as.as_deref().unwrap_or(name), &member.shape, value, out);
            }
        }
    }

    fn element(&self, tag: &str, shape: &str, value: &Value, out: &mut String) {
        out.extend(["<", tag, ">"]);
        if let Some(shape) = self.shapes.get(shape) {
            match (value, &shape.member) {
                (Value::Object(_), _) => self.members(shape, value, out),
                (Value::Array(items), Some(entry)) => {
                    for item in items {
                        self.element(entry.location_name.as_deref().unwrap_or("member"), &entry.shape, item, out);
                    }
                }
                (Value::String(text), _) => out.push_str(&escape(text)),
                _ => out.push_str(&value.to_string()),
            }
        }
        out.extend(["</", tag, ">"]);
    }
}

impl Operation {
    /// The element around the result in the protocol `query`.
    pub(in crate::aws) fn result_element(&self) -> Option<&str> {
        self.output.as_ref()?.result_wrapper.as_deref()
    }

    /// The outermost element in the protocol `rest-xml`.
    pub(in crate::aws) fn root_element(&self) -> &str {
        self.output.as_ref().map_or("", |output| output.shape.as_str())
    }
}

/// A text as it may stand in a document.
pub(in crate::aws) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::service::Service;
    use super::super::model;

    #[test]
    fn members_lists_and_signs_become_elements() {
        let model = model(Service::Ec2).expect("the model loads");
        let operation = &model.operations["DescribeVpcs"];
        let answer =
            json!({"Vpcs": [{"VpcId": "vpc-1", "IsDefault": false, "Tags": [{"Key": "a&b", "Value": "<c>"}]}]});
        assert_eq!(
            model.elements(operation, &answer),
            "<vpcSet><item><isDefault>false</isDefault><tagSet><item><key>a&amp;b</key><value>&lt;c&gt;</value></item></tagSet>\
             <vpcId>vpc-1</vpcId></item></vpcSet>",
        );
    }
}

//! What is refused of `adopt`, which every kind has.

use serde_json::{Value, json};

use super::refused::{all_refused, refusal};
use super::samples;

#[tokio::test]
async fn adoptions() -> anyhow::Result<()> {
    let samples: [fn() -> Value; 4] =
        [samples::small_gateway, samples::small_target, samples::resource_gateway, samples::resource_configuration];
    for sample in samples {
        let without = || samples::patched(sample(), &json!({"spec": {"adopt": null, "name": null}}));
        all_refused(vec![
            refusal(
                "neither id nor name",
                without(),
                json!({"adopt": {}}),
                "spec.adopt: Invalid value: exactly one of id, name is required",
            ),
            refusal(
                "id and name",
                without(),
                json!({"adopt": {"id": "a", "name": "a"}}),
                "exactly one of id, name is required",
            ),
            refusal(
                "an id that is made",
                without(),
                json!({"adopt": {"id": "a", "orCreate": true}}),
                "orCreate goes with name only",
            ),
            refusal(
                "an ARN",
                without(),
                json!({"adopt": {"id": "arn:aws:bedrock-agentcore:us-west-2:1:gateway/a"}}),
                "adopt.id is an id, like agents-abcde12345",
            ),
            refusal(
                "two names",
                without(),
                json!({"adopt": {"name": "aaaa"}, "name": "bbbb"}),
                "name and adopt.name are two names for one object",
            ),
        ])
        .await?;
    }
    Ok(())
}

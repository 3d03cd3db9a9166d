//! Proxies, however they are named: what must not be asked through them is not.

use serde_json::json;

use crate::{chart::environment, helm::Helm};

/// What is never asked through a proxy, with what is said besides.
fn direct(more: &str) -> String {
    let always = "169.254.170.23,fd00:ec2::23,$(KUBERNETES_SERVICE_HOST),.svc,.cluster.local,localhost,127.0.0.1";
    if more.is_empty() { always.to_owned() } else { format!("{always},{more}") }
}

#[test]
fn the_agent_and_the_cluster_are_asked_without_a_proxy() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    let secret = |name: &str| json!({"name": name, "valueFrom": {"secretKeyRef": {"name": "proxy", "key": "url"}}});
    let own = |name: &str| json!({"name": name, "value": "example.com"});
    let table = [
        (json!([]), "", &[][..]),
        // Whatever makes it a proxy's cluster, such as extraEnvFrom, is told with noProxy.
        (json!([]), "10.0.0.0/8", &[("NO_PROXY", direct("10.0.0.0/8"))][..]),
        (json!([secret("HTTPS_PROXY")]), "", &[("NO_PROXY", direct(""))]),
        (json!([secret("HTTP_PROXY")]), "10.0.0.0/8,,b", &[("NO_PROXY", direct("10.0.0.0/8,b"))]),
        (json!([secret("https_proxy")]), "", &[("NO_PROXY", direct(""))]),
        (json!([secret("ALL_PROXY")]), "", &[("NO_PROXY", direct(""))]),
        (json!([secret("HTTPS_PROXY_OF_OTHERS")]), "", &[]),
        // Who says it says all of it.
        (json!([secret("HTTPS_PROXY"), own("NO_PROXY")]), "a", &[("NO_PROXY", "example.com".to_owned())]),
        (json!([own("no_proxy")]), "a", &[("no_proxy", "example.com".to_owned())]),
    ];
    for (extra, more, expected) in table {
        let set = ["--set-json".to_owned(), format!("extraEnv={extra},proxy.noProxy={}", json!(more))];
        let mut objects = helm.objects(&set)?;
        // A Secret's value has no text here.
        for object in objects.iter_mut().filter(|object| object["kind"] == "Deployment") {
            let variables = object["spec"]["template"]["spec"]["containers"][0]["env"].as_array_mut();
            if let Some(variables) = variables {
                variables.retain(|variable| variable["valueFrom"]["secretKeyRef"].is_null());
            }
        }
        let variables = environment(&objects)?;
        let is_it = |name: &str| name.eq_ignore_ascii_case("NO_PROXY");
        let told: Vec<(&str, String)> =
            variables.iter().filter(|(name, _)| is_it(name)).map(|(name, value)| (&**name, value.clone())).collect();
        assert_eq!(told, expected, "{set:?}");
    }
    Ok(())
}

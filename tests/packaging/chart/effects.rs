//! Every value has an effect: with another one, something else is rendered.

use std::collections::BTreeSet;

use anyhow::Context;
use serde_json::{Value, json};

use crate::{
    chart::schema::leaves,
    helm::{Helm, chart, copy},
};

/// A value, another one than its default as JSON, and what must be said besides for it to count.
const OTHERS: &[(&str, &str, &str)] = &[
    ("nameOverride", r#""other""#, ""),
    ("fullnameOverride", r#""other""#, ""),
    ("commonLabels", r#"{"a":"b"}"#, ""),
    ("commonAnnotations", r#"{"a":"b"}"#, ""),
    ("image.registry", r#""registry.example.com""#, ""),
    ("image.repository", r#""other""#, ""),
    ("image.tag", r#""other""#, ""),
    ("image.digest", r#""sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef""#, ""),
    ("image.pullPolicy", r#""Always""#, ""),
    ("image.pullSecrets", r#"[{"name":"registry"}]"#, ""),
    ("crds.enabled", "false", ""),
    ("crds.keep", "false", ""),
    ("crds.annotations", r#"{"a":"b"}"#, ""),
    ("replicaCount", "3", ""),
    ("leaderElection.enabled", "false", "replicaCount=1"),
    ("leaderElection.leaseDuration", r#""30s""#, ""),
    ("leaderElection.renewDeadline", r#""12s""#, ""),
    ("leaderElection.retryPeriod", r#""3s""#, ""),
    ("leaderElection.leaseName", r#""other""#, ""),
    ("leaderElection.namespace", r#""other""#, ""),
    ("watchNamespaces", r#"["a"]"#, ""),
    ("cluster.name", r#""other""#, ""),
    ("aws.region", r#""eu-central-1""#, ""),
    ("aws.useFips", "true", ""),
    ("aws.useDualstack", "true", ""),
    ("aws.endpointUrl", r#""http://aws""#, ""),
    ("aws.defaultTags", r#"{"a":"b"}"#, ""),
    ("aws.apiThrottle.reads", "3", ""),
    ("aws.apiThrottle.writes", "3", ""),
    ("aws.allowedExternalIds", r#"["a"]"#, ""),
    ("aws.allowedRoleArns", r#"["a"]"#, ""),
    ("aws.defaultSecurityGroupIds", r#"["sg-0a"]"#, ""),
    ("reconcile.driftInterval", r#""5m""#, ""),
    ("reconcile.retryFloor", r#""1s""#, ""),
    ("reconcile.retryCap", r#""1m""#, ""),
    ("reconcile.concurrency", "4", ""),
    ("discovery.enabled", "false", ""),
    ("preflight.allow", r#"["a"]"#, ""),
    ("preflight.resolve", r#"["a:1:10.0.0.1"]"#, ""),
    ("serviceAccount.create", "false", ""),
    ("serviceAccount.name", r#""other""#, ""),
    ("serviceAccount.annotations", r#"{"a":"b"}"#, ""),
    ("serviceAccount.automount", "false", ""),
    ("rbac.create", "false", ""),
    ("rbac.aggregateToDefaultRoles", "false", ""),
    ("listenAddress", r#""::""#, ""),
    ("health.port", "9081", ""),
    ("metrics.enabled", "false", ""),
    ("metrics.port", "9080", ""),
    ("metrics.serviceMonitor.enabled", "true", ""),
    ("metrics.serviceMonitor.labels", r#"{"a":"b"}"#, "metrics.serviceMonitor.enabled=true"),
    ("metrics.serviceMonitor.interval", r#""5s""#, "metrics.serviceMonitor.enabled=true"),
    ("metrics.serviceMonitor.relabelings", r#"[{"a":"b"}]"#, "metrics.serviceMonitor.enabled=true"),
    ("metrics.serviceMonitor.metricRelabelings", r#"[{"a":"b"}]"#, "metrics.serviceMonitor.enabled=true"),
    ("metrics.podMonitor.enabled", "true", ""),
    ("metrics.podMonitor.labels", r#"{"a":"b"}"#, "metrics.podMonitor.enabled=true"),
    ("metrics.podMonitor.interval", r#""5s""#, "metrics.podMonitor.enabled=true"),
    ("metrics.podMonitor.relabelings", r#"[{"a":"b"}]"#, "metrics.podMonitor.enabled=true"),
    ("metrics.podMonitor.metricRelabelings", r#"[{"a":"b"}]"#, "metrics.podMonitor.enabled=true"),
    ("prometheusRule.enabled", "true", ""),
    ("prometheusRule.labels", r#"{"a":"b"}"#, "prometheusRule.enabled=true"),
    ("prometheusRule.disabled", r#"["Any"]"#, "prometheusRule.enabled=true"),
    ("prometheusRule.rules", r#"{"Any":{"severity":"info"}}"#, "prometheusRule.enabled=true"),
    ("dashboards.enabled", "true", ""),
    ("dashboards.labels", r#"{"a":"b"}"#, "dashboards.enabled=true"),
    ("dashboards.annotations", r#"{"a":"b"}"#, "dashboards.enabled=true"),
    ("tracing.enabled", "true", r#"tracing.endpoint="http://collector:4318""#),
    ("tracing.endpoint", r#""http://other:4318""#, r#"tracing.enabled=true,tracing.endpoint="http://collector:4318""#),
    ("tracing.sampler", r#""always_on""#, r#"tracing.enabled=true,tracing.endpoint="http://collector:4318""#),
    ("tracing.ratio", "1", r#"tracing.enabled=true,tracing.endpoint="http://collector:4318""#),
    ("log.level", r#""debug""#, ""),
    ("log.format", r#""text""#, ""),
    ("resources", r#"{"limits":{"memory":"1Gi"}}"#, ""),
    ("podSecurityContext", r#"{"fsGroup":1}"#, ""),
    ("securityContext", r#"{"privileged":false}"#, ""),
    ("terminationGracePeriodSeconds", "45", ""),
    ("priorityClassName", r#""system-cluster-critical""#, ""),
    ("nodeSelector", r#"{"a":"b"}"#, ""),
    ("tolerations", r#"[{"operator":"Exists"}]"#, ""),
    ("affinity", r#"{"nodeAffinity":{}}"#, ""),
    ("topologySpreadConstraints", "[]", ""),
    ("podDisruptionBudget.enabled", "false", ""),
    ("podDisruptionBudget.maxUnavailable", "2", ""),
    ("networkPolicy.enabled", "true", ""),
    ("networkPolicy.apiServerPort", "6443", "networkPolicy.enabled=true"),
    ("networkPolicy.metricsFrom", r#"[{"podSelector":{}}]"#, "networkPolicy.enabled=true"),
    ("networkPolicy.egress", r#"[{"ports":[{"port":8443}]}]"#, "networkPolicy.enabled=true"),
    ("proxy.httpProxy", r#""http://proxy:3128""#, ""),
    ("proxy.httpsProxy", r#""http://proxy:3128""#, ""),
    ("proxy.noProxy", r#""example.com""#, r#"proxy.httpsProxy="http://proxy:3128""#),
    ("podLabels", r#"{"a":"b"}"#, ""),
    ("podAnnotations", r#"{"a":"b"}"#, ""),
    ("extraArgs", r#"["--log-level=debug"]"#, ""),
    ("extraEnv", r#"[{"name":"A","value":"b"}]"#, ""),
    ("extraEnvFrom", r#"[{"secretRef":{"name":"a"}}]"#, ""),
    ("extraVolumes", r#"[{"name":"a","emptyDir":{}}]"#, ""),
    ("extraVolumeMounts", r#"[{"name":"a","mountPath":"/a"}]"#, ""),
    ("extraContainers", r#"[{"name":"a"}]"#, ""),
    ("extraObjects", r#"[{"a":"b"}]"#, ""),
];

#[test]
fn every_value_has_an_effect() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    // With a dashboard and rules of its own: what is tried is the way of any.
    let chart_here = helm.directory().join("chart");
    copy(&chart(), &chart_here)?;
    std::fs::create_dir_all(chart_here.join("files/dashboards"))?;
    std::fs::write(chart_here.join("files/dashboards/any.json"), r#"{"title": "{{ any }}"}"#)?;
    std::fs::write(
        chart_here.join("files/rules.yaml"),
        "groups:\n- name: any\n  rules: [{alert: Any}, {alert: Other}]\n",
    )?;

    let tried: BTreeSet<String> = OTHERS.iter().map(|(path, ..)| (*path).to_owned()).collect();
    assert_eq!(tried, leaves()?, "left: what is tried here; right: what can be said");
    for (path, other, besides) in OTHERS {
        let said = |besides: &str| ["--set-json".to_owned(), besides.to_owned()];
        // JSON that says nothing is none.
        let before = if besides.is_empty() { Vec::new() } else { said(besides).to_vec() };
        let after = [before.clone(), said(&format!("{path}={other}")).to_vec()].concat();
        let (before, after) = (helm.template_of(&chart_here, before)?, helm.template_of(&chart_here, after)?);
        assert!(before != after, "{path} has no effect");
    }
    Ok(())
}

/// The chart's own dashboards and rules, as they are: what looks like a template in them is Grafana's or Prometheus'.
#[test]
fn dashboards_and_rules_are_handed_on_as_they_are() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    let objects = helm.objects(["--set", "dashboards.enabled=true,prometheusRule.enabled=true"])?;
    let of_kind = |kind: &'static str| objects.iter().filter(move |object| object["kind"] == kind);
    let mut shown = 0;
    for entry in std::fs::read_dir(chart().join("files/dashboards")).into_iter().flatten() {
        let path = entry?.path();
        let (name, text) = (path.file_name().unwrap_or_default().to_string_lossy(), std::fs::read_to_string(&path)?);
        let mut holders = of_kind("ConfigMap").filter(|map| map["data"][name.as_ref()] == text.as_str());
        assert!(holders.next().is_some_and(|map| map["metadata"]["labels"]["grafana_dashboard"] == "1"), "{name}");
        shown += 1;
    }
    assert_eq!(of_kind("ConfigMap").count(), shown);
    match std::fs::read_to_string(chart().join("files/rules.yaml")) {
        Ok(rules) => {
            let rules = lab::objects::parse(&rules)?;
            assert_eq!(of_kind("PrometheusRule").map(|object| &object["spec"]).collect::<Vec<_>>(), [&rules[0]]);
        }
        Err(_) => assert_eq!(of_kind("PrometheusRule").count(), 0),
    }
    Ok(())
}

/// What is left out is, and nothing else, nor changed.
#[test]
fn alerts_are_left_out_by_name() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    let rules = |disabled: &str| {
        let set = ["--set".to_owned(), format!("prometheusRule.enabled=true,prometheusRule.disabled={{{disabled}}}")];
        Ok::<_, anyhow::Error>(crate::helm::only(&helm.objects(set)?, "PrometheusRule")?["spec"].clone())
    };
    let mut expected = lab::objects::parse(&std::fs::read_to_string(chart().join("files/rules.yaml"))?)?.remove(0);
    let out = ["AgentcoreAwsDenied", "AgentcoreDeletionStuck"];
    let mut gone = 0;
    for group in expected["groups"].as_array_mut().into_iter().flatten() {
        let rules = group["rules"].as_array_mut().context("a group of rules")?;
        let before = rules.len();
        rules.retain(|rule| !out.iter().any(|name| rule["alert"] == *name));
        gone += before - rules.len();
    }
    assert_eq!(gone, out.len());
    assert_eq!(rules(&out.join(","))?, expected);
    let refusal = helm.refusal(["--set", "prometheusRule.enabled=true,prometheusRule.disabled={AgentcoreDenied}"])?;
    assert!(refusal.contains("prometheusRule.disabled names alerts that there are not: AgentcoreDenied."), "{refusal}");
    Ok(())
}

/// What is said of one alert is changed in it, and nothing else; `promtool` takes what comes of it.
#[test]
fn alerts_are_changed_by_name() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    let rules = |said: &Value| {
        let set = ["--set".to_owned(), "prometheusRule.enabled=true".to_owned(), "--set-json".to_owned()];
        let set = set.into_iter().chain([format!("prometheusRule.rules={said}")]);
        Ok::<_, anyhow::Error>(crate::helm::only(&helm.objects(set)?, "PrometheusRule")?["spec"].clone())
    };
    let changed = rules(&json!({
        "AgentcoreAwsDenied": {"for": "30m", "severity": "critical"},
        "AgentcoreOperatorMetABug": {"for": "1m"},
        "AgentcoreNotReady": {"enabled": true, "severity": "info"},
        "AgentcoreDeletionStuck": {"enabled": false},
        "AgentcoreStalled": {},
    }))?;
    let mut expected = lab::objects::parse(&std::fs::read_to_string(chart().join("files/rules.yaml"))?)?.remove(0);
    let mut seen = 0;
    for group in expected["groups"].as_array_mut().into_iter().flatten() {
        let rules = group["rules"].as_array_mut().context("a group of rules")?;
        rules.retain(|rule| rule["alert"] != "AgentcoreDeletionStuck");
        for rule in rules {
            let (wait, severity) = match rule["alert"].as_str().unwrap_or_default() {
                "AgentcoreAwsDenied" => (Some("30m"), Some("critical")),
                "AgentcoreOperatorMetABug" => (Some("1m"), None),
                "AgentcoreNotReady" => (None, Some("info")),
                _ => continue,
            };
            seen += 1;
            if let Some(wait) = wait {
                rule["for"] = wait.into();
            }
            if let Some(severity) = severity {
                rule["labels"]["severity"] = severity.into();
            }
        }
    }
    assert_eq!(seen, 3);
    assert_eq!(changed, expected);
    let file = helm.directory().join("rules.json");
    std::fs::write(&file, serde_json::to_vec(&changed)?)?;
    crate::alerts::promtool(&["check", "rules", "--lint=all", "--lint-fatal", &file.display().to_string()])?;

    let table = [
        (r#"{"AgentcoreDenied":{}}"#, "prometheusRule.rules names alerts that there are not: AgentcoreDenied."),
        (r#"{"AgentcoreStalled":{"for":"5 minutes"}}"#, "at '/prometheusRule/rules/AgentcoreStalled/for'"),
        (r#"{"AgentcoreStalled":{"expr":"up"}}"#, "'expr' not allowed"),
        (r#"{"AgentcoreStalled":{"severity":""}}"#, "at '/prometheusRule/rules/AgentcoreStalled/severity'"),
    ];
    for (said, words) in table {
        let set = format!("prometheusRule.enabled=true,prometheusRule.rules={said}");
        let refusal = helm.refusal(["--set-json", &set])?;
        assert!(refusal.contains(words), "{said}: {refusal}");
    }
    let both = r#"prometheusRule.enabled=true,prometheusRule.disabled=["AgentcoreStalled"],prometheusRule.rules={"AgentcoreStalled":{"enabled":true}}"#;
    let refusal = helm.refusal(["--set-json", both])?;
    assert!(
        refusal.contains("AgentcoreStalled is in prometheusRule.disabled and enabled in prometheusRule.rules"),
        "{refusal}"
    );
    Ok(())
}

//! Values that are refused, and in which words.

use crate::helm::Helm;

#[test]
fn errors_are_refused_before_they_are_installed() -> anyhow::Result<()> {
    let table: &[(&str, &[&str])] = &[
        // Typing errors.
        ("crds.enable=false", &["at '/crds'", "'enable' not allowed"]),
        ("watchNamespace=a", &["'watchNamespace' not allowed"]),
        ("metrics.serviceMonitor.enable=true", &["at '/metrics/serviceMonitor'", "'enable' not allowed"]),
        // Types.
        ("replicaCount=two", &["at '/replicaCount'", "got string, want integer"]),
        ("watchNamespaces=a", &["at '/watchNamespaces'", "got string, want array"]),
        ("commonLabels.a=1", &["at '/commonLabels/a'", "got number, want string"]),
        ("discovery.enabled=yes-please", &["at '/discovery/enabled'", "got string, want boolean"]),
        // Values.
        ("leaderElection.leaseDuration=15x", &["at '/leaderElection/leaseDuration'", "'15x' does not match"]),
        ("reconcile.driftInterval=0s", &["at '/reconcile/driftInterval'", "'0s' does not match"]),
        ("reconcile.retryFloor=0m0.0s", &["at '/reconcile/retryFloor'", "'0m0.0s' does not match"]),
        ("aws.region=us-west", &["at '/aws/region'", "'us-west' does not match"]),
        ("log.level=loud", &["at '/log/level'", "'error', 'warn', 'info', 'debug', 'trace'"]),
        ("image.digest=latest", &["at '/image/digest'", "'latest' does not match"]),
        ("image.registry=https://registry.example.com", &["at '/image/registry'", "does not match"]),
        ("aws.defaultTags.team=a\\,b", &["at '/aws/defaultTags/team'", "'a,b' does not match"]),
        ("terminationGracePeriodSeconds=5", &["at '/terminationGracePeriodSeconds'", "got 5, want 21"]),
        ("tracing.ratio=2", &["at '/tracing/ratio'", "got 2, want 1"]),
        // What does not go together.
        ("aws.useFips=true,aws.endpointUrl=http://aws", &["aws.useFips and aws.endpointUrl exclude each other"]),
        ("aws.useDualstack=true,aws.endpointUrl=http://aws", &["aws.useDualstack and aws.endpointUrl exclude"]),
        (
            "leaderElection.enabled=false",
            &["replicaCount must not be more than 1 when leaderElection.enabled is false"],
        ),
        ("tracing.enabled=true", &["tracing.enabled needs tracing.endpoint"]),
        ("metrics.enabled=false,metrics.podMonitor.enabled=true", &["need metrics.enabled"]),
        (
            "metrics.serviceMonitor.enabled=true,metrics.podMonitor.enabled=true",
            &["metrics.serviceMonitor and metrics.podMonitor exclude each other"],
        ),
        ("metrics.port=8081", &["metrics.port and health.port must not be the same"]),
    ];
    let helm = Helm::new()?;
    for (set, words) in table {
        let refusal = helm.refusal(["--set", set])?;
        for word in *words {
            assert!(refusal.contains(word), "{set}: {word} is not in: {refusal}");
        }
    }
    Ok(())
}

/// What is unusual, and right.
#[test]
fn what_the_program_and_aws_take_is_taken() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    let regions = ["us-west-2", "us-gov-west-1", "cn-north-1", "us-isob-east-1", "eusc-de-east-1"];
    let intervals = ["1m0s", "0h5m", "0.5s", "10m30s", "200ms"];
    for set in regions
        .map(|it| format!("aws.region={it}"))
        .iter()
        .chain(&intervals.map(|it| format!("reconcile.driftInterval={it}")))
    {
        helm.template(["--set", set])?;
    }
    Ok(())
}

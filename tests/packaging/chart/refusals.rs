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
        // In another order, twice, or with a part of a unit that is not the last: the program takes none of these.
        ("reconcile.driftInterval=1m1h", &["at '/reconcile/driftInterval'", "'1m1h' does not match"]),
        ("reconcile.retryCap=1h1h", &["at '/reconcile/retryCap'", "'1h1h' does not match"]),
        ("leaderElection.retryPeriod=1.5m3s", &["at '/leaderElection/retryPeriod'", "'1.5m3s' does not match"]),
        ("aws.apiThrottle.writes=0", &["at '/aws/apiThrottle/writes'", "got 0, want 0.001"]),
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
        (
            "leaderElection.leaseDuration=5s",
            &["leaderElection.leaseDuration (5s) must be longer than leaderElection.renewDeadline (10s)"],
        ),
        ("leaderElection.renewDeadline=0.25m", &["leaderElection.leaseDuration (15s) must be longer than"]),
        (
            "leaderElection.retryPeriod=9000ms",
            &["leaderElection.renewDeadline (10s) must be longer than 1.2 times leaderElection.retryPeriod (9000ms)"],
        ),
        ("leaderElection.leaseDuration=15500ms", &["leaderElection.leaseDuration (15500ms) must be whole seconds"]),
        ("leaderElection.leaseDuration=600000h", &["fewer than 2^31"]),
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
    // Behind --set a number with a point is a text.
    let refusal = helm.refusal(["--set-json", "aws.apiThrottle.reads=0.0001"])?;
    assert!(refusal.contains("at '/aws/apiThrottle/reads'") && refusal.contains("want 0.001"), "{refusal}");
    Ok(())
}

/// What is unusual, and right.
#[test]
fn what_the_program_and_aws_take_is_taken() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    let regions = ["us-west-2", "us-gov-west-1", "cn-north-1", "us-isob-east-1", "eusc-de-east-1"];
    let intervals = ["1m0s", "0h5m", "0.5s", "10m30s", "200ms", "1h0.5s", "2.5m", "1s500ms", "0.5ms"];
    let elections = [
        "leaderElection.leaseDuration=1m",
        "leaderElection.leaseDuration=11000ms",
        "leaderElection.leaseDuration=0.5m,leaderElection.renewDeadline=29.999s",
        "leaderElection.retryPeriod=8.3s",
        // Nobody is elected.
        "leaderElection.enabled=false,replicaCount=1,leaderElection.leaseDuration=1s",
    ];
    for set in elections {
        helm.template(["--set", set])?;
    }
    helm.template(["--set-json", "aws.apiThrottle.reads=0.001,aws.apiThrottle.writes=1000000"])?;
    for set in regions
        .map(|it| format!("aws.region={it}"))
        .iter()
        .chain(&intervals.map(|it| format!("reconcile.driftInterval={it}")))
    {
        helm.template(["--set", set])?;
    }
    Ok(())
}

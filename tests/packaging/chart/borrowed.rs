//! Values that charts of other operators have, and of which this one has no use: what they are by default there is taken, anything else is
//! refused, so that nobody takes a value for an effect.

use crate::{chart::environment, helm::Helm};

fn drift(helm: &Helm, set: &str) -> anyhow::Result<String> {
    let variables = environment(&helm.objects(["--set", set])?)?;
    Ok(variables.into_iter().find(|(name, _)| name == "AGENTCORE_DRIFT_INTERVAL").unwrap_or_default().1)
}

#[test]
fn what_says_nothing_is_taken() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    let default = helm.template::<&str>([])?;
    for set in [
        "aws.accountId=",
        "aws.assumeRoleArn=",
        "defaults.deletionPolicy=Delete",
        "defaults.deletionPolicy=",
        "defaults.adoptionPolicy=Never",
        "defaults.driftCheckInterval=",
        "image.repository=",
        "leaderElection.leaseName=",
    ] {
        assert!(helm.template(["--set", set])? == default, "{set} has an effect");
    }
    for set in ["featureGates={}", "defaults={}", "prometheusRule.rules={}"] {
        assert!(helm.template(["--set-json", set])? == default, "{set} has an effect");
    }
    Ok(())
}

#[test]
fn what_would_do_nothing_is_refused_in_words() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    for (set, words) in [
        ("aws.accountId=111122223333", "aws.accountId has no effect"),
        ("aws.assumeRoleArn=arn:aws:iam::111122223333:role/a", "aws.assumeRoleArn has no effect"),
        ("defaults.deletionPolicy=Retain", "defaults.deletionPolicy: there is no default but Delete"),
        ("defaults.adoptionPolicy=Always", "defaults.adoptionPolicy: there is no default but Never"),
        ("featureGates.Discovery=true", "featureGates: there are none"),
        ("defaults.deletePolicy=Delete", "'deletePolicy' not allowed"),
    ] {
        // An account's number is a text; a gate is on or off.
        let way = if set.starts_with("featureGates") { "--set" } else { "--set-string" };
        let refusal = helm.refusal([way, set])?;
        assert!(refusal.contains(words), "{set}: {refusal}");
    }
    Ok(())
}

/// One interval under two names; two that differ are refused, whatever the defaults are.
#[test]
fn the_interval_of_drift_has_two_names() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    for (set, expected) in [
        ("reconcile.driftInterval=5m", "5m"),
        ("defaults.driftCheckInterval=10m", "10m"),
        ("defaults.driftCheckInterval=10m,reconcile.driftInterval=600s", "600s"),
        ("defaults.driftCheckInterval=", "60s"),
    ] {
        assert_eq!(drift(&helm, set)?, expected, "{set}");
    }
    for other in ["5m", "60s"] {
        let set = format!("defaults.driftCheckInterval=10m,reconcile.driftInterval={other}");
        let refusal = helm.refusal(["--set", &set])?;
        let words =
            format!("reconcile.driftInterval ({other}) and defaults.driftCheckInterval (10m) are the same setting");
        assert!(refusal.contains(&words), "{refusal}");
    }
    Ok(())
}

//! Every pod is what Pod Security calls restricted, and a little more.

use anyhow::Context;
use serde_json::{Value, json};

use crate::{chart::cases, helm::Helm};

/// The kinds of volumes that the restricted profile lets in.
const VOLUMES: [&str; 8] =
    ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected", "secret"];

/// What is wrong with a pod by the restricted profile. <https://kubernetes.io/docs/concepts/security/pod-security-standards/>
fn faults(pod: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for member in ["hostNetwork", "hostPID", "hostIPC"] {
        if pod[member] == true {
            faults.push(member.to_owned());
        }
    }
    for volume in pod["volumes"].as_array().into_iter().flatten() {
        let kinds = volume.as_object().into_iter().flatten().map(|(key, _)| key).filter(|key| *key != "name");
        faults.extend(kinds.filter(|kind| !VOLUMES.contains(&kind.as_str())).map(|kind| format!("a volume of {kind}")));
    }
    let whole = &pod["securityContext"];
    for member in ["sysctls", "seLinuxOptions", "windowsOptions"] {
        if !whole[member].is_null() {
            faults.push(member.to_owned());
        }
    }
    for container in containers(pod) {
        let name = &container["name"];
        faults.extend(container_faults(container, whole).into_iter().map(|fault| format!("{name}: {fault}")));
    }
    faults
}

fn containers(pod: &Value) -> impl Iterator<Item = &Value> {
    ["containers", "initContainers", "ephemeralContainers"]
        .into_iter()
        .filter_map(|list| pod[list].as_array())
        .flatten()
}

fn container_faults(container: &Value, whole: &Value) -> Vec<&'static str> {
    let own = &container["securityContext"];
    // A container's word holds before the pod's.
    let said = |member: &str| if own[member].is_null() { &whole[member] } else { &own[member] };
    let profile = &said("seccompProfile")["type"];
    let added = own["capabilities"]["add"].as_array().map_or(&[][..], Vec::as_slice);
    let mut ports = container["ports"].as_array().into_iter().flatten();
    [
        (own["privileged"] != true, "privileged"),
        (own["allowPrivilegeEscalation"] == false, "allowPrivilegeEscalation"),
        (own["capabilities"]["drop"] == json!(["ALL"]), "capabilities that are not dropped"),
        (added.iter().all(|one| one == "NET_BIND_SERVICE"), "capabilities that are added"),
        (said("runAsNonRoot") == true, "runAsNonRoot"),
        (said("runAsUser") != 0, "runAsUser"),
        (profile == "RuntimeDefault" || profile == "Localhost", "seccompProfile"),
        (own["procMount"].is_null() || own["procMount"] == "Default", "procMount"),
        (own["seLinuxOptions"].is_null(), "seLinuxOptions"),
        (ports.all(|port| port["hostPort"].is_null()), "hostPort"),
    ]
    .into_iter()
    .filter_map(|(is_kept, rule)| (!is_kept).then_some(rule))
    .collect()
}

/// The pod templates among objects.
pub(super) fn templates(objects: &[Value]) -> impl Iterator<Item = &Value> {
    objects
        .iter()
        .map(|object| &object["spec"]["template"])
        .filter(|template| template["spec"]["containers"].is_array())
}

#[test]
fn every_pod_is_restricted_in_every_case() -> anyhow::Result<()> {
    let helm = Helm::new()?;
    for case in cases()? {
        let objects = helm.objects(case.arguments())?;
        let mut pods = 0;
        for pod in templates(&objects).map(|template| &template["spec"]) {
            pods += 1;
            assert_eq!(faults(pod), Vec::<String>::new(), "{}", case.name);
            for container in containers(pod) {
                let (name, resources) = (&container["name"], &container["resources"]);
                let what = format!("{}: {name}", case.name);
                assert_eq!(container["securityContext"]["readOnlyRootFilesystem"], true, "{what}");
                assert!(
                    resources["requests"]["cpu"].is_string() && resources["requests"]["memory"].is_string(),
                    "{what}"
                );
                assert!(resources["limits"]["memory"].is_string(), "{what}");
                let image = container["image"].as_str().context("an image")?;
                let (_, version) = image.rsplit_once(':').with_context(|| format!("{what}: {image} has no version"))?;
                assert!(version != "latest" && !version.contains('/'), "{what}: {image}");
            }
            assert_eq!(pod["securityContext"]["runAsUser"], 65532, "{}", case.name);
            // The operator finishes its call within 20 seconds.
            assert!(pod["terminationGracePeriodSeconds"].as_u64() > Some(20), "{}", case.name);
        }
        assert_eq!(pods, 1, "{}", case.name);
    }
    Ok(())
}

/// The rules above find what they have to find.
#[test]
fn every_rule_finds_its_fault() -> anyhow::Result<()> {
    let objects = Helm::new()?.objects::<&str>([])?;
    let pod = &templates(&objects).next().context("a pod")?["spec"];
    let container = "/containers/0/securityContext";
    let table = [
        ("", json!({"hostNetwork": true}), "hostNetwork"),
        ("", json!({"hostPID": true}), "hostPID"),
        ("", json!({"hostIPC": true}), "hostIPC"),
        ("", json!({"volumes": [{"name": "a", "hostPath": {"path": "/"}}]}), "a volume of hostPath"),
        (
            "",
            json!({"securityContext": {"runAsNonRoot": true, "seccompProfile": {"type": "Unconfined"}}}),
            "seccompProfile",
        ),
        ("", json!({"securityContext": {"seccompProfile": {"type": "RuntimeDefault"}}}), "runAsNonRoot"),
        ("/securityContext", json!({"sysctls": [{"name": "a", "value": "b"}]}), "sysctls"),
        ("/containers/0", json!({"ports": [{"containerPort": 1, "hostPort": 1}]}), "hostPort"),
        (container, json!({"privileged": true}), "privileged"),
        (container, json!({"allowPrivilegeEscalation": true}), "allowPrivilegeEscalation"),
        (container, json!({"capabilities": {}}), "capabilities that are not dropped"),
        (container, json!({"capabilities": {"drop": ["ALL"], "add": ["SYS_ADMIN"]}}), "capabilities that are added"),
        (container, json!({"runAsNonRoot": false}), "runAsNonRoot"),
        (container, json!({"runAsUser": 0}), "runAsUser"),
        (container, json!({"procMount": "Unmasked"}), "procMount"),
        (container, json!({"seLinuxOptions": {"user": "a"}}), "seLinuxOptions"),
    ];
    for (place, members, fault) in table {
        let mut spoilt = pod.clone();
        let into = spoilt.pointer_mut(place).and_then(Value::as_object_mut).context("a place in the pod")?;
        into.extend(members.as_object().cloned().unwrap_or_default());
        let found = faults(&spoilt);
        assert!(found.len() == 1 && found[0].ends_with(fault), "{fault}: {found:?}");
    }
    Ok(())
}

//! What Elastic Load Balancing describes: load balancers, listeners, target groups.

mod describe;

use serde_json::{Value, json};

use super::account::{Account, Done};
use super::json::{has, list, text, texts};
use super::network::{Listener, LoadBalancer, TargetGroup};
use super::page;
use super::refusal::Refusal;

/// Entries on a page when the caller does not say.
const PAGE: usize = 400;
/// ARNs or names in one call.
const MOST_NAMED: usize = 20;

/// Performs an operation of ELB.
pub(super) fn perform(account: &Account, operation: &str, input: &Value) -> Result<Done, Refusal> {
    match operation {
        "DescribeLoadBalancers" => load_balancers(account, input),
        "DescribeLoadBalancerAttributes" => {
            let balancer = balancer(account, input)?;
            Ok(Done::read(json!({"Attributes": describe::attributes(&balancer.attributes)})))
        }
        "DescribeListeners" => listeners(account, input),
        "DescribeListenerCertificates" => listener_certificates(account, input),
        "DescribeRules" => rules(account, input),
        "DescribeTargetGroups" => target_groups(account, input),
        "DescribeTargetGroupAttributes" => {
            let group = target_group(account, input)?;
            Ok(Done::read(json!({"Attributes": describe::attributes(&group.attributes)})))
        }
        "DescribeTargetHealth" => {
            let group = target_group(account, input)?;
            let health = describe::target_health(&account.network, group, list(input, "/Targets"));
            Ok(Done::read(json!({"TargetHealthDescriptions": health})))
        }
        "DescribeTags" => tags(account, input),
        _ => Err(Refusal::front(501, "NotImplemented", format!("The emulation does not know {operation}."))),
    }
}

fn load_balancers(account: &Account, input: &Value) -> Result<Done, Refusal> {
    let (arns, names) = (texts(input, "/LoadBalancerArns"), texts(input, "/Names"));
    only_one(&[!arns.is_empty(), !names.is_empty()], "ARNs and names of load balancers")?;
    check_arns(&arns, "loadbalancer")?;
    let all = account.network.load_balancers.iter().collect();
    let asked: [Asked<'_, &LoadBalancer>; 2] = [(&arns, |it| it.arn.as_str()), (&names, |it| it.name.as_str())];
    let found = named(input, all, asked, no_load_balancer)?;
    let described = found.into_iter().map(|balancer| describe::load_balancer(&account.network, balancer)).collect();
    page(account, "LoadBalancers", described, input)
}

fn listeners(account: &Account, input: &Value) -> Result<Done, Refusal> {
    let arns = texts(input, "/ListenerArns");
    match (has(input, "/LoadBalancerArn"), arns.is_empty()) {
        (true, true) => {
            let balancer = balancer(account, input)?;
            let described = balancer.listeners.iter().map(|listener| describe::listener(balancer, listener)).collect();
            page(account, "Listeners", described, input)
        }
        (false, false) => {
            check_arns(&arns, "listener")?;
            let found: Vec<_> = arns.iter().map(|arn| listener(account, arn)).collect::<Result<_, _>>()?;
            let described = found.into_iter().map(|(balancer, it)| describe::listener(balancer, it)).collect();
            page(account, "Listeners", described, input)
        }
        _ => Err(invalid("You must specify either listener ARNs or a load balancer ARN")),
    }
}

fn listener_certificates(account: &Account, input: &Value) -> Result<Done, Refusal> {
    let arn = text(input, "/ListenerArn").unwrap_or_default();
    check_arn(arn, "listener")?;
    let (_, listener) = listener(account, arn)?;
    let mark = |(number, arn): (usize, &String)| json!({"CertificateArn": arn, "IsDefault": number == 0});
    page(account, "Certificates", listener.certificates.iter().enumerate().map(mark).collect(), input)
}

fn rules(account: &Account, input: &Value) -> Result<Done, Refusal> {
    let arns = texts(input, "/RuleArns");
    let described = match (text(input, "/ListenerArn"), arns.is_empty()) {
        (Some(arn), true) => {
            check_arn(arn, "listener")?;
            describe::rules(listener(account, arn)?.1)
        }
        (None, false) => {
            check_arns(&arns, "listener-rule")?;
            let all = account.network.load_balancers.iter().flat_map(|balancer| &balancer.listeners);
            let all: Vec<_> = all.flat_map(describe::rules).collect();
            let find = |arn: &String| all.iter().find(|rule| rule["RuleArn"] == json!(arn)).cloned();
            let found: Option<Vec<_>> = arns.iter().map(find).collect();
            found.ok_or_else(|| Refusal::new("RuleNotFound", "One or more rules not found"))?
        }
        _ => return Err(invalid("You must specify either listener rule ARNs or a listener ARN")),
    };
    page(account, "Rules", described, input)
}

fn target_groups(account: &Account, input: &Value) -> Result<Done, Refusal> {
    let (arns, names) = (texts(input, "/TargetGroupArns"), texts(input, "/Names"));
    let of_balancer = has(input, "/LoadBalancerArn");
    only_one(&[!arns.is_empty(), !names.is_empty(), of_balancer], "A load balancer, ARNs and names of target groups")?;
    check_arns(&arns, "targetgroup")?;
    let network = &account.network;
    let mut all: Vec<_> = network.target_groups.iter().collect();
    if of_balancer {
        let wanted = balancer(account, input)?;
        all.retain(|group| network.load_balancers_of(group).any(|balancer| balancer.arn == wanted.arn));
    }
    let asked: [Asked<'_, &TargetGroup>; 2] = [(&arns, |it| it.arn.as_str()), (&names, |it| it.name.as_str())];
    let found = named(input, all, asked, |_| no_target_group())?;
    let described = found.into_iter().map(|group| describe::target_group(network, group)).collect();
    page(account, "TargetGroups", described, input)
}

fn tags(account: &Account, input: &Value) -> Result<Done, Refusal> {
    let arns = texts(input, "/ResourceArns");
    if arns.is_empty() || arns.len() > MOST_NAMED {
        return Err(invalid(format!("Between 1 and {MOST_NAMED} resource ARNs must be specified")));
    }
    let describe = |arn: &String| {
        let network = &account.network;
        let tags = if let Some(balancer) = network.load_balancers.iter().find(|it| it.arn == *arn) {
            describe::tags(&balancer.tags)
        } else if let Some(group) = network.target_groups.iter().find(|it| it.arn == *arn) {
            describe::tags(&group.tags)
        } else if arn.contains(":listener/") {
            listener(account, arn).map(|_| Vec::new())?
        } else if arn.contains(":targetgroup/") {
            return Err(no_target_group());
        } else if arn.contains(":loadbalancer/") {
            return Err(no_load_balancer(arn));
        } else {
            return Err(invalid(format!("'{arn}' is not a valid resource ARN")));
        };
        Ok(json!({"ResourceArn": arn, "Tags": tags}))
    };
    let described: Vec<_> = arns.iter().map(describe).collect::<Result<_, _>>()?;
    Ok(Done::read(json!({"TagDescriptions": described})))
}

/// What is asked for, and what is compared with it.
type Asked<'a, T> = (&'a [String], fn(&T) -> &str);

/// Those of `all` that are asked for by one of two lists, none of which may be missing; all when nothing is asked for.
fn named<T>(
    input: &Value,
    all: Vec<T>,
    asked: [Asked<'_, T>; 2],
    missing: fn(&str) -> Refusal,
) -> Result<Vec<T>, Refusal> {
    let Some((wanted, name)) = asked.into_iter().find(|(wanted, _)| !wanted.is_empty()) else { return Ok(all) };
    if wanted.len() > MOST_NAMED {
        return Err(invalid(format!("At most {MOST_NAMED} can be described by name or ARN in one call")));
    }
    if has(input, "/PageSize") || has(input, "/Marker") {
        return Err(invalid("Names and ARNs cannot be specified together with a page size or a marker"));
    }
    if let Some(absent) = wanted.iter().find(|wanted| !all.iter().any(|it| name(it) == wanted.as_str())) {
        return Err(missing(absent));
    }
    Ok(all.into_iter().filter(|it| wanted.iter().any(|wanted| name(it) == wanted)).collect())
}

fn page(account: &Account, member: &str, entries: Vec<Value>, input: &Value) -> Result<Done, Refusal> {
    let asked_for = ["/LoadBalancerArns", "/Names", "/ListenerArns", "/RuleArns", "/TargetGroupArns"];
    // Whoever names what they want gets all of it.
    let own = if asked_for.iter().any(|list| has(input, list)) { PAGE } else { account.options.page_size };
    let wanted = input["PageSize"].as_u64().and_then(|size| usize::try_from(size).ok()).unwrap_or(PAGE);
    let scope = format!("{member} {} {}", input["LoadBalancerArn"], input["ListenerArn"]);
    let Some((items, next)) = page::cut(&scope, page::numbered(entries), text(input, "/Marker"), wanted.min(own))
    else {
        return Err(invalid("The marker is not valid"));
    };
    let mut answer = json!({member: items});
    if let Some(marker) = next {
        answer["NextMarker"] = json!(marker);
    }
    Ok(Done::read(answer))
}

fn balancer<'a>(account: &'a Account, input: &Value) -> Result<&'a LoadBalancer, Refusal> {
    let arn = text(input, "/LoadBalancerArn").unwrap_or_default();
    check_arn(arn, "loadbalancer")?;
    let found = account.network.load_balancers.iter().find(|balancer| balancer.arn == arn);
    found.ok_or_else(|| no_load_balancer(arn))
}

fn listener<'a>(account: &'a Account, arn: &str) -> Result<(&'a LoadBalancer, &'a Listener), Refusal> {
    let all = account.network.load_balancers.iter();
    let mut all = all.flat_map(|balancer| balancer.listeners.iter().map(move |listener| (balancer, listener)));
    let found = all.find(|(_, listener)| listener.arn == arn);
    found.ok_or_else(|| Refusal::new("ListenerNotFound", "One or more listeners not found"))
}

fn target_group<'a>(account: &'a Account, input: &Value) -> Result<&'a TargetGroup, Refusal> {
    let arn = text(input, "/TargetGroupArn").unwrap_or_default();
    check_arn(arn, "targetgroup")?;
    let found = account.network.target_groups.iter().find(|group| group.arn == arn);
    found.ok_or_else(no_target_group)
}

fn check_arns(arns: &[String], resource: &str) -> Result<(), Refusal> {
    arns.iter().try_for_each(|arn| check_arn(arn, resource))
}

fn check_arn(arn: &str, resource: &str) -> Result<(), Refusal> {
    let parts: Vec<_> = arn.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "elasticloadbalancing", _, _, path] if path.split('/').next() == Some(resource) => Ok(()),
        _ => Err(invalid(format!("'{arn}' is not a valid {resource} ARN"))),
    }
}

fn only_one(given: &[bool], what: &str) -> Result<(), Refusal> {
    if given.iter().filter(|given| **given).count() > 1 {
        return Err(invalid(format!("{what} cannot be specified at the same time")));
    }
    Ok(())
}

fn no_load_balancer(which: &str) -> Refusal {
    Refusal::new("LoadBalancerNotFound", format!("Load balancers '[{which}]' not found"))
}

fn no_target_group() -> Refusal {
    Refusal::new("TargetGroupNotFound", "One or more target groups not found")
}

/// A refusal that every operation of ELB has and the model does not mention.
fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::front(400, "ValidationError", message)
}

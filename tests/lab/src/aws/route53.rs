//! What Route 53 tells about private hosted zones.

use serde_json::{Value, json};

use super::account::{Account, Done};
use super::json::{has, text};
use super::network::{HostedZone, Record, RecordData, RecordKind, ZoneOwner};
use super::page;
use super::refusal::Refusal;

/// Zones on a page when the caller does not say, and at most.
const MOST_ZONES: usize = 100;
/// Records on a page when the caller does not say, and at most.
const MOST_RECORDS: usize = 300;

/// `ListHostedZonesByVPC`, which shows the zones of other accounts and of services as well.
pub(super) fn list_zones(account: &Account, input: &Value) -> Result<Done, Refusal> {
    let (vpc, region) = (text(input, "/VPCId").unwrap_or_default(), text(input, "/VPCRegion").unwrap_or_default());
    let most = most(input, MOST_ZONES)?;
    if region != account.options.region || account.network.vpc(vpc).is_none() {
        let message = format!("The VPC {vpc} in region {region} that you provided is not a VPC of this account.");
        return Err(Refusal::front(400, "InvalidVPCId", message));
    }
    let zones = account.network.hosted_zones.iter().filter(|zone| zone.is_seen_from(region, vpc));
    let summaries: Vec<_> = zones.map(summary).collect();
    let (token, size) = (text(input, "/NextToken"), most.min(account.options.page_size));
    let Some((page, next)) = page::cut(&format!("zones of {vpc}"), page::numbered(summaries), token, size) else {
        return Err(Refusal::new("InvalidPaginationToken", "The pagination token is not valid."));
    };
    let mut answer = json!({"HostedZoneSummaries": page, "MaxItems": most.to_string()});
    if let Some(token) = next {
        answer["NextToken"] = json!(token);
    }
    Ok(Done::read(answer))
}

/// `ListResourceRecordSets`, which only the owner of a zone may call.
pub(super) fn list_records(account: &Account, input: &Value) -> Result<Done, Refusal> {
    let id = text(input, "/HostedZoneId").unwrap_or_default();
    let most = most(input, MOST_RECORDS)?;
    let Some(zone) = account.network.hosted_zones.iter().find(|zone| zone.id == id) else {
        return Err(Refusal::new("NoSuchHostedZone", format!("No hosted zone found with ID: {id}")));
    };
    if zone.owner != ZoneOwner::Account(account.options.account.clone()) {
        let message = format!("User: {} is not authorized to access this resource", account.caller());
        return Err(Refusal::front(403, "AccessDenied", message));
    }
    if has(input, "/StartRecordType") && !has(input, "/StartRecordName") {
        return Err(Refusal::new("InvalidInput", "A type to start with needs a name to start with."));
    }
    if has(input, "/StartRecordIdentifier") && !has(input, "/StartRecordType") {
        return Err(Refusal::new("InvalidInput", "An identifier to start with needs a name and a type to start with."));
    }
    let start = text(input, "/StartRecordName").map(|name| {
        let kind = text(input, "/StartRecordType").unwrap_or_default().to_owned();
        (order(&name.replace("\\052", "*")), kind)
    });
    let mut records = all(zone);
    records.retain(|record| start.as_ref().is_none_or(|start| position(record) >= *start));
    Ok(Done::read(page_of(&records, most, most.min(account.options.page_size).max(1))))
}

fn page_of(records: &[Record], most: usize, size: usize) -> Value {
    let (page, rest) = records.split_at(size.min(records.len()));
    let mut answer = json!({
        "ResourceRecordSets": page.iter().map(describe).collect::<Vec<_>>(),
        "IsTruncated": !rest.is_empty(),
        "MaxItems": most.to_string(),
    });
    if let Some(next) = rest.first() {
        answer["NextRecordName"] = json!(written(&next.name));
        answer["NextRecordType"] = json!(next.kind.name());
    }
    answer
}

/// Every record of a zone in Route 53's order: by name, the last label first, then by type.
fn all(zone: &HostedZone) -> Vec<Record> {
    let mut records = zone.records.clone();
    let servers = ["ns-0", "ns-512", "ns-1024", "ns-1536"].map(|name| format!("{name}.awsdns-00.com."));
    let start = "ns-0.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400";
    for (kind, ttl, values) in
        [(RecordKind::Ns, 172_800, servers.to_vec()), (RecordKind::Soa, 900, vec![start.to_owned()])]
    {
        if !records.iter().any(|record| record.name == zone.name && record.kind == kind) {
            records.push(Record { name: zone.name.clone(), kind, data: RecordData::Values(ttl, values) });
        }
    }
    records.sort_by_key(position);
    records
}

fn position(record: &Record) -> (String, String) {
    (order(&record.name), record.kind.name().to_owned())
}

/// A name as it is sorted: its labels from the last to the first, each with its dot.
fn order(name: &str) -> String {
    let labels = name.trim_end_matches('.').rsplit('.').map(|label| format!("{}.", label.to_lowercase()));
    labels.collect()
}

/// A name as Route 53 writes it: with a dot at the end and a code for the star.
fn written(name: &str) -> String {
    format!("{}.", name.trim_end_matches('.').replace('*', "\\052"))
}

fn describe(record: &Record) -> Value {
    let mut described = json!({"Name": written(&record.name), "Type": record.kind.name()});
    match &record.data {
        RecordData::Values(ttl, values) => {
            described["TTL"] = json!(ttl);
            described["ResourceRecords"] = values.iter().map(|value| json!({"Value": value})).collect();
        }
        RecordData::Alias { name, zone } => {
            described["AliasTarget"] =
                json!({"DNSName": written(name), "HostedZoneId": zone, "EvaluateTargetHealth": true});
        }
    }
    described
}

fn summary(zone: &HostedZone) -> Value {
    let owner = match &zone.owner {
        ZoneOwner::Account(account) => json!({"OwningAccount": account}),
        ZoneOwner::Service(service) => json!({"OwningService": service}),
    };
    json!({"HostedZoneId": zone.id, "Name": written(&zone.name), "Owner": owner})
}

/// How many entries a caller wants at most: a number that travels as text.
fn most(input: &Value, limit: usize) -> Result<usize, Refusal> {
    let Some(given) = text(input, "/MaxItems") else { return Ok(limit) };
    match given.parse() {
        Ok(number) if (1..=limit).contains(&number) => Ok(number),
        _ => Err(Refusal::new("InvalidInput", format!("MaxItems must be a number from 1 to {limit}."))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_from_the_last_label() {
        let mut names =
            ["b.example.com", "*.example.com", "example.com", "x.a.example.com", "a.example.com", "a-b.example.com"];
        names.sort_by_key(|name| order(name));
        let sorted =
            ["example.com", "*.example.com", "a-b.example.com", "a.example.com", "x.a.example.com", "b.example.com"];
        assert_eq!(names, sorted);
        assert_eq!(written("*.example.com"), "\\052.example.com.");
    }
}

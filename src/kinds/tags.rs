//! Tags: what is asked for, what AWS has, and the one call that brings them nearer.

use std::collections::{BTreeMap, HashMap};

use super::refused;
use crate::{
    aws::{
        Absent, Aws, Fault,
        ownership::{Identity, TAG_PREFIX as MARKER},
    },
    plan::{Hold, Reason},
};

/// Tags as the SDK has them.
pub type Tags = HashMap<String, String>;

/// One call that changes tags.
#[derive(Debug, Clone, PartialEq)]
pub enum TagChange {
    /// Sets these; others stay.
    Set(Tags),
    /// Removes these keys.
    Remove(Vec<String>),
}

impl TagChange {
    /// Whether another change asks for nothing but what this one did.
    pub fn covers(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Set(sent), Self::Set(tags)) => tags.iter().all(|(key, value)| sent.get(key) == Some(value)),
            (Self::Remove(sent), Self::Remove(keys)) => keys.iter().all(|key| sent.contains(key)),
            (Self::Set(_), Self::Remove(_)) | (Self::Remove(_), Self::Set(_)) => false,
        }
    }
}

/// The tags that an object should carry: the operator's default tags, the spec's over them, and the marker over both.
pub fn wanted(
    identity: &Identity,
    defaults: &BTreeMap<String, String>,
    spec: &BTreeMap<String, String>,
) -> BTreeMap<String, String> {
    let mut tags: BTreeMap<String, String> = defaults.clone().into_iter().chain(spec.clone()).collect();
    tags.extend(identity.tags());
    tags
}

/// The keys of tags that were asked for; the marker's are nobody's to ask for.
pub fn keys(wanted: &BTreeMap<String, String>, identity: &Identity) -> Vec<String> {
    let marker = identity.tags();
    wanted.keys().filter(|key| !marker.contains_key(*key)).cloned().collect()
}

/// The next call, if tags differ. Only keys that we applied are ever removed.
pub fn difference(wanted: &BTreeMap<String, String>, applied: &[String], actual: &Tags) -> Option<TagChange> {
    let missing: HashMap<_, _> = wanted
        .iter()
        .filter(|(key, value)| actual.get(*key) != Some(value))
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if !missing.is_empty() {
        return Some(TagChange::Set(missing));
    }
    let mut stale: Vec<String> =
        applied.iter().filter(|key| !wanted.contains_key(*key) && actual.contains_key(*key)).cloned().collect();
    stale.sort();
    (!stale.is_empty()).then_some(TagChange::Remove(stale))
}

/// The call that puts the marker on, where it is missing: before anything else, so that nobody else takes the object meanwhile.
pub fn unmarked(identity: &Identity, wanted: &BTreeMap<String, String>, actual: Option<&Tags>) -> Option<TagChange> {
    let marker = identity.tags();
    let is_marked = |actual: &Tags| marker.iter().all(|(key, value)| actual.get(key) == Some(value));
    let actual = actual.filter(|actual| !is_marked(actual))?;
    difference(wanted, &[], actual)
}

/// What becomes of tags, as people read it; the marker's are not worth a word.
pub fn told(wanted: &BTreeMap<String, String>, actual: Option<&Tags>) -> Option<String> {
    let is_other = |(key, value): &(&String, &String)| actual.and_then(|actual| actual.get(*key)) != Some(*value);
    let keys: Vec<&str> = wanted.iter().filter(is_other).map(|(key, _)| key.as_str()).collect();
    let keys: Vec<&str> = keys.into_iter().filter(|key| !key.starts_with(MARKER)).collect();
    (!keys.is_empty()).then(|| format!("tags are set: {}", keys.join(", ")))
}

/// The tags of the object with this ARN, in whichever service it is; `None` when there is no such object.
///
/// # Errors
///
/// AWS did not tell.
pub async fn read(aws: &Aws, arn: &str) -> Result<Option<Tags>, Fault> {
    const OPERATION: &str = "ListTagsForResource";
    let tags = if is_lattice(arn) {
        let list = aws.lattice().list_tags_for_resource().resource_arn(arn);
        aws.call(OPERATION, list.send()).await.absent()?.map(|answer| answer.tags)
    } else {
        let list = aws.agentcore().list_tags_for_resource().resource_arn(arn);
        aws.call(OPERATION, list.send()).await.absent()?.map(|answer| answer.tags)
    };
    Ok(tags.map(Option::unwrap_or_default))
}

/// Makes one change to the tags of the object with this ARN.
///
/// # Errors
///
/// Who must act, when AWS did not take it.
pub async fn change(aws: &Aws, arn: &str, change: TagChange) -> Result<Hold, Hold> {
    let answer = match (change, is_lattice(arn)) {
        (TagChange::Set(tags), true) => {
            let request = aws.lattice().tag_resource().resource_arn(arn).set_tags(Some(tags));
            aws.call("TagResource", request.send()).await.map(drop)
        }
        (TagChange::Set(tags), false) => {
            let request = aws.agentcore().tag_resource().resource_arn(arn).set_tags(Some(tags));
            aws.call("TagResource", request.send()).await.map(drop)
        }
        (TagChange::Remove(keys), true) => {
            let request = aws.lattice().untag_resource().resource_arn(arn).set_tag_keys(Some(keys));
            aws.call("UntagResource", request.send()).await.map(drop)
        }
        (TagChange::Remove(keys), false) => {
            let request = aws.agentcore().untag_resource().resource_arn(arn).set_tag_keys(Some(keys));
            aws.call("UntagResource", request.send()).await.map(drop)
        }
    };
    answer.map(|()| Hold::waiting(Reason::Updating, "The tags were changed")).map_err(refused)
}

fn is_lattice(arn: &str) -> bool {
    arn.split(':').nth(2) == Some("vpc-lattice")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> HashMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn sorted(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        tags(pairs).into_iter().collect()
    }

    #[test]
    fn every_difference_is_one_call() {
        let applied = ["team".to_owned(), "old".to_owned()];
        let table = [
            ("the same", tags(&[("team", "a")]), None),
            ("another's tag is left alone", tags(&[("team", "a"), ("aws:x", "y"), ("cost", "1")]), None),
            ("changed", tags(&[("team", "b")]), Some(TagChange::Set(tags(&[("team", "a")])))),
            ("lost", tags(&[]), Some(TagChange::Set(tags(&[("team", "a")])))),
            ("no longer asked for", tags(&[("team", "a"), ("old", "1")]), Some(TagChange::Remove(vec!["old".into()]))),
            ("both: setting comes first", tags(&[("old", "1")]), Some(TagChange::Set(tags(&[("team", "a")])))),
        ];
        for (case, actual, expected) in table {
            assert_eq!(difference(&sorted(&[("team", "a")]), &applied, &actual), expected, "{case}");
        }
    }

    #[test]
    fn what_was_sent_covers_part_of_it_and_nothing_else() {
        let (set, removed) =
            (TagChange::Set(tags(&[("team", "a"), ("env", "b")])), TagChange::Remove(vec!["old".into()]));
        let table = [
            (&set, TagChange::Set(tags(&[("team", "a")])), true),
            (&set, TagChange::Set(tags(&[("team", "b")])), false),
            (&set, TagChange::Set(tags(&[("team", "a"), ("new", "1")])), false),
            (&set, removed.clone(), false),
            (&removed, TagChange::Remove(vec!["old".into()]), true),
            (&removed, TagChange::Remove(vec!["older".into()]), false),
            (&removed, TagChange::Set(tags(&[("old", "1")])), false),
        ];
        for (sent, change, expected) in table {
            assert_eq!(sent.covers(&change), expected, "{sent:?} {change:?}");
        }
    }

    #[test]
    fn the_marker_is_over_all_and_the_spec_over_defaults() {
        let identity = Identity { cluster: "c".into(), namespace: "n".into(), name: "o".into(), uid: "u".into() };
        let defaults = [("team".to_owned(), "default".to_owned()), ("env".to_owned(), "prod".to_owned())].into();
        let spec =
            [("team".to_owned(), "spec".to_owned()), ("tools.agentcore.dev/uid".to_owned(), "forged".to_owned())]
                .into();
        let tags = wanted(&identity, &defaults, &spec);
        assert_eq!(tags["team"], "spec");
        assert_eq!(tags["env"], "prod");
        assert_eq!(tags["tools.agentcore.dev/uid"], "u");
    }
}

//! Structs in structs.

use super::*;

/// A struct whose only member is a struct.
#[derive(Debug, Clone, PartialEq, Default)]
struct BoxSpec {
    content: Option<RoundSpec>,
}

#[derive(Debug, Clone, PartialEq, Default)]
struct BoxAws {
    content: Option<Round>,
}

overlay! { BoxSpec => BoxAws, blank Ok::<_, BuildError>(BoxAws::default()); { content: owned } }

#[test]
fn what_aws_filled_in_stays_however_deep_it_is() {
    let mut aws = Some(BoxAws { content: Some(round(Some(1), Some("old"))) });
    owned(None::<&BoxSpec>, &mut aws).unwrap();
    assert_eq!(aws, Some(BoxAws { content: Some(round(Some(1), None)) }));
}

//! `docs/security.md`: what defends against each threat is shown by a test that there is.

use super::{markdown, page};

/// Each row of the tables of threats ends with the tests that show it: `tests/scenarios/tenancy.rs::name`.
#[test]
fn threats_are_met_by_tests_that_exist() -> anyhow::Result<()> {
    let text = page::read("docs/security.md")?;
    let rows: Vec<&str> = markdown::lines(&text).map(|line| line.text).filter(|line| is_threat(line)).collect();
    assert!(rows.len() >= 20, "only {} threats were read", rows.len());
    let mut complaints = Vec::new();
    for row in rows {
        let cell = row.trim_end_matches(" |").rsplit(" | ").next().unwrap_or_default();
        if cell.starts_with("none: ") {
            continue;
        }
        let tests: Vec<&str> = cell.split('`').skip(1).step_by(2).collect();
        if tests.is_empty() {
            complaints.push(format!("no test, and no word why there is none: {row}"));
        }
        for test in tests {
            complaints.extend(missing(test).map(|why| format!("{test}: {why}")));
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    Ok(())
}

/// A row of threats begins with its number: `| A1 |`.
fn is_threat(line: &str) -> bool {
    let number = line.strip_prefix("| ").and_then(|rest| rest.split_once(" |")).map(|(number, _)| number);
    number.is_some_and(|number| {
        number.len() <= 3
            && number.starts_with(|char: char| char.is_ascii_uppercase())
            && number.ends_with(char::is_numeric)
    })
}

fn missing(test: &str) -> Option<String> {
    let Some((file, name)) = test.split_once("::") else { return Some("name it as file::function".to_owned()) };
    let Ok(source) = page::read(file) else { return Some("there is no such file".to_owned()) };
    let is_there = [format!("fn {name}("), format!("fn {name}<")].iter().any(|head| source.contains(head.as_str()));
    (!is_there).then(|| "the file has no such test".to_owned())
}

#[test]
fn a_test_that_is_not_there_is_noticed() {
    assert_eq!(missing("tests/docs/evidence.rs::a_test_that_is_not_there_is_noticed"), None);
    assert!(missing("tests/docs/evidence.rs::no_such_test").is_some());
    assert!(missing("tests/no/such/file.rs::x").is_some());
    assert!(is_threat("| A1 | words |") && !is_threat("| Threat | words |") && !is_threat("|---|"));
}

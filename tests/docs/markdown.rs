//! As much of Markdown as pages need: what is code, where links lead, and which anchors there are.

use std::collections::{BTreeMap, BTreeSet};

/// A line of a page.
pub(crate) struct Line<'page> {
    /// Counted from 1.
    pub(crate) number: usize,
    pub(crate) text: &'page str,
    /// The word behind the fence that the line is in, which may be empty; `None`: it is prose.
    pub(crate) fence: Option<&'page str>,
}

/// The lines of a page. Fences themselves are none.
pub(crate) fn lines(page: &str) -> impl Iterator<Item = Line<'_>> {
    let mut fence = None;
    page.lines().enumerate().filter_map(move |(index, text)| {
        if let Some(word) = text.trim_start().strip_prefix("```") {
            fence = if fence.is_some() { None } else { Some(word.trim()) };
            return None;
        }
        Some(Line { number: index + 1, text, fence })
    })
}

/// The blocks between fences of a language, each with the number of its first line.
pub(crate) fn blocks(page: &str, language: &str) -> Vec<(usize, String)> {
    let mut blocks: Vec<(usize, String)> = Vec::new();
    let mut last = 0;
    for line in lines(page).filter(|line| line.fence == Some(language)) {
        match blocks.last_mut().filter(|_| last + 1 == line.number) {
            Some((_, block)) => *block = format!("{block}{}\n", line.text),
            None => blocks.push((line.number, format!("{}\n", line.text))),
        }
        last = line.number;
    }
    blocks
}

/// What stands between backticks in the prose of a page, each with its line.
pub(crate) fn code(page: &str) -> Vec<(usize, String)> {
    let prose = lines(page).filter(|line| line.fence.is_none());
    prose
        .flat_map(|line| line.text.split('`').skip(1).step_by(2).map(move |span| (line.number, span.to_owned())))
        .collect()
}

/// Where the links of a page lead, each with its line. What stands in code is no link.
pub(crate) fn links(page: &str) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    for line in lines(page).filter(|line| line.fence.is_none()) {
        let prose: Vec<&str> = line.text.split('`').step_by(2).collect();
        // A link's words may be code: `[`x`](y)` leaves `[` and `](y)`.
        let prose = prose.join("");
        for rest in prose.split("](").skip(1) {
            if let Some((target, _)) = rest.split_once(')') {
                links.push((line.number, target.to_owned()));
            }
        }
    }
    links
}

/// The anchors of a page's headings, as GitHub makes them.
pub(crate) fn anchors(page: &str) -> BTreeSet<String> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = BTreeSet::new();
    for line in lines(page).filter(|line| line.fence.is_none()) {
        let heading = line.text.trim_start_matches('#');
        if heading.len() == line.text.len() || !heading.starts_with(' ') {
            continue;
        }
        let slug = anchor(heading.trim());
        let times = seen.entry(slug.clone()).and_modify(|times| *times += 1).or_insert(0);
        anchors.insert(if *times == 0 { slug } else { format!("{slug}-{times}") });
    }
    anchors
}

/// The anchor of a heading.
pub(crate) fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|char| char.is_alphanumeric() || matches!(char, ' ' | '-' | '_'));
    kept.flat_map(char::to_lowercase).map(|char| if char == ' ' { '-' } else { char }).collect()
}

/// A text as the cell of a table.
pub(crate) fn cell(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

#[test]
fn links_anchors_and_code_are_told_apart() {
    let page = "# A `b` c.d\n## A\n## A\nSee [it](x.md#y) and [`z`](w.md), not `[n](o)`.\n```yaml\n# no heading\n[p](q)\n```\n";
    assert_eq!(links(page), [(4, "x.md#y".to_owned()), (4, "w.md".to_owned())]);
    assert_eq!(anchors(page), ["a-b-cd", "a", "a-1"].map(str::to_owned).into());
    assert_eq!(blocks(page, "yaml"), [(6, "# no heading\n[p](q)\n".to_owned())]);
    assert_eq!(code(page).into_iter().map(|(_, span)| span).collect::<Vec<_>>(), ["b", "z", "[n](o)"]);
    assert_eq!(cell("a |\n b"), "a \\| b");
}

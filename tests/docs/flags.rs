//! `docs/reference/flags.md`, from what the program itself says of its flags.

use std::{fmt::Write as _, process::Command};

use anyhow::Context;

use super::{markdown::cell, page};

/// A flag, or a verb's argument, as `--help` shows it.
#[derive(Debug, Default)]
pub(crate) struct Flag {
    /// With its dashes: `--drift-interval`.
    pub(crate) name: String,
    /// The environment variable that stands for it, where there is one.
    pub(crate) variable: String,
    default: String,
    values: String,
    meaning: String,
}

/// The flags of the program without a verb.
pub(crate) fn flags() -> anyhow::Result<Vec<Flag>> {
    Ok(parsed(&help(&[])?))
}

/// The flags of the program's verbs.
pub(crate) fn flags_of_verbs() -> anyhow::Result<Vec<Flag>> {
    Ok(parsed(&help(&["crds"])?))
}

/// The page.
pub(crate) fn flags_page() -> anyhow::Result<String> {
    let mut page = format!(
        "# Command line\n\n{}\n\n\
         Without a verb `agentcore-gateway-operator` runs the operator. Each flag can be given as an environment variable instead; a flag wins \
         over its variable, and an empty variable says nothing. The chart sets them from its values ([install](../install.md)); what it has no \
         value for goes into `extraArgs`.\n\n\
         Durations are numbers with a unit, like `60s` or `5m`. Lists are separated by commas. A switch, true or false, is on when it is given \
         without a value: `--leader-elect`.\n\n\
         | Flag | Variable | Default | Meaning |\n|---|---|---|---|\n",
        page::MADE
    );
    for flag in flags()? {
        let code = |text: &str| if text.is_empty() { String::new() } else { format!("`{text}`") };
        let values = if flag.values.is_empty() { String::new() } else { format!(". One of: {}", flag.values) };
        writeln!(
            page,
            "| {} | {} | {} | {} |",
            code(&flag.name),
            code(&flag.variable),
            code(&flag.default),
            cell(&format!("{}{values}", flag.meaning))
        )?;
    }
    page.push_str(ELSEWHERE);
    page.push_str("\n## Verbs\n\n| Verb | Meaning |\n|---|---|\n");
    for line in help(&[])?.lines().skip_while(|line| !line.starts_with("Commands:")).skip(1) {
        let Some((verb, meaning)) = line.trim().split_once("  ") else { break };
        writeln!(page, "| `{verb}` | {} |", cell(meaning))?;
    }
    page.push_str("\n`crds` takes:\n\n| Flag | Meaning |\n|---|---|\n");
    for flag in flags_of_verbs()? {
        writeln!(page, "| `{}` | {} |", flag.name, cell(&flag.meaning))?;
    }
    Ok(page)
}

/// What is read from the environment, and is no flag.
const ELSEWHERE: &str = "
## Variables that are no flags

| Variable | Meaning |
|---|---|
| `AWS_REGION` | the region; must be set, by EKS or by you |
| `AWS_ENDPOINT_URL`, `AWS_USE_FIPS_ENDPOINT`, `AWS_USE_DUALSTACK_ENDPOINT`, `AWS_PROFILE`, ... | as in all of AWS's tools |
| `KUBECONFIG` | the cluster, outside of a pod |
| `HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY` | proxies, for AWS |
| `SSL_CERT_FILE`, `SSL_CERT_DIR` | root certificates, in place of the image's: for AWS, for collectors, and for servers that are called before they are registered. Name a bundle that has the public authorities, too: with a private one alone no call of AWS succeeds |
| `RUST_LOG` | the log level per module; bodies of requests and answers are never logged, whatever it says |
";

fn help(verb: &[&str]) -> anyhow::Result<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_agentcore-gateway-operator"))
        .args(verb)
        .arg("--help")
        // The help shows what variables are set to.
        .env_clear()
        .output()?;
    anyhow::ensure!(output.status.success(), "--help failed: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).context("the help is no text")
}

fn parsed(help: &str) -> Vec<Flag> {
    let mut flags: Vec<Flag> = Vec::new();
    for line in help.lines().skip_while(|line| !line.starts_with("Options:")).skip(1) {
        let text = line.trim();
        if text.starts_with("--") || text.starts_with("-h,") || text.starts_with("-V,") {
            // `-h, --help  Print help` says all in one line; of others the meaning follows.
            let (head, meaning) = text.split_once("  ").unwrap_or((text, ""));
            let name = head.split_whitespace().find(|word| word.starts_with("--")).unwrap_or_default();
            flags.push(Flag { name: name.to_owned(), meaning: meaning.trim().to_owned(), ..Flag::default() });
        } else if let Some(flag) = flags.last_mut() {
            flag.meaning = plain(&format!("{} {text}", flag.meaning));
        }
    }
    for flag in &mut flags {
        flag.variable = taken(&mut flag.meaning, "env").replace('=', "");
        flag.default = taken(&mut flag.meaning, "default").replace('"', "");
        flag.values = taken(&mut flag.meaning, "possible values");
    }
    flags
}

/// Takes `[word: value]` out of a meaning.
fn taken(meaning: &mut String, word: &str) -> String {
    let Some((before, rest)) = meaning.split_once(&format!("[{word}: ")) else { return String::new() };
    // A value may hold brackets: `HOST[:PORT]`. The end is the bracket at the end, or before the next one of these.
    let end = rest.find("] [").unwrap_or_else(|| rest.rfind(']').unwrap_or(rest.len()));
    let (value, after) = (rest[..end].to_owned(), rest.get(end + 1..).unwrap_or_default().to_owned());
    *meaning = plain(&format!("{before}{after}"));
    value
}

fn plain(text: &str) -> String {
    text.trim().to_owned()
}

#[test]
fn help_is_read_in_both_of_its_forms() {
    let help = "Options:\n      --a <A>\n          First: [B[:C]] [env: AGENTCORE_A=] [default: 60s]\n      --b <B>\n          Second\n          \
                \n          [possible values: x, y]\n  -h, --help  Print help\n";
    let flags = parsed(help);
    let told: Vec<_> =
        flags.iter().map(|it| (&*it.name, &*it.variable, &*it.default, &*it.values, &*it.meaning)).collect();
    assert_eq!(
        told,
        [
            ("--a", "AGENTCORE_A", "60s", "", "First: [B[:C]]"),
            ("--b", "", "", "x, y", "Second"),
            ("--help", "", "", "", "Print help"),
        ]
    );
}

/// Every flag of the operator can be a variable, by one rule.
#[test]
fn variables_are_named_after_flags() -> anyhow::Result<()> {
    let flags = flags()?;
    assert!(flags.len() > 15, "only {} flags were read", flags.len());
    for flag in flags.iter().filter(|flag| !["--help", "--version"].contains(&flag.name.as_str())) {
        let expected = format!("AGENTCORE_{}", flag.name.trim_start_matches('-').replace('-', "_").to_uppercase());
        assert_eq!(flag.variable, expected, "{}", flag.name);
        assert!(!flag.meaning.is_empty(), "{} has no meaning", flag.name);
    }
    Ok(())
}

//! The bill of materials of a program: what is in it, under which licence, and from which archive.
//!
//! It is derived from the list that `cargo auditable` puts into the program, so it says what is there and not what might be; Cargo's metadata
//! adds the licences and `Cargo.lock` the checksums. It lies beside the image in the registry, as what refers to the manifest (OCI
//! distribution specification, "Listing Referrers"): the image stays small, and whoever copies it with its referrers has both.
//! The form is `CycloneDX` 1.6.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context;
use auditable_serde::{DependencyKind, Package, VersionInfo};
use serde_json::{Value, json};

use super::checkout::Checkout;
use super::layer::AUTHORITIES;
use super::layout::{Blob, Layout, MANIFEST};
use super::platform::Platform;
use super::stamp::Stamp;
use super::workshop::Workshop;

/// What a bill of materials is to a registry.
pub(super) const MEDIA_TYPE: &str = "application/vnd.cyclonedx+json";

/// OCI's config for what has none.
const EMPTY: (&str, &[u8]) = ("application/vnd.oci.empty.v1+json", b"{}");

/// More than any list in a program is, in bytes.
const LIST_LIMIT: usize = 8 << 20;

/// A bill of materials, for one platform.
#[derive(Debug)]
pub(super) struct Bill {
    name: String,
    created: String,
    content: Vec<u8>,
}

/// Name and version of a package.
type Key = (String, String);

impl Bill {
    /// Of a program that was built from a checkout.
    pub(super) fn of(
        program: &[u8],
        platform: Platform,
        checkout: &Checkout,
        workshop: &Workshop,
        stamp: &Stamp,
    ) -> anyhow::Result<Bill> {
        let materials = Materials {
            list: list(program)?,
            licences: licences(&workshop.metadata(checkout, platform)?)?,
            checksums: checksums(&std::fs::read_to_string(checkout.source().join("Cargo.lock"))?),
        };
        let created = stamp.created()?;
        let content = serde_json::to_vec_pretty(&materials.document(&created)?)?;
        Ok(Bill { name: format!("{}.cdx.json", platform.architecture()), created, content })
    }

    /// The document.
    pub(super) fn content(&self) -> &[u8] {
        &self.content
    }

    /// The manifest by which a registry knows that it belongs to the manifest of an image.
    pub(super) fn manifest(&self, image: &Blob) -> anyhow::Result<Blob> {
        Ok(Blob::of(&serde_json::to_vec(&self.manifest_of(image))?))
    }

    /// Writes the OCI layout of what refers to an image's manifest, and the document beside it. Answers with the layout's directory.
    pub(super) fn write(&self, directory: &Path, image: &Blob) -> anyhow::Result<PathBuf> {
        let layout = Layout::create(directory)?;
        layout.add(EMPTY.1)?;
        layout.add(&self.content)?;
        let manifest = layout.add(&serde_json::to_vec(&self.manifest_of(image))?)?;
        layout.point_to(&manifest, MANIFEST)?;
        std::fs::write(Bill::file(directory), &self.content)?;
        Ok(directory.to_owned())
    }

    /// Where the document is, beside its layout.
    pub(super) fn file(layout: &Path) -> PathBuf {
        layout.with_extension("cdx.json")
    }

    fn manifest_of(&self, image: &Blob) -> Value {
        let mut document = Blob::of(&self.content).descriptor(MEDIA_TYPE);
        document["annotations"] = json!({"org.opencontainers.image.title": self.name});
        json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": MEDIA_TYPE,
            "config": Blob::of(EMPTY.1).descriptor(EMPTY.0),
            "layers": [document],
            "subject": image.descriptor(MANIFEST),
            "annotations": {"org.opencontainers.image.created": self.created},
        })
    }
}

/// The list that `cargo auditable` put into a program.
pub(super) fn list(program: &[u8]) -> anyhow::Result<VersionInfo> {
    let found = auditable_info::audit_info_from_slice(program, LIST_LIMIT);
    found.context("the program has no list of what it is made of: it was not built with cargo auditable")
}

/// What a bill is made from.
struct Materials {
    list: VersionInfo,
    licences: BTreeMap<Key, String>,
    checksums: BTreeMap<Key, String>,
}

impl Materials {
    fn document(&self, created: &str) -> anyhow::Result<Value> {
        let packages = &self.list.packages;
        let root = packages.iter().find(|package| package.root).context("the list has no root")?;
        let mut components: Vec<Value> =
            packages.iter().filter(|package| !package.root).map(|package| self.component(package)).collect();
        components.push(self.authorities()?);
        let dependencies: Vec<Value> = packages
            .iter()
            .map(|package| {
                let needs: Vec<String> =
                    package.dependencies.iter().filter_map(|index| packages.get(*index)).map(address).collect();
                json!({"ref": address(package), "dependsOn": needs})
            })
            .collect();
        Ok(json!({
            "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "version": 1,
            "metadata": {"timestamp": created, "component": self.component(root)},
            "components": components,
            "dependencies": dependencies,
        }))
    }

    fn component(&self, package: &Package) -> Value {
        let key = (package.name.clone(), package.version.to_string());
        let address = address(package);
        let mut component = json!({
            "type": if package.root { "application" } else { "library" },
            "bom-ref": address, "name": key.0, "version": key.1, "purl": address,
        });
        if package.kind == DependencyKind::Build {
            // It had a part in the build; it is not in the program.
            component["scope"] = json!("excluded");
        }
        self.describe(&mut component, &key);
        component
    }

    /// The image's authorities are data of a package that the program does not have.
    fn authorities(&self) -> anyhow::Result<Value> {
        let name = "webpki-root-certs";
        let key = self.checksums.keys().find(|(found, _)| found == name);
        let key = key.with_context(|| format!("Cargo.lock has no {name}"))?;
        let address = format!("pkg:cargo/{name}@{}", key.1);
        let mut component = json!({
            "type": "data", "bom-ref": format!("{address}#{AUTHORITIES}"), "name": name, "version": key.1,
            "description": format!("/{AUTHORITIES}"), "purl": address,
        });
        self.describe(&mut component, key);
        Ok(component)
    }

    fn describe(&self, component: &mut Value, key: &Key) {
        if let Some(licence) = self.licences.get(key) {
            component["licenses"] = json!([{"expression": licence}]);
        }
        if let Some(checksum) = self.checksums.get(key) {
            component["hashes"] = json!([{"alg": "SHA-256", "content": checksum}]);
        }
    }
}

/// A package's address (purl), by which scanners look vulnerabilities up.
fn address(package: &Package) -> String {
    format!("pkg:cargo/{}@{}", package.name, package.version)
}

fn licences(metadata: &Value) -> anyhow::Result<BTreeMap<Key, String>> {
    let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
    let licence = |package: &Value| {
        let text = |name: &str| package[name].as_str().map(str::to_owned);
        // A slash is what older packages write for OR.
        Some(((text("name")?, text("version")?), text("license")?.replace('/', " OR ")))
    };
    Ok(packages.iter().filter_map(licence).collect())
}

/// The checksums of the packages that come from a registry.
fn checksums(lock: &str) -> BTreeMap<Key, String> {
    let package = |text: &str| {
        let value = |name: &str| {
            let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(" = \""))?;
            line.strip_suffix('"').map(str::to_owned)
        };
        Some(((value("name")?, value("version")?), value("checksum")?))
    };
    lock.split("[[package]]").filter_map(package).collect()
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    const LOCK: &str = "version = 4\n\n[[package]]\nname = \"one\"\nversion = \"1.0.0\"\nsource = \"registry\"\nchecksum = \"aa\"\n\n\
        [[package]]\nname = \"own\"\nversion = \"0.1.0\"\ndependencies = [\n \"one\",\n]\n\n\
        [[package]]\nname = \"webpki-root-certs\"\nversion = \"1.0.1\"\nchecksum = \"bb\"\n";

    #[test]
    fn a_bill_has_what_the_program_lists_with_licences_and_checksums() -> anyhow::Result<()> {
        let list = r#"{"packages": [
            {"name": "one", "version": "1.0.0", "source": "crates.io", "kind": "build"},
            {"name": "own", "version": "0.1.0", "source": "local", "dependencies": [0], "root": true}]}"#;
        let metadata = json!({"packages": [{"name": "one", "version": "1.0.0", "license": "MIT/Apache-2.0"}]});
        let materials = Materials {
            list: VersionInfo::from_str(list)?,
            licences: licences(&metadata)?,
            checksums: checksums(LOCK),
        };
        let document = materials.document("2026-01-01T00:00:00Z")?;
        assert_eq!(
            document["components"],
            json!([
                {
                    "type": "library", "bom-ref": "pkg:cargo/one@1.0.0", "name": "one", "version": "1.0.0",
                    "purl": "pkg:cargo/one@1.0.0", "scope": "excluded",
                    "licenses": [{"expression": "MIT OR Apache-2.0"}], "hashes": [{"alg": "SHA-256", "content": "aa"}],
                },
                {
                    "type": "data", "bom-ref": "pkg:cargo/webpki-root-certs@1.0.1#etc/ssl/certs/ca-certificates.crt",
                    "name": "webpki-root-certs", "version": "1.0.1", "purl": "pkg:cargo/webpki-root-certs@1.0.1",
                    "description": "/etc/ssl/certs/ca-certificates.crt", "hashes": [{"alg": "SHA-256", "content": "bb"}],
                },
            ])
        );
        assert_eq!(document["metadata"]["component"]["name"], "own");
        assert_eq!(
            document["dependencies"],
            json!([
                {"ref": "pkg:cargo/one@1.0.0", "dependsOn": []},
                {"ref": "pkg:cargo/own@0.1.0", "dependsOn": ["pkg:cargo/one@1.0.0"]},
            ])
        );
        Ok(())
    }
}

//! The files of an image as a registry gives them back.

use std::io::Read;

use anyhow::Context;
use flate2::read::GzDecoder;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use serde_json::Value;

use super::super::layer::{AUTHORITIES, PROGRAM, digest};
use super::super::registry::{self, Crane};
use super::super::stamp::Stamp;
use super::super::{Variant, megabytes};
use super::{SIZE_LIMIT, holds};

/// Fewer authorities than Mozilla ever trusted.
const AUTHORITIES_AT_LEAST: usize = 100;

/// What is in the image, in order: path and mode.
const ENTRIES: [(&str, u32); 6] = [
    ("LICENSE", 0o644),
    (PROGRAM, 0o755),
    ("etc/", 0o755),
    ("etc/ssl/", 0o755),
    ("etc/ssl/certs/", 0o755),
    (AUTHORITIES, 0o644),
];

/// The one layer of an image.
#[derive(Debug)]
pub(super) struct Contents<'a> {
    variant: &'a Variant,
    compressed: usize,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    path: String,
    mode: u32,
    owner: (u64, u64),
    modified: u64,
    content: Vec<u8>,
}

impl<'a> Contents<'a> {
    /// Pulls the layer, by the manifest of its platform.
    pub(super) fn pull(variant: &'a Variant, crane: &Crane, reference: &str) -> anyhow::Result<Contents<'a>> {
        let repository = registry::repository(reference);
        let manifest = crane.manifest(&format!("{repository}@{}", variant.manifest.digest))?;
        let manifest: Value = serde_json::from_slice(&manifest)?;
        let layers = manifest["layers"].as_array().context("a manifest without layers")?;
        let [layer] = layers.as_slice() else { anyhow::bail!("the image has {} layers, not one", layers.len()) };
        let name = layer["digest"].as_str().context("a layer without a digest")?;
        let packed = crane.blob(&format!("{repository}@{name}"))?;
        anyhow::ensure!(digest(&packed) == name, "the layer {name} is not what its digest says");
        let mut archive = tar::Archive::new(GzDecoder::new(packed.as_slice()));
        let entries = archive.entries()?.map(|entry| Entry::read(entry?)).collect::<anyhow::Result<_>>()?;
        Ok(Contents { variant, compressed: packed.len(), entries })
    }

    /// These files and no others, of nobody and of the commit's time, small enough, and what was built.
    pub(super) fn check(&self, stamp: &Stamp) -> anyhow::Result<()> {
        let platform = self.variant.platform.name();
        let found: Vec<(&str, u32)> = self.entries.iter().map(|entry| (entry.path.as_str(), entry.mode)).collect();
        anyhow::ensure!(found == ENTRIES, "{platform}: the layer has {found:?}");
        let odd = self.entries.iter().find(|entry| entry.owner != (0, 0) || entry.modified != stamp.epoch);
        anyhow::ensure!(odd.is_none(), "{platform}: {} has another owner or time", odd.map_or("", |odd| &odd.path));
        let program = self.content(PROGRAM)?;
        anyhow::ensure!(program == self.variant.program, "{platform}: the program is not the one that was built");
        for (what, size) in [("program", program.len()), ("layer", self.compressed)] {
            anyhow::ensure!(size <= SIZE_LIMIT, "{platform}: the {what} has {size} bytes, more than {SIZE_LIMIT}");
        }
        let authorities = self.authorities()?;
        holds(&format!(
            "{platform}: {} files, program {:.1} MB, layer {:.1} MB, {authorities} authorities",
            self.entries.len() - 3,
            megabytes(program.len()),
            megabytes(self.compressed)
        ));
        Ok(())
    }

    /// Every authority is one that rustls takes.
    fn authorities(&self) -> anyhow::Result<usize> {
        let mut store = RootCertStore::empty();
        for certificate in pem::parse_many(self.content(AUTHORITIES)?)? {
            store.add(CertificateDer::from(certificate.into_contents()))?;
        }
        anyhow::ensure!(store.len() >= AUTHORITIES_AT_LEAST, "the image has {} authorities only", store.len());
        Ok(store.len())
    }

    fn content(&self, path: &str) -> anyhow::Result<&[u8]> {
        let entry = self.entries.iter().find(|entry| entry.path == path);
        Ok(&entry.with_context(|| format!("there is no {path} in the layer"))?.content)
    }
}

impl Entry {
    fn read(mut entry: tar::Entry<'_, impl Read>) -> anyhow::Result<Entry> {
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        let header = entry.header();
        Ok(Entry {
            path: String::from_utf8_lossy(&entry.path_bytes()).into_owned(),
            mode: header.mode()?,
            owner: (header.uid()?, header.gid()?),
            modified: header.mtime()?,
            content,
        })
    }
}

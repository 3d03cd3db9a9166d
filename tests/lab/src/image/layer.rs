//! The files of an image: one layer.

use std::io::Write;

use anyhow::Context;
use flate2::{Compression, GzBuilder};
use pem::{EncodeConfig, LineEnding, Pem};
use sha2::{Digest, Sha256};
use tar::{EntryType, Header};

use super::checkout::Checkout;
use super::stamp::Stamp;

/// Where the program is in the image.
pub(super) const PROGRAM: &str = "agentcore-gateway-operator";

/// Where the program looks for authorities first: the first of the places that the crate `openssl-probe` knows on Linux.
pub(super) const AUTHORITIES: &str = "etc/ssl/certs/ca-certificates.crt";

/// A layer, packed.
#[derive(Debug)]
pub(super) struct Layer {
    compressed: Vec<u8>,
    /// The digest of the archive before it was compressed.
    diff_id: String,
}

impl Layer {
    /// Packs the program, the authorities and the licence. Everything belongs to root, who is not whom it runs as.
    pub(super) fn of(program: &[u8], checkout: &Checkout, stamp: &Stamp) -> anyhow::Result<Layer> {
        let licence = checkout.source().join("LICENSE");
        let licence = std::fs::read(&licence).with_context(|| format!("cannot read {}", licence.display()))?;
        let mut archive = Archive { builder: tar::Builder::new(Vec::new()), epoch: stamp.epoch };
        archive.file("LICENSE", 0o644, &licence)?;
        archive.file(PROGRAM, 0o755, program)?;
        archive.directory("etc/")?;
        archive.directory("etc/ssl/")?;
        archive.directory("etc/ssl/certs/")?;
        archive.file(AUTHORITIES, 0o644, authorities().as_bytes())?;
        let archive = archive.builder.into_inner()?;
        // No name, no time, and no operating system in the header.
        let mut compressor = GzBuilder::new().mtime(0).operating_system(255).write(Vec::new(), Compression::best());
        compressor.write_all(&archive)?;
        Ok(Layer { compressed: compressor.finish()?, diff_id: digest(&archive) })
    }

    /// The layer as registries keep it.
    pub(super) fn compressed(&self) -> &[u8] {
        &self.compressed
    }

    /// The digest of what is in it.
    pub(super) fn diff_id(&self) -> &str {
        &self.diff_id
    }
}

/// `sha256:` and the hash.
pub(super) fn digest(content: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(content).iter().fold("sha256:".to_owned(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The authorities that Mozilla trusts for servers, of the version that Cargo.lock pins: a machine's own bundle is another on every machine.
fn authorities() -> String {
    let mut all: Vec<&[u8]> = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(AsRef::as_ref).collect();
    all.sort_unstable();
    let all: Vec<Pem> = all.into_iter().map(|certificate| Pem::new("CERTIFICATE", certificate)).collect();
    pem::encode_many_config(&all, EncodeConfig::new().set_line_ending(LineEnding::LF))
}

/// An archive whose entries say nothing of who packed it, and when.
struct Archive {
    builder: tar::Builder<Vec<u8>>,
    epoch: u64,
}

impl Archive {
    fn file(&mut self, path: &str, mode: u32, content: &[u8]) -> anyhow::Result<()> {
        self.entry(path, EntryType::Regular, mode, content)
    }

    fn directory(&mut self, path: &str) -> anyhow::Result<()> {
        self.entry(path, EntryType::Directory, 0o755, &[])
    }

    fn entry(&mut self, path: &str, kind: EntryType, mode: u32, content: &[u8]) -> anyhow::Result<()> {
        let mut header = Header::new_ustar();
        header.set_entry_type(kind);
        header.set_mode(mode);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(self.epoch);
        header.set_size(u64::try_from(content.len())?);
        Ok(self.builder.append_data(&mut header, path, content)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_is_a_function_of_what_is_in_it_and_of_the_commits_time() -> anyhow::Result<()> {
        let checkout = Checkout::here()?;
        let one = Layer::of(b"program", &checkout, &Stamp::at(1_000))?;
        let same = Layer::of(b"program", &checkout, &Stamp::at(1_000))?;
        assert_eq!(one.compressed(), same.compressed());
        assert_eq!(one.diff_id(), same.diff_id());
        for (program, epoch) in [(b"program".as_slice(), 1_001), (b"another".as_slice(), 1_000)] {
            let other = Layer::of(program, &checkout, &Stamp::at(epoch))?;
            assert_ne!(one.diff_id(), other.diff_id());
        }
        Ok(())
    }

    #[test]
    fn authorities_of_amazon_are_among_them() -> anyhow::Result<()> {
        let all = pem::parse_many(authorities())?;
        assert_eq!(all.len(), webpki_root_certs::TLS_SERVER_ROOT_CERTS.len());
        let amazon =
            all.iter().filter(|root| root.contents().windows(14).any(|name| name == b"Amazon Root CA")).count();
        assert!(amazon >= 4, "{amazon}");
        Ok(())
    }
}

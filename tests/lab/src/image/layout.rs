//! An OCI image layout on disk: what registries hold, as files. Written out here because the digest of an image is that of these very bytes.
//!
//! See the OCI image specification, "Image Layout", "Image Manifest" and "Image Index".

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::{Value, json};

use super::layer::{Layer, PROGRAM, digest};
use super::platform::Platform;
use super::stamp::Stamp;

/// Whom the operator runs as: nobody who has a name or owns a file.
pub(super) const USER: &str = "65532:65532";

/// An image's manifest.
pub(super) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// The list of the images of all platforms.
pub(super) const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// Something that is known by its digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Blob {
    pub(super) digest: String,
    size: usize,
}

impl Blob {
    /// What these bytes are known by.
    pub(super) fn of(content: &[u8]) -> Blob {
        Blob { digest: digest(content), size: content.len() }
    }

    /// A descriptor, as others name it.
    pub(super) fn descriptor(&self, media_type: &str) -> Value {
        json!({"mediaType": media_type, "digest": self.digest, "size": self.size})
    }
}

/// A layout that is being written.
#[derive(Debug)]
pub(super) struct Layout(PathBuf);

impl Layout {
    /// Begins anew: what there was is removed.
    pub(super) fn create(directory: &Path) -> anyhow::Result<Layout> {
        if directory.exists() {
            std::fs::remove_dir_all(directory).with_context(|| format!("cannot remove {}", directory.display()))?;
        }
        std::fs::create_dir_all(directory.join("blobs/sha256"))
            .with_context(|| format!("cannot create {}", directory.display()))?;
        std::fs::write(directory.join("oci-layout"), json!({"imageLayoutVersion": "1.0.0"}).to_string())?;
        Ok(Layout(directory.to_owned()))
    }

    /// Where it is.
    pub(super) fn directory(&self) -> &Path {
        &self.0
    }

    /// Adds the image of one platform, and answers with its manifest.
    pub(super) fn add_image(&self, platform: Platform, layer: &Layer, stamp: &Stamp) -> anyhow::Result<Blob> {
        let annotations = stamp.annotations()?;
        let config = json!({
            "created": stamp.created()?,
            "architecture": platform.architecture(),
            "os": "linux",
            "config": {"User": USER, "Entrypoint": [format!("/{PROGRAM}")], "WorkingDir": "/", "Labels": annotations},
            "rootfs": {"type": "layers", "diff_ids": [layer.diff_id()]},
            "history": [{"created": stamp.created()?, "created_by": "lab image"}],
        });
        let config = self.add(config.to_string().as_bytes())?;
        let packed = self.add(layer.compressed())?;
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": config.descriptor("application/vnd.oci.image.config.v1+json"),
            "layers": [packed.descriptor("application/vnd.oci.image.layer.v1.tar+gzip")],
            "annotations": annotations,
        });
        self.add(manifest.to_string().as_bytes())
    }

    /// Adds the index over the images of all platforms and ends the layout; answers with the index's digest.
    pub(super) fn finish(&self, manifests: &[(Platform, &Blob)], stamp: &Stamp) -> anyhow::Result<String> {
        let manifests: Vec<Value> = manifests
            .iter()
            .map(|(platform, manifest)| {
                let mut descriptor = manifest.descriptor(MANIFEST);
                descriptor["platform"] = json!({"architecture": platform.architecture(), "os": "linux"});
                descriptor
            })
            .collect();
        let index = json!({
            "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests, "annotations": stamp.annotations()?,
        });
        let index = self.add(index.to_string().as_bytes())?;
        self.point_to(&index, INDEX)?;
        Ok(index.digest)
    }

    /// Adds content.
    pub(super) fn add(&self, content: &[u8]) -> anyhow::Result<Blob> {
        let blob = Blob::of(content);
        let name = blob.digest.trim_start_matches("sha256:");
        std::fs::write(self.0.join("blobs/sha256").join(name), content)
            .with_context(|| format!("cannot write to {}", self.0.display()))?;
        Ok(blob)
    }

    /// Says which of the blobs the layout is about.
    pub(super) fn point_to(&self, blob: &Blob, media_type: &str) -> anyhow::Result<()> {
        let entry = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": [blob.descriptor(media_type)]});
        Ok(std::fs::write(self.0.join("index.json"), entry.to_string())?)
    }
}

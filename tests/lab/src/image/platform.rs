//! Where the operator runs.

use object::elf::{EM_AARCH64, EM_X86_64};

/// A kind of machine that there is an image for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Platform {
    /// 64-bit processors of Intel and AMD.
    #[value(name = "linux/amd64")]
    Amd64,
    /// Graviton and its like.
    #[value(name = "linux/arm64")]
    Arm64,
}

impl Platform {
    /// As registries write it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Platform::Amd64 => "linux/amd64",
            Platform::Arm64 => "linux/arm64",
        }
    }

    /// As OCI calls the processor.
    pub(super) fn architecture(self) -> &'static str {
        match self {
            Platform::Amd64 => "amd64",
            Platform::Arm64 => "arm64",
        }
    }

    /// As Rust calls it, with musl: all of its C library is in the program.
    pub(super) fn target(self) -> &'static str {
        match self {
            Platform::Amd64 => "x86_64-unknown-linux-musl",
            Platform::Arm64 => "aarch64-unknown-linux-musl",
        }
    }

    /// As a program's header calls the processor.
    pub(super) fn machine(self) -> u16 {
        match self {
            Platform::Amd64 => EM_X86_64,
            Platform::Arm64 => EM_AARCH64,
        }
    }

    /// Programs of QEMU that run this platform's programs on another.
    pub(super) fn emulators(self) -> [&'static str; 2] {
        match self {
            Platform::Amd64 => ["qemu-x86_64-static", "qemu-x86_64"],
            Platform::Arm64 => ["qemu-aarch64-static", "qemu-aarch64"],
        }
    }

    /// Whether this machine runs its programs by itself.
    pub(super) fn is_native(self) -> bool {
        match self {
            Platform::Amd64 => cfg!(all(target_os = "linux", target_arch = "x86_64")),
            Platform::Arm64 => cfg!(all(target_os = "linux", target_arch = "aarch64")),
        }
    }
}

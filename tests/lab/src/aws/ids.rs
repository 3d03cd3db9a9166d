//! Identifiers in the forms that AWS gives them.

/// A reproducible source of identifiers: the same seed gives the same ones in the same order.
pub(super) struct Ids {
    state: u64,
}

const LOWER: &[u8] = b"0123456789abcdefghijklmnopqrstuvwxyz";
const HEX: &[u8] = b"0123456789abcdef";
const UPPER: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

impl Ids {
    pub(super) fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Lower-cased name, hyphen, ten random letters and digits.
    pub(super) fn gateway(&mut self, name: &str) -> String {
        format!("{}-{}", name.trim_end_matches('-').to_lowercase(), self.letters(LOWER, 10))
    }

    /// Ten random letters and digits.
    pub(super) fn target(&mut self) -> String {
        self.letters(UPPER, 10)
    }

    /// `prefix-` and 17 random hexadecimal digits, as VPC Lattice and EC2 have them.
    pub(super) fn prefixed(&mut self, prefix: &str) -> String {
        format!("{prefix}-{}", self.letters(HEX, 17))
    }

    /// A request id in the form of a UUID.
    pub(super) fn request(&mut self) -> String {
        let groups = [8, 4, 4, 4, 12].map(|length| self.letters(HEX, length));
        groups.join("-")
    }

    fn letters(&mut self, alphabet: &[u8], length: usize) -> String {
        (0..length)
            .map(|_| {
                let index = usize::try_from(self.next() % alphabet.len() as u64).unwrap_or_default();
                char::from(alphabet[index])
            })
            .collect()
    }

    /// `SplitMix64` (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

//! Private keys of OpenSSH and OpenPGP: whether a password protects them stands in their own format.

use crate::detect::check::Outcome;
use crate::detect::check::armor::Armor;
use crate::detect::check::codec::to_base64;
use crate::detect::check::pem::armored;
use crate::detect::random::Random;

const SSH_MAGIC: &[u8] = b"openssh-key-v1\0";

/// Decoded bytes of the smallest OpenSSH key, less what damage may take.
const SHORTEST_OPENSSH: usize = 180;

/// An OpenSSH private key without a password, complete to its last byte.
pub(super) fn openssh(secret: &[u8]) -> Outcome {
    let Some((bytes, _)) = Armor::find(secret).and_then(|armor| armor.decode()) else { return Outcome::Failed };
    match is_clear_openssh(&bytes) {
        Some(clear) => Outcome::of(clear),
        // Damaged or altered by hand: what is left of a key without a password may still be enough.
        None if says_no_cipher(&bytes) && bytes.len() >= SHORTEST_OPENSSH => Outcome::Unproven,
        None => Outcome::Failed,
    }
}

fn says_no_cipher(bytes: &[u8]) -> bool {
    bytes.strip_prefix(SSH_MAGIC).and_then(string).is_some_and(|(cipher, _)| cipher == b"none")
}

fn is_clear_openssh(bytes: &[u8]) -> Option<bool> {
    let (cipher, rest) = string(bytes.strip_prefix(SSH_MAGIC)?)?;
    let (_derivation, rest) = string(rest)?;
    let (_options, rest) = string(rest)?;
    let (keys, mut rest) = rest.split_first_chunk::<4>()?;
    for _ in 0..u32::from_be_bytes(*keys).min(16) {
        rest = string(rest)?.1;
    }
    let (private, rest) = string(rest)?;
    Some(cipher == b"none" && !private.is_empty() && rest.is_empty())
}

/// Splits off a string with its length before it.
fn string(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

/// An OpenSSH key under `cipher` whose numbers are random, so that it opens nothing.
pub(super) fn sample_openssh(cipher: &str, random: &mut Random) -> String {
    let field = |content: &[u8]| {
        let length = u32::try_from(content.len()).unwrap_or(0);
        [&length.to_be_bytes()[..], content].concat()
    };
    let cipher = if cipher.is_empty() { "none" } else { cipher };
    let public = [field(b"ssh-ed25519"), field(&random.bytes(32))].concat();
    let parts = [SSH_MAGIC.to_vec(), field(cipher.as_bytes()), field(b"none"), field(b""), vec![0, 0, 0, 1]];
    let bytes = [parts.concat(), field(&public), field(&random.bytes(136))].concat();
    armored("OPENSSH PRIVATE KEY", &bytes)
}

/// An OpenPGP private key: proven when its secret numbers stand in the clear.
pub(super) fn openpgp(secret: &[u8]) -> Outcome {
    let Some((bytes, sum)) = Armor::find(secret).and_then(|armor| armor.decode()) else { return Outcome::Failed };
    let wrong = sum.is_some_and(|sum| to_base64(&crc24(&bytes)).as_bytes() != sum);
    let Some(packet) = secret_key_packet(&bytes).filter(|_| !wrong) else { return Outcome::Failed };
    match is_clear_openpgp(packet) {
        Some(true) => Outcome::Passed,
        _ => Outcome::Unproven,
    }
}

/// The body of the first packet, when that is a secret key.
fn secret_key_packet(bytes: &[u8]) -> Option<&[u8]> {
    let (&tag, rest) = bytes.split_first()?;
    let (length, rest) = match tag {
        0x94 => rest.split_first().map(|(&length, rest)| (usize::from(length), rest))?,
        0x95 => rest.split_first_chunk::<2>().map(|(length, rest)| (usize::from(u16::from_be_bytes(*length)), rest))?,
        0xc5 => match rest.split_first()? {
            (&length @ 0..=191, rest) => (usize::from(length), rest),
            (&high @ 192..=223, rest) => {
                let (&low, rest) = rest.split_first()?;
                ((usize::from(high) - 192) * 256 + usize::from(low) + 192, rest)
            }
            _ => return None,
        },
        _ => return None,
    };
    rest.get(..length)
}

/// Whether a version-4 secret key packet is unprotected. Public part first: creation time, algorithm, then numbers.
fn is_clear_openpgp(packet: &[u8]) -> Option<bool> {
    let (head, mut rest) = packet.split_first_chunk::<6>()?;
    let [4, _, _, _, _, algorithm] = *head else { return None };
    let (curve, numbers, trailer) = match algorithm {
        1..=3 => (false, 2, false),
        16 => (false, 3, false),
        17 => (false, 4, false),
        18 => (true, 1, true),
        19 | 22 => (true, 1, false),
        _ => return None,
    };
    if curve {
        rest = rest.get(1 + usize::from(*rest.first()?)..)?;
    }
    for _ in 0..numbers {
        let (bits, after) = rest.split_first_chunk::<2>()?;
        rest = after.get(usize::from(u16::from_be_bytes(*bits)).div_ceil(8)..)?;
    }
    if trailer {
        rest = rest.get(1 + usize::from(*rest.first()?)..)?;
    }
    rest.first().map(|&usage| usage == 0)
}

fn crc24(bytes: &[u8]) -> [u8; 3] {
    let mut sum = 0x00b7_04ceu32;
    for &byte in bytes {
        sum ^= u32::from(byte) << 16;
        for _ in 0..8 {
            sum <<= 1;
            if sum & 0x0100_0000 != 0 {
                sum ^= 0x0186_4cfb;
            }
        }
    }
    let [_, high, middle, low] = sum.to_be_bytes();
    [high, middle, low]
}

/// An OpenPGP key block; `protected` makes it claim a password.
pub(super) fn sample_openpgp(protection: &str, random: &mut Random) -> String {
    let curve = [0x09, 0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01];
    let number = |random: &mut Random, size: usize| [&[0x01, 0x07, 0x40][..], &random.bytes(size)].concat();
    let usage = if protection == "protected" { 254 } else { 0 };
    let head = [&[4][..], &random.bytes(4), &[22], &curve].concat();
    let packet = [head, number(random, 32), vec![usage], number(random, 32), random.bytes(40)].concat();
    let length = packet.len().to_le_bytes()[0];
    let bytes = [vec![0x94, length], packet].concat();
    let sum = to_base64(&crc24(&bytes));
    let block = armored("PGP PRIVATE KEY BLOCK", &bytes);
    block.replace("KEY BLOCK-----\n", "KEY BLOCK-----\n\n").replace("\n-----END", &format!("\n={sum}\n-----END"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openssh_keys_tell_their_cipher() {
        let random = &mut Random::new(9);
        let clear = sample_openssh("none", random);
        assert_eq!(openssh(clear.as_bytes()), Outcome::Passed);
        assert_eq!(openssh(clear.replace('\n', "\\n").as_bytes()), Outcome::Passed);
        assert_eq!(openssh(sample_openssh("aes256-ctr", random).as_bytes()), Outcome::Failed);
        let mut cut: Vec<&str> = clear.lines().collect();
        cut.remove(2);
        assert_eq!(openssh(cut.join("\n").as_bytes()), Outcome::Unproven);
        assert_eq!(openssh(armored("OPENSSH PRIVATE KEY", SSH_MAGIC).as_bytes()), Outcome::Failed);
    }

    #[test]
    fn openpgp_keys_tell_their_protection() {
        let random = &mut Random::new(9);
        let clear = sample_openpgp("", random);
        assert_eq!(openpgp(clear.as_bytes()), Outcome::Passed);
        assert_eq!(openpgp(sample_openpgp("protected", random).as_bytes()), Outcome::Unproven);
        let mut cut: Vec<&str> = clear.lines().collect();
        cut.remove(2);
        assert_eq!(openpgp(cut.join("\n").as_bytes()), Outcome::Failed);
        assert_eq!(openpgp(armored("PGP PRIVATE KEY BLOCK", &[0xc5]).as_bytes()), Outcome::Failed);
    }

    #[test]
    fn crc24_of_nothing_is_its_start() {
        assert_eq!(crc24(b""), [0xb7, 0x04, 0xce]);
        assert_eq!(crc24(b"123456789"), [0x21, 0xcf, 0x02]);
    }
}

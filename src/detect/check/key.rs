//! Keys and passwords in small encodings: age, NATS, WireGuard, `user:password`, raw bytes in base64.

use crate::detect::check::Outcome;
use crate::detect::check::codec::{base32, base64, to_base32, to_base64};
use crate::detect::random::{BASE62, Random};

const BECH32: &[u8] = b"qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/// age: bech32 of 32 bytes, in upper case.
pub(super) fn age(secret: &[u8]) -> Outcome {
    let lower = secret.to_ascii_lowercase();
    let Some(at) = lower.iter().rposition(|&byte| byte == b'1') else { return Outcome::Failed };
    let (prefix, data) = lower.split_at(at);
    let digits: Option<Vec<u8>> = data.iter().skip(1).map(bech32_digit).collect();
    Outcome::of(digits.is_some_and(|digits| digits.len() >= 58 && polymod(prefix, &digits) == 1))
}

fn bech32_digit(byte: &u8) -> Option<u8> {
    BECH32.iter().position(|known| known == byte).and_then(|digit| u8::try_from(digit).ok())
}

fn polymod(prefix: &[u8], digits: &[u8]) -> u32 {
    const GENERATORS: [u32; 5] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3];
    let high = prefix.iter().map(|byte| byte >> 5);
    let low = prefix.iter().map(|byte| byte & 31);
    high.chain([0]).chain(low).chain(digits.iter().copied()).fold(1u32, |sum, digit| {
        let top = sum >> 25;
        let next = ((sum & 0x01ff_ffff) << 5) ^ u32::from(digit);
        GENERATORS
            .iter()
            .enumerate()
            .filter(|(bit, _)| top >> bit & 1 == 1)
            .fold(next, |sum, (_, generator)| sum ^ generator)
    })
}

/// An age identity.
pub(super) fn sample_age(random: &mut Random) -> String {
    let prefix = b"age-secret-key-";
    // 52 digits carry 32 bytes and 4 unused bits, which are 0.
    let mut digits: Vec<u8> = random.bytes(52).iter().map(|byte| byte & 31).collect();
    if let Some(last) = digits.last_mut() {
        *last &= 16;
    }
    digits.extend([0; 6]);
    let sum = polymod(prefix, &digits) ^ 1;
    for (place, digit) in digits.iter_mut().rev().take(6).enumerate() {
        *digit = (sum >> (5 * place)).to_le_bytes()[0] & 31;
    }
    let text: String =
        digits.iter().filter_map(|&digit| BECH32.get(usize::from(digit))).map(|&byte| char::from(byte)).collect();
    format!("AGE-SECRET-KEY-1{}", text.to_uppercase())
}

/// NATS seeds: 34 bytes that begin with the mark of a seed, and their CRC-16.
pub(super) fn nats(secret: &[u8]) -> Outcome {
    let bytes = base32(secret).unwrap_or_default();
    let held = bytes
        .split_last_chunk::<2>()
        .is_some_and(|(data, sum)| data.len() == 34 && data[0] & 0xf8 == 0x90 && crc16(data).to_le_bytes() == *sum);
    Outcome::of(held)
}

fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0u16, |sum, &byte| {
        (0..8)
            .fold(sum ^ (u16::from(byte) << 8), |sum, _| if sum & 0x8000 == 0 { sum << 1 } else { (sum << 1) ^ 0x1021 })
    })
}

/// A NATS user seed.
pub(super) fn sample_nats(random: &mut Random) -> String {
    let user = 20u8 << 3;
    let mut data = vec![0x90 | user >> 5, (user & 31) << 3];
    data.extend(random.bytes(32));
    let sum = crc16(&data);
    data.extend_from_slice(&sum.to_le_bytes());
    to_base32(&data)
}

/// WireGuard private keys: 32 bytes, clamped as the curve wants them. A key that was stored unclamped is rare.
pub(super) fn wireguard(secret: &[u8]) -> Outcome {
    let bytes = base64(secret).unwrap_or_default();
    let clamped = |bytes: &[u8]| bytes[0] & 7 == 0 && bytes[31] & 0xc0 == 0x40;
    match bytes.len() {
        32 if clamped(&bytes) => Outcome::Passed,
        32 => Outcome::Unproven,
        _ => Outcome::Failed,
    }
}

/// A WireGuard private key.
pub(super) fn sample_wireguard(random: &mut Random) -> String {
    let mut bytes = random.bytes(32);
    bytes[0] &= 0xf8;
    bytes[31] = bytes[31] & 0x3f | 0x40;
    to_base64(&bytes)
}

/// Base64 of `user:password`, both of them printable and the password no placeholder.
pub(super) fn user_password(secret: &[u8]) -> Outcome {
    let text = base64(secret).unwrap_or_default();
    let printable = text.iter().all(|byte| matches!(byte, 0x20..=0x7e));
    let password = text.iter().position(|&byte| byte == b':').filter(|&at| at > 0).and_then(|at| text.get(at + 1..));
    Outcome::of(printable && password.is_some_and(|password| !password.is_empty() && !is_customary(password)))
}

/// Base64 of a user and a password.
pub(super) fn sample_user_password(random: &mut Random) -> String {
    let user = random.text(b"abcdefghijklmnopqrstuvwxyz", 6);
    to_base64(format!("{user}:{}", random.text(BASE62, 20)).as_bytes())
}

/// Passwords that people chose stay unproven; those that every manual prints are none.
pub(super) fn chosen_password(secret: &[u8]) -> Outcome {
    if is_customary(secret) { Outcome::Failed } else { Outcome::Unproven }
}

/// What manuals and local set-ups print for a password, the RFCs on basic authentication and OAuth included.
const CUSTOMARY: &str = "\
    admin,bar,baz,changeit,changeme,db_password,dbpass,dbpassword,default,demo,dummy,elastic,empty,example,foo,\
    foobar,guest,hunter2,letmein,minio,mongo,mypass,mypassword,mysecretpassword,mysql,neo4j,nopass,null,\
    pass,passw0rd,passwd,password,password1,placeholder,postgres,pw,pwd,rabbitmq,redacted,redis,root,sa,\
    secret,test,token,user,qux,open sesame,gx1fbat3bv,7fjfp0zbr1ktdrbnfvdmiw";

/// True for what stands for a password in manuals and local set-ups: it opens nothing that is not open anyway.
fn is_customary(password: &[u8]) -> bool {
    let bare = password.trim_ascii_end().to_ascii_lowercase();
    // `password123` and `test1` are `password` and `test` to everyone who guesses.
    let stem = bare.iter().rposition(|byte| !byte.is_ascii_digit()).map_or(&[][..], |last| &bare[..=last]);
    let hidden = bare.iter().all(|byte| matches!(byte, b'*' | b'x' | b'.' | b'-' | b'_' | b'#'));
    let counted = stem.is_empty() && (bare.len() < 5 || b"1234567890".starts_with(&bare));
    let reads_password = bare.windows(8).any(|window| window == b"password");
    let listed = CUSTOMARY.split(',').any(|known| known.as_bytes() == bare || known.as_bytes() == stem);
    hidden || counted || reads_password || listed || names_itself(stem)
}

/// `cachepass`, `badpass`, `supersecret`, `pass:word`: a short word that says that it is a password.
fn names_itself(stem: &[u8]) -> bool {
    const LONGEST: usize = 12;
    let letters: Vec<u8> = stem.iter().copied().filter(|byte| !matches!(byte, b':' | b'-' | b'_' | b'.')).collect();
    letters.len() <= LONGEST
        && letters.iter().all(u8::is_ascii_lowercase)
        && [&b"pass"[..], b"passwd", b"pwd", b"password", b"secret"].iter().any(|word| letters.ends_with(word))
}

/// Beginnings of the keys that Microsoft's storage and database emulators publish: the same on every machine.
const EMULATORS: [&[u8]; 2] = [b"Eby8vdM02xNOcqFl", b"C2y6yDjf5/R+ob0N"];

/// Base64 of exactly `length` bytes, and not a key that everyone has.
pub(super) fn raw(secret: &[u8], length: usize) -> Outcome {
    let published = EMULATORS.iter().any(|known| secret.starts_with(known));
    Outcome::of(!published && base64(secret).is_some_and(|bytes| bytes.len() == length))
}

/// Base64 of `length` random bytes.
pub(super) fn sample_raw(length: usize, random: &mut Random) -> String {
    to_base64(&random.bytes(length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_pass() {
        let random = &mut Random::new(6);
        assert_eq!(age(sample_age(random).as_bytes()), Outcome::Passed);
        assert_eq!(nats(sample_nats(random).as_bytes()), Outcome::Passed);
        assert_eq!(wireguard(sample_wireguard(random).as_bytes()), Outcome::Passed);
        assert_eq!(user_password(sample_user_password(random).as_bytes()), Outcome::Passed);
        assert_eq!(raw(sample_raw(64, random).as_bytes(), 64), Outcome::Passed);
    }

    #[test]
    fn a_changed_character_fails() {
        let random = &mut Random::new(6);
        let key = sample_age(random);
        let last = if key.ends_with('Q') { "P" } else { "Q" };
        assert_eq!(age(format!("{}{last}", &key[..key.len() - 1]).as_bytes()), Outcome::Failed);
        let seed = sample_nats(random);
        assert_eq!(nats(&seed.as_bytes()[..56]), Outcome::Failed);
        assert_eq!(wireguard(b"AAAA"), Outcome::Failed);
        assert_eq!(raw(b"AAAA", 32), Outcome::Failed);
    }

    #[test]
    fn customary_passwords_are_none() {
        for password in [
            "password",
            "Pass",
            "test123",
            "postgres",
            "****",
            "xxxx",
            "123456",
            "my_password_here",
            "",
            "cachepass",
            "pass:word",
        ] {
            assert_eq!(chosen_password(password.as_bytes()), Outcome::Failed, "{password}");
            assert_eq!(user_password(to_base64(format!("user:{password}").as_bytes()).as_bytes()), Outcome::Failed);
        }
        let phrase = b"tr0ub4dor";
        assert_eq!(chosen_password(phrase), Outcome::Unproven);
    }
}

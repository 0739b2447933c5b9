//! Integers in byte slices: the only place of the workspace that names a byte order.
//!
//! Netlink is spoken in the byte order of the machine (`ne`); attributes that carry protocol fields are
//! big-endian (`be`). Every reader returns `None` when the slice is too short and looks only at its
//! beginning, so a longer slice reads as its prefix.
//!
//! ```
//! use netplumb_core::bytes;
//! assert_eq!(bytes::u16_be(&[0x12, 0x34, 0xff]), Some(0x1234));
//! assert_eq!(bytes::u32_ne(&[1, 2]), None);
//! ```

/// The `N` bytes at `offset`, if they are all there.
#[inline]
pub fn at<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
    bytes.get(offset..)?.first_chunk::<N>().copied()
}

/// `n` rounded up to the 4-byte alignment of netlink (`NLMSG_ALIGN`, `NLA_ALIGN`); saturates.
#[inline]
pub const fn align4(n: usize) -> usize {
    n.saturating_add(3) & !3
}

macro_rules! readers {
    ($($ty:ident $ne:ident $be:ident $n:literal;)*) => { $(
        #[doc = concat!("A native-endian `", stringify!($ty), "` from the first ", $n, " bytes.")]
        #[inline]
        pub fn $ne(bytes: &[u8]) -> Option<$ty> {
            bytes.first_chunk::<$n>().map(|b| $ty::from_ne_bytes(*b))
        }
        #[doc = concat!("A big-endian `", stringify!($ty), "` from the first ", $n, " bytes.")]
        #[inline]
        pub fn $be(bytes: &[u8]) -> Option<$ty> {
            bytes.first_chunk::<$n>().map(|b| $ty::from_be_bytes(*b))
        }
    )* };
}

readers! {
    u16 u16_ne u16_be 2;
    u32 u32_ne u32_be 4;
    u64 u64_ne u64_be 8;
    i16 i16_ne i16_be 2;
    i32 i32_ne i32_be 4;
    i64 i64_ne i64_be 8;
}

/// An unsigned integer of `bytes.len()` (1, 2, 4 or 8) bytes, widened; `None` for other lengths.
///
/// What the schema interpreters use: they know sizes and byte orders as data, not as types.
#[inline]
pub fn uint(bytes: &[u8], big_endian: bool) -> Option<u64> {
    Some(match (bytes.len(), big_endian) {
        (1, _) => u64::from(*bytes.first()?),
        (2, false) => u64::from(u16_ne(bytes)?),
        (2, true) => u64::from(u16_be(bytes)?),
        (4, false) => u64::from(u32_ne(bytes)?),
        (4, true) => u64::from(u32_be(bytes)?),
        (8, false) => u64_ne(bytes)?,
        (8, true) => u64_be(bytes)?,
        _ => return None,
    })
}

/// Writes the low `out.len()` (1, 2, 4 or 8) bytes of `value`; `false` and nothing written for other lengths.
#[inline]
pub fn put_uint(out: &mut [u8], value: u64, big_endian: bool) -> bool {
    let (be, le) = (value.to_be_bytes(), value.to_le_bytes());
    let n = out.len();
    if !matches!(n, 1 | 2 | 4 | 8) {
        return false;
    }
    let big = big_endian || cfg!(target_endian = "big");
    let from = if big { be.get(8usize.saturating_sub(n)..) } else { le.get(..n) };
    if let Some(from) = from {
        out.copy_from_slice(from);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_every_width_survive_both_orders() {
        for n in [1usize, 2, 4, 8] {
            for big in [false, true] {
                let value = 0x0102_0304_0506_0788u64 & (u64::MAX >> (64 - 8 * n));
                let mut out = [0u8; 8];
                assert!(put_uint(&mut out[..n], value, big));
                assert_eq!(uint(&out[..n], big), Some(value));
            }
        }
        assert_eq!(uint(&[0; 3], false), None);
        assert!(!put_uint(&mut [0; 3], 1, false));
    }

    #[test]
    fn alignment_saturates() {
        assert_eq!([align4(0), align4(1), align4(4), align4(5)], [0, 4, 4, 8]);
        assert_eq!(align4(usize::MAX), usize::MAX & !3);
    }
}

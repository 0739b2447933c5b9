//! Attributes (`struct nlattr`, `linux/netlink.h`).

use crate::bytes::align4;
use core::fmt;

/// Bit of `nla_type` (`linux/netlink.h`): the payload is a list of attributes.
pub const NLA_F_NESTED: u16 = 0x8000;
/// Bit of `nla_type` (`linux/netlink.h`): the payload is in network byte order.
pub const NLA_F_NET_BYTEORDER: u16 = 0x4000;
/// The bits of `nla_type` (`linux/netlink.h`) that are the type.
pub const NLA_TYPE_MASK: u16 = 0x3fff;

const HDRLEN: usize = 4;

/// One attribute: its type as sent, and its payload without padding.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Attr<'d> {
    raw_kind: u16,
    payload: &'d [u8],
}

impl<'d> Attr<'d> {
    /// An attribute of the given raw type (flag bits included) and payload.
    pub const fn new(raw_kind: u16, payload: &'d [u8]) -> Self {
        Self { raw_kind, payload }
    }

    /// The type without its flag bits.
    #[inline]
    pub const fn kind(self) -> u16 {
        self.raw_kind & NLA_TYPE_MASK
    }

    /// The type as sent, with `NLA_F_NESTED` and `NLA_F_NET_BYTEORDER`.
    #[inline]
    pub const fn raw_kind(self) -> u16 {
        self.raw_kind
    }

    /// Whether the sender marked it as nested. Many kernel families nest without the mark.
    #[inline]
    pub const fn is_nested(self) -> bool {
        self.raw_kind & NLA_F_NESTED != 0
    }

    /// Whether the sender marked it as big-endian.
    #[inline]
    pub const fn is_net_byteorder(self) -> bool {
        self.raw_kind & NLA_F_NET_BYTEORDER != 0
    }

    /// The payload.
    #[inline]
    pub const fn payload(self) -> &'d [u8] {
        self.payload
    }

    /// The payload as a list of attributes.
    #[inline]
    pub fn nested(self) -> Attrs<'d> {
        Attrs::new(self.payload)
    }
}

impl fmt::Debug for Attr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attr").field("kind", &self.raw_kind).field("payload", &self.payload).finish()
    }
}

/// Where typed views find their attributes: a list that is scanned ([`Attrs`]) or an index ([`AttrTable`]).
pub trait Source<'d>: Copy {
    /// The first attribute of type `kind` (flag bits masked).
    fn find(self, kind: u16) -> Option<Attr<'d>>;
    /// All attributes in the order sent.
    fn all(self) -> Attrs<'d>;
}

/// A list of attributes in the order sent.
///
/// As an iterator it yields every attribute that is whole. It ends at the first one whose length cannot be
/// right, and [`remainder`](Self::remainder) then holds the bytes from there.
///
/// ```
/// use netplumb_core::wire::{AttrTable, Attrs, Writer};
/// let mut buffer = [0; 32];
/// let mut w = Writer::new(&mut buffer);
/// w.attr(4, &[1, 2, 3, 4]);
/// w.nest(18, |w| w.attr_str(1, "veth"));
/// let attrs = Attrs::new(w.finish().unwrap());
/// let kind = attrs.find(18).unwrap().nested().next().unwrap();
/// assert_eq!(kind.payload(), b"veth\0");
/// let table: AttrTable<'_, 32> = AttrTable::new(attrs); // for many look-ups
/// assert_eq!(table.get(4).unwrap().payload(), [1, 2, 3, 4]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Attrs<'d> {
    rest: &'d [u8],
}

impl<'d> Attrs<'d> {
    /// The attributes in `bytes`.
    #[inline]
    pub const fn new(bytes: &'d [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The bytes not yet iterated; after the iterator has ended, those that are no attribute.
    #[inline]
    pub const fn remainder(&self) -> &'d [u8] {
        self.rest
    }

    /// The first attribute of type `kind` (flag bits masked).
    #[inline]
    pub fn find(self, kind: u16) -> Option<Attr<'d>> {
        let mut rest = self;
        loop {
            let attr = rest.step()?;
            if attr.kind() == kind {
                return Some(attr);
            }
        }
    }

    /// The last attribute of type `kind`: what the kernel's parser takes when one is given twice.
    pub fn find_last(self, kind: u16) -> Option<Attr<'d>> {
        self.filter(|attr| attr.kind() == kind).last()
    }

    #[inline]
    fn step(&mut self) -> Option<Attr<'d>> {
        let head = self.rest.first_chunk::<HDRLEN>()?;
        let [a, b, c, d] = *head;
        let len = usize::from(u16::from_ne_bytes([a, b]));
        let payload = self.rest.get(HDRLEN..len)?;
        // The last attribute of a list may lack its padding.
        self.rest = self.rest.get(align4(len)..).unwrap_or(&[]);
        Some(Attr { raw_kind: u16::from_ne_bytes([c, d]), payload })
    }
}

impl<'d> Iterator for Attrs<'d> {
    type Item = Attr<'d>;

    #[inline]
    fn next(&mut self) -> Option<Attr<'d>> {
        self.step()
    }
}

impl<'d> Source<'d> for Attrs<'d> {
    #[inline]
    fn find(self, kind: u16) -> Option<Attr<'d>> {
        Attrs::find(self, kind)
    }

    #[inline]
    fn all(self) -> Attrs<'d> {
        self
    }
}

impl fmt::Debug for Attrs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(*self).finish()
    }
}

/// An index over a list of attributes with types below `N`: one pass to build, then each look-up is one load.
///
/// Worth it from about five look-ups in a long list. As in [`Attrs::find`] the first of a type counts. Types of
/// `N` and above are looked up by scanning, so nothing is ever hidden.
#[derive(Clone, Copy, Debug)]
pub struct AttrTable<'d, const N: usize> {
    attrs: Attrs<'d>,
    /// Offset / 4 + 1, 0 for "not there". Lists longer than 256 KiB are scanned beyond that.
    at: [u16; N],
}

impl<'d, const N: usize> AttrTable<'d, N> {
    /// Indexes `attrs`.
    #[inline]
    pub fn new(attrs: Attrs<'d>) -> Self {
        let mut at = [0u16; N];
        let total = attrs.rest.len();
        let mut rest = attrs;
        loop {
            let offset = total.wrapping_sub(rest.rest.len());
            let Some(attr) = rest.step() else { break };
            if let Some(entry) = at.get_mut(usize::from(attr.kind()))
                && *entry == 0
                && let Ok(index) = u16::try_from((offset >> 2).wrapping_add(1))
            {
                *entry = index;
            }
        }
        Self { attrs, at }
    }

    /// The first attribute of type `kind` (flag bits masked).
    #[inline]
    pub fn get(&self, kind: u16) -> Option<Attr<'d>> {
        match self.at.get(usize::from(kind)) {
            Some(0) if self.attrs.rest.len() < 0x3_fffc => None,
            Some(&index) if index != 0 => {
                let offset = usize::from(index.wrapping_sub(1)) << 2;
                Attrs::new(self.attrs.rest.get(offset..)?).step()
            }
            _ => self.attrs.find(kind),
        }
    }
}

impl<'d, const N: usize> Source<'d> for &AttrTable<'d, N> {
    #[inline]
    fn find(self, kind: u16) -> Option<Attr<'d>> {
        self.get(kind)
    }

    #[inline]
    fn all(self) -> Attrs<'d> {
        self.attrs
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn attr(kind: u16, payload: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        out.extend((payload.len() as u16).wrapping_add(4).to_ne_bytes());
        out.extend(kind.to_ne_bytes());
        out.extend(payload);
        out.resize(align4(out.len()), 0);
        out
    }

    #[test]
    fn flag_bits_are_masked_and_kept() {
        let bytes = attr(5 | NLA_F_NESTED | NLA_F_NET_BYTEORDER, &[1]);
        let a = Attrs::new(&bytes).next().unwrap();
        assert_eq!((a.kind(), a.is_nested(), a.is_net_byteorder(), a.payload()), (5, true, true, &[1][..]));
        assert_eq!(a.raw_kind(), 5 | 0xc000);
    }

    #[test]
    fn table_finds_what_the_scan_finds() {
        let mut bytes = [attr(1, &[1]), attr(7, &[2, 2]), attr(1, &[3]), attr(90, &[4])].concat();
        bytes.extend([3, 0, 0, 0]); // an attribute shorter than its header
        let attrs = Attrs::new(&bytes);
        let table = AttrTable::<8>::new(attrs);
        for kind in [0, 1, 2, 7, 8, 90, 91] {
            assert_eq!(table.get(kind), attrs.find(kind), "{kind}");
        }
        assert_eq!(attrs.find_last(1).unwrap().payload(), [3]);
        let mut rest = attrs;
        assert_eq!(rest.by_ref().count(), 4);
        assert_eq!(rest.remainder(), [3, 0, 0, 0]);
    }

    #[test]
    fn last_attribute_may_lack_padding() {
        let mut bytes = attr(1, &[9; 5]);
        bytes.truncate(9);
        assert_eq!(Attrs::new(&bytes).next().unwrap().payload(), [9; 5]);
        bytes.truncate(8);
        assert_eq!(Attrs::new(&bytes).next(), None);
    }
}

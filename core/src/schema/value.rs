//! The types a row can have, and how each is read and written.

use super::{Fixed, Int, Kind, Names, Schema};
use crate::bytes;
use crate::wire::Writer;
use core::fmt;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A payload type: what a getter returns, what a setter takes, and its shape as data.
///
/// Reading is lenient: too short is `None`, longer reads as its prefix.
pub trait Value {
    /// What the getter returns.
    type View<'a>;
    /// What the setter takes.
    type Arg<'a>;
    /// Its shape.
    const KIND: Kind;
    /// Reads the payload.
    fn read(payload: &[u8]) -> Option<Self::View<'_>>;
    /// Appends the attribute `id`.
    fn write(w: &mut Writer<'_>, id: u16, value: Self::Arg<'_>);
}

/// An attribute set as a type: its table, header and view. Implemented by [`attrs!`](crate::attrs).
pub trait Set {
    /// Its table.
    const SCHEMA: &'static Schema;
    /// The struct in front of the attributes.
    type Header: Header;
    /// The view that scans.
    type View<'a>: Copy;
    /// A view of a message's payload (or a nest's); `None` when its header is cut.
    fn view(payload: &[u8]) -> Option<Self::View<'_>>;
}

/// A fixed struct in front of attributes.
pub trait Header: Copy + Default {
    /// Its table.
    const FIXED: &'static Fixed;
    /// Size in bytes.
    const SIZE: usize = Self::FIXED.size;
    /// Reads it; `None` when a field that every kernel has is not there.
    fn read_fixed(bytes: &[u8]) -> Option<Self>;
    /// Appends it.
    fn write_fixed(&self, w: &mut Writer<'_>);
}

/// No header: what nested sets have.
#[derive(Clone, Copy, Default, Debug, PartialEq, Eq)]
pub struct NoHeader;

impl Header for NoHeader {
    const FIXED: &'static Fixed = Fixed::NONE;
    fn read_fixed(_: &[u8]) -> Option<Self> {
        Some(Self)
    }
    fn write_fixed(&self, _: &mut Writer<'_>) {}
}

/// The type of a field of a fixed struct.
pub trait FieldValue: Sized + Copy {
    /// Size in bytes.
    const SIZE: usize;
    /// Shape.
    const KIND: Kind;
    /// Whether older kernels lack it.
    const OPTIONAL: bool = false;
    /// Reads it from the beginning of `bytes`.
    fn read_field(bytes: &[u8]) -> Option<Self>;
    /// Writes it into `out`, which is `SIZE` long.
    fn write_field(&self, out: &mut [u8]);
}

fn put(out: &mut [u8], bytes: &[u8]) {
    for (to, from) in out.iter_mut().zip(bytes) {
        *to = *from;
    }
}

macro_rules! integers {
    ($($ty:ident $size:literal $signed:literal;)*) => { $(
        impl Value for $ty {
            type View<'a> = $ty;
            type Arg<'a> = $ty;
            const KIND: Kind = Kind::Int(Int::new($size, $signed, false));
            #[inline]
            fn read(payload: &[u8]) -> Option<$ty> {
                payload.first_chunk::<$size>().map(|b| $ty::from_ne_bytes(*b))
            }
            #[inline]
            fn write(w: &mut Writer<'_>, id: u16, value: $ty) {
                w.attr(id, &value.to_ne_bytes());
            }
        }
        impl Value for Be<$ty> {
            type View<'a> = $ty;
            type Arg<'a> = $ty;
            const KIND: Kind = Kind::Int(Int::new($size, $signed, true));
            #[inline]
            fn read(payload: &[u8]) -> Option<$ty> {
                payload.first_chunk::<$size>().map(|b| $ty::from_be_bytes(*b))
            }
            #[inline]
            fn write(w: &mut Writer<'_>, id: u16, value: $ty) {
                w.attr(id, &value.to_be_bytes());
            }
        }
        impl FieldValue for $ty {
            const SIZE: usize = $size;
            const KIND: Kind = <$ty as Value>::KIND;
            #[inline]
            fn read_field(bytes: &[u8]) -> Option<$ty> {
                <$ty as Value>::read(bytes)
            }
            #[inline]
            fn write_field(&self, out: &mut [u8]) {
                put(out, &self.to_ne_bytes());
            }
        }
        impl FieldValue for Be<$ty> {
            const SIZE: usize = $size;
            const KIND: Kind = <Be<$ty> as Value>::KIND;
            #[inline]
            fn read_field(bytes: &[u8]) -> Option<Self> {
                <Be<$ty> as Value>::read(bytes).map(Be)
            }
            #[inline]
            fn write_field(&self, out: &mut [u8]) {
                put(out, &self.0.to_be_bytes());
            }
        }
    )* };
}

/// An integer in network byte order.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Be<T>(pub T);

integers! {
    u8 1 false;
    u16 2 false;
    u32 4 false;
    u64 8 false;
    i8 1 true;
    i16 2 true;
    i32 4 true;
    i64 8 true;
}

impl<const N: usize> FieldValue for [u8; N] {
    const SIZE: usize = N;
    #[allow(clippy::cast_possible_truncation)]
    const KIND: Kind = Kind::Bytes { min: N as u16, max: N as u16 };
    fn read_field(bytes: &[u8]) -> Option<Self> {
        bytes.first_chunk::<N>().copied()
    }
    fn write_field(&self, out: &mut [u8]) {
        put(out, self);
    }
}

/// A field that older kernels do not have.
impl<T: FieldValue + Default> FieldValue for Option<T> {
    const SIZE: usize = T::SIZE;
    const KIND: Kind = T::KIND;
    const OPTIONAL: bool = true;
    fn read_field(bytes: &[u8]) -> Option<Self> {
        Some(T::read_field(bytes))
    }
    fn write_field(&self, out: &mut [u8]) {
        self.unwrap_or_default().write_field(out);
    }
}

macro_rules! addresses {
    ($($ty:ident $n:literal $kind:ident;)*) => { $(
        impl FieldValue for $ty {
            const SIZE: usize = $n;
            const KIND: Kind = Kind::$kind;
            fn read_field(bytes: &[u8]) -> Option<Self> {
                bytes.first_chunk::<$n>().map(|b| $ty::from(*b))
            }
            fn write_field(&self, out: &mut [u8]) {
                put(out, &self.octets());
            }
        }
        impl Value for $ty {
            type View<'a> = $ty;
            type Arg<'a> = $ty;
            const KIND: Kind = Kind::$kind;
            #[inline]
            fn read(payload: &[u8]) -> Option<$ty> {
                payload.first_chunk::<$n>().map(|b| $ty::from(*b))
            }
            #[inline]
            fn write(w: &mut Writer<'_>, id: u16, value: $ty) {
                w.attr(id, &value.octets());
            }
        }
    )* };
}

addresses! {
    Ipv4Addr 4 Ipv4;
    Ipv6Addr 16 Ipv6;
}

impl Value for IpAddr {
    type View<'a> = IpAddr;
    type Arg<'a> = IpAddr;
    const KIND: Kind = Kind::Ip;
    #[inline]
    fn read(payload: &[u8]) -> Option<IpAddr> {
        // Exactly 4 or 16: a prefix of another address would be another address.
        match payload.len() {
            4 => payload.first_chunk::<4>().map(|b| IpAddr::from(*b)),
            16 => payload.first_chunk::<16>().map(|b| IpAddr::from(*b)),
            _ => None,
        }
    }
    #[inline]
    fn write(w: &mut Writer<'_>, id: u16, value: IpAddr) {
        match value {
            IpAddr::V4(a) => w.attr(id, &a.octets()),
            IpAddr::V6(a) => w.attr(id, &a.octets()),
        }
    }
}

/// An unsigned integer that the kernel sends as 4 bytes, or as 8 when it needs them (`nla_put_uint`). Written as 8.
#[derive(Debug)]
pub enum Uint {}

impl Value for Uint {
    type View<'a> = u64;
    type Arg<'a> = u64;
    const KIND: Kind = Kind::Int(Int::new(8, false, false));
    #[inline]
    fn read(payload: &[u8]) -> Option<u64> {
        match payload.len() {
            4..8 => <u32 as Value>::read(payload).map(u64::from),
            _ => <u64 as Value>::read(payload),
        }
    }
    #[inline]
    fn write(w: &mut Writer<'_>, id: u16, value: u64) {
        w.attr(id, &value.to_ne_bytes());
    }
}

/// Text with a terminating NUL; at most `MAX` bytes without it.
#[derive(Debug)]
pub enum Text<const MAX: u16 = 65_530> {}

/// Text of any length.
pub type Str = Text<65_530>;
/// An interface name: at most 15 bytes (`IFNAMSIZ` less the NUL).
pub type IfName = Text<15>;

impl<const MAX: u16> Value for Text<MAX> {
    type View<'a> = &'a str;
    type Arg<'a> = &'a str;
    const KIND: Kind = Kind::Str { max: MAX };
    #[inline]
    fn read(payload: &[u8]) -> Option<&str> {
        // The kernel accepts and sometimes sends strings without their NUL.
        let text = payload.split(|&b| b == 0).next()?;
        core::str::from_utf8(text).ok()
    }
    #[inline]
    fn write(w: &mut Writer<'_>, id: u16, value: &str) {
        w.attr_str(id, value);
    }
}

/// Opaque bytes of `MIN` to `MAX`.
#[derive(Debug)]
pub enum Bytes<const MIN: u16 = 0, const MAX: u16 = 65_531> {}

impl<const MIN: u16, const MAX: u16> Value for Bytes<MIN, MAX> {
    type View<'a> = &'a [u8];
    type Arg<'a> = &'a [u8];
    const KIND: Kind = Kind::Bytes { min: MIN, max: MAX };
    #[inline]
    fn read(payload: &[u8]) -> Option<&[u8]> {
        (payload.len() >= usize::from(MIN)).then_some(payload)
    }
    #[inline]
    fn write(w: &mut Writer<'_>, id: u16, value: &[u8]) {
        w.attr(id, value);
    }
}

/// A link-layer address: 6 bytes for Ethernet, 4 or 16 for tunnels, up to 32 for others.
#[derive(Debug)]
pub enum LinkAddr {}

impl Value for LinkAddr {
    type View<'a> = &'a [u8];
    type Arg<'a> = &'a [u8];
    const KIND: Kind = Kind::LinkAddr;
    #[inline]
    fn read(payload: &[u8]) -> Option<&[u8]> {
        Some(payload)
    }
    #[inline]
    fn write(w: &mut Writer<'_>, id: u16, value: &[u8]) {
        w.attr(id, value);
    }
}

/// An attribute without payload: `Some(())` when it is there.
#[derive(Debug)]
pub enum Flag {}

impl Value for Flag {
    type View<'a> = ();
    type Arg<'a> = ();
    const KIND: Kind = Kind::Flag;
    #[inline]
    fn read(_: &[u8]) -> Option<()> {
        Some(())
    }
    #[inline]
    fn write(w: &mut Writer<'_>, id: u16, (): ()) {
        w.attr(id, &[]);
    }
}

/// A switch that is set by an attribute without payload and reported as a byte.
#[derive(Debug)]
pub enum FlagByte {}

impl Value for FlagByte {
    type View<'a> = bool;
    type Arg<'a> = ();
    const KIND: Kind = Kind::Bytes { min: 0, max: 1 };
    #[inline]
    fn read(payload: &[u8]) -> Option<bool> {
        Some(payload.first().is_none_or(|byte| *byte != 0))
    }
    #[inline]
    fn write(w: &mut Writer<'_>, id: u16, (): ()) {
        w.attr(id, &[]);
    }
}

/// One MPLS label with its traffic class and time to live (RFC 3032 section 2.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Label(u32);

impl Label {
    /// A label (20 bits) at the bottom of the stack or above it.
    pub const fn new(label: u32, bottom: bool) -> Self {
        Self((label & 0xf_ffff) << 12 | if bottom { 0x100 } else { 0 })
    }
    /// The label's 20 bits.
    pub const fn label(self) -> u32 {
        self.0 >> 12
    }
    /// As it is on the wire: network byte order.
    pub const fn to_bytes(self) -> [u8; 4] {
        self.0.to_be_bytes()
    }
    /// Whether it is the last of its stack.
    pub const fn is_bottom(self) -> bool {
        self.0 & 0x100 != 0
    }
}

/// A stack of MPLS labels, outermost first.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Labels<'a>(&'a [u8]);

impl<'a> Labels<'a> {
    /// The stack in `payload`: 4 bytes a label, network byte order.
    pub const fn new(payload: &'a [u8]) -> Self {
        Self(payload)
    }
    /// The labels up to the one with the bottom-of-stack bit.
    pub fn iter(self) -> impl Iterator<Item = Label> + 'a {
        let mut ended = false;
        self.0.chunks_exact(4).map_while(move |chunk| {
            let label = Label(bytes::u32_be(chunk)?);
            let before = ended;
            ended |= label.is_bottom();
            (!before).then_some(label)
        })
    }
}

impl fmt::Display for Labels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, label) in self.iter().enumerate() {
            write!(f, "{}{}", if n == 0 { "" } else { "/" }, label.label())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Labels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Marker for an MPLS label stack; the setter takes the labels' numbers.
#[derive(Debug)]
pub enum LabelStack {}

impl Value for LabelStack {
    type View<'a> = Labels<'a>;
    type Arg<'a> = &'a [u32];
    const KIND: Kind = Kind::Labels;
    fn read(payload: &[u8]) -> Option<Labels<'_>> {
        Some(Labels(payload))
    }
    fn write(w: &mut Writer<'_>, id: u16, labels: &[u32]) {
        let count = labels.len();
        w.nest_raw(id, |w| {
            for (n, label) in labels.iter().enumerate() {
                w.bytes(&Label::new(*label, n.saturating_add(1) == count).to_bytes());
            }
        });
    }
}

/// The name of one value in a names table.
pub fn name_of(names: &'static [(u64, &'static str)], value: u64) -> Option<&'static str> {
    names.iter().find(|row| row.0 == value).map(|row| row.1)
}

/// Prints flag bits as `A|B|0x40`, unknown bits as a number, nothing as `0`.
pub fn fmt_flags(f: &mut fmt::Formatter<'_>, names: &[(u64, &str)], bits: u64) -> fmt::Result {
    let mut rest = bits;
    let mut first = true;
    for (mask, name) in names {
        if *mask != 0 && rest & mask == *mask {
            write!(f, "{}{name}", if first { "" } else { "|" })?;
            rest &= !mask;
            first = false;
        }
    }
    match (rest, first) {
        (0, true) => f.write_str("0"),
        (0, false) => Ok(()),
        (rest, _) => write!(f, "{}{rest:#x}", if first { "" } else { "|" }),
    }
}

/// The kind of a named integer, for [`open_enum!`](crate::open_enum) and [`flags!`](crate::flags).
pub const fn named(kind: Kind, names: Names) -> Kind {
    match kind {
        Kind::Int(int) => Kind::Int(Int { names, ..int }),
        _ => Kind::Int(Int { size: 4, signed: false, big_endian: false, names }),
    }
}

/// Offsets of consecutive fields of the given sizes.
#[doc(hidden)]
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
pub const fn offsets<const N: usize>(sizes: [usize; N]) -> [usize; N] {
    // Evaluated at compile time only, where a mistake is a build error.
    let mut out = [0; N];
    let mut i = 1;
    while i < N {
        out[i] = out[i - 1] + sizes[i - 1];
        i += 1;
    }
    out
}

/// Size of a struct with these fields.
#[doc(hidden)]
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects)]
pub const fn total(fields: &[super::Field]) -> usize {
    match fields.len() {
        0 => 0,
        n => fields[n - 1].offset + fields[n - 1].size,
    }
}

/// Appends a struct as an attribute.
#[doc(hidden)]
pub fn write_struct<H: Header>(w: &mut Writer<'_>, id: u16, value: &H) {
    let start = w.len();
    w.attr(id, &[]);
    value.write_fixed(w);
    w.close_attr(start, H::SIZE);
}

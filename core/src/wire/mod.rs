//! The bytes of netlink: messages, attributes, acknowledgements, and the writer that makes them.
//!
//! Reading is zero-copy and lenient: an iterator over borrowed slices that ends at the first byte it cannot
//! understand and says where that is. Writing goes into a caller's buffer and never allocates.
//!
//! ```
//! use netplumb_core::wire::{Attrs, Messages, Writer};
//! let mut buffer = [0; 64];
//! let mut w = Writer::new(&mut buffer);
//! w.message(20, 0x301, 7, 0, |w| {
//!     w.bytes(&[2, 24, 0, 0, 1, 0, 0, 0]); // struct ifaddrmsg
//!     w.attr(2, &[192, 0, 2, 1]); // IFA_LOCAL
//! });
//! let bytes = w.finish().unwrap();
//! let message = Messages::new(bytes).next().unwrap().unwrap();
//! let local = Attrs::new(&message.payload()[8..]).next().unwrap();
//! assert_eq!((message.kind(), local.kind(), local.payload()), (20, 2, &[192, 0, 2, 1][..]));
//! ```

mod ack;
mod attr;
mod message;
mod write;

pub use ack::Ack;
pub use attr::{Attr, AttrTable, Attrs, NLA_F_NESTED, NLA_F_NET_BYTEORDER, NLA_TYPE_MASK, Source};
pub use message::*;
pub use write::{Overflow, Writer};

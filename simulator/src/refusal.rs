//! Why a request is refused: what goes into an error message.

use netplumb_core::Errno;
use netplumb_core::wire::Writer;
use std::borrow::Cow;

const NLMSGERR_ATTR_MSG: u16 = 1;
const NLMSGERR_ATTR_OFFS: u16 = 2;
const NLMSGERR_ATTR_POLICY: u16 = 4;
const NLMSGERR_ATTR_MISS_TYPE: u16 = 5;
const NLMSGERR_ATTR_MISS_NEST: u16 = 6;

/// An error number and the kernel's words (`struct netlink_ext_ack`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Refusal {
    pub(crate) errno: Errno,
    pub(crate) message: Option<Cow<'static, str>>,
    /// Offset of the attribute at fault, from the beginning of the request.
    pub(crate) offset: Option<u32>,
    pub(crate) policy: Option<Policy>,
    /// Type of an attribute that is missing, and the offset of the nest it is missing in.
    pub(crate) missing: Option<(u16, Option<u32>)>,
}

/// What would have been allowed (`NL_POLICY_TYPE_ATTR_*`).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Policy {
    /// `NL_ATTR_TYPE_*`.
    pub(crate) kind: u32,
    /// Smallest and largest value of an unsigned integer.
    pub(crate) range: Option<(u64, u64)>,
    /// Largest length.
    pub(crate) max_len: Option<u32>,
    /// The bits of an integer that may be set.
    pub(crate) mask: Option<u64>,
}

pub(crate) type Outcome<T = ()> = Result<T, Refusal>;

impl Refusal {
    pub(crate) fn new(errno: Errno, message: impl Into<Cow<'static, str>>) -> Self {
        Self { message: Some(message.into()), ..Self::from(errno) }
    }

    pub(crate) fn at(self, offset: u32) -> Self {
        Self { offset: Some(offset), ..self }
    }

    pub(crate) fn missing(errno: Errno, kind: u16) -> Self {
        Self { missing: Some((kind, None)), ..Self::from(errno) }
    }

    /// Whether there is something to say beyond the number.
    pub(crate) fn has_words(&self) -> bool {
        self.message.is_some() || self.offset.is_some() || self.policy.is_some() || self.missing.is_some()
    }

    /// The attributes behind an error (`netlink_ack_tlv_fill`), in the kernel's order.
    pub(crate) fn write(&self, w: &mut Writer<'_>) {
        if let Some(text) = &self.message {
            w.attr_str(NLMSGERR_ATTR_MSG, text);
        }
        if let Some(offset) = self.offset {
            w.attr(NLMSGERR_ATTR_OFFS, &offset.to_ne_bytes());
        }
        if let Some(policy) = &self.policy {
            w.nest(NLMSGERR_ATTR_POLICY, |w| policy.write(w));
        }
        if let Some((kind, nest)) = self.missing {
            w.attr(NLMSGERR_ATTR_MISS_TYPE, &u32::from(kind).to_ne_bytes());
            if let Some(nest) = nest {
                w.attr(NLMSGERR_ATTR_MISS_NEST, &nest.to_ne_bytes());
            }
        }
    }
}

impl Policy {
    /// `__netlink_policy_dump_write_attr`.
    fn write(&self, w: &mut Writer<'_>) {
        if let Some((low, high)) = self.range {
            w.attr(4, &low.to_ne_bytes());
            w.attr(5, &high.to_ne_bytes());
        }
        if let Some(max) = self.max_len {
            w.attr(7, &max.to_ne_bytes());
        }
        if let Some(mask) = self.mask {
            w.attr(12, &mask.to_ne_bytes());
        }
        // The kernel knows the type last.
        w.attr(1, &self.kind.to_ne_bytes());
    }
}

impl From<Errno> for Refusal {
    fn from(errno: Errno) -> Self {
        Self { errno, message: None, offset: None, policy: None, missing: None }
    }
}

/// An error with the kernel's words.
pub(crate) fn refuse<T>(errno: Errno, message: impl Into<Cow<'static, str>>) -> Outcome<T> {
    Err(Refusal::new(errno, message))
}

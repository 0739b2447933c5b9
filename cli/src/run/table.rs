//! What a request was answered with.

use crate::grammar::Ask;
use netplumb_backends::{Error, Part, Transact};
use netplumb_core::family::ROUTE;
use netplumb_core::schema::{Fault, FaultKind, Rules, check};
use netplumb_core::wire::{Message, Messages};

/// Messages of a table, collected before anything is printed: a dump that is started again must not appear twice.
#[derive(Debug, Default)]
pub(crate) struct Table {
    bytes: Vec<u8>,
    /// What could not be read, with its place.
    pub(crate) broken: Vec<String>,
}

impl Table {
    /// Asks for it.
    ///
    /// # Errors
    /// Those of the request. What came before is lost.
    pub(crate) fn read(net: &mut dyn Transact, ask: &Ask) -> Result<(Self, Option<String>), Error> {
        let mut table = Self::default();
        let ended = net.transact(&ask.message, ask.expect, &mut |part| match part {
            Part::Reply(message) => {
                if let Some(fault) = unreadable(message) {
                    let offset = table.bytes.len();
                    table.broken.push(format!("the reply at offset {offset} is printed in part: {fault}"));
                }
                table.bytes.extend_from_slice(message.bytes());
                // Messages stand on multiples of four bytes.
                table.bytes.resize(table.bytes.len().next_multiple_of(4), 0);
            }
            Part::Restarted => table = Self::default(),
            Part::Malformed(m) => {
                table.broken.push(format!("a reply is malformed at offset {}: {}", m.offset, m.reason));
            }
        })?;
        Ok((table, ended.warning))
    }

    /// The messages, in the kernel's order.
    pub(crate) fn messages(&self) -> impl Iterator<Item = Message<'_>> + Clone {
        Messages::new(&self.bytes).flatten()
    }

    /// Where one of the messages begins, in bytes behind the beginning of the first.
    pub(crate) fn offset(&self, message: Message<'_>) -> usize {
        message.bytes().as_ptr().addr().saturating_sub(self.bytes.as_ptr().addr())
    }
}

/// What of a message cannot be read, though its header can: getters pass over such an attribute as if it were not there.
/// What is only unusual (an unknown attribute, a value out of its range) is printed like the rest.
pub(crate) fn unreadable(message: Message<'_>) -> Option<Fault> {
    const RULES: Rules = Rules { repeated: true, unterminated: true, ..Rules::OTHER_KERNELS };
    let schema = (ROUTE.message(message.kind())?.schema)();
    // A header that is cut leaves nothing to print, and is told where it is found.
    schema.split(message.payload())?;
    check(schema, message.payload(), RULES).err().filter(|fault| {
        matches!(
            fault.reason,
            FaultKind::TooShort { .. }
                | FaultKind::HeaderCut { .. }
                | FaultKind::AddressLength { .. }
                | FaultKind::PartialElement { .. }
                | FaultKind::TrailingBytes { .. }
                | FaultKind::BadRecord
                | FaultKind::TooDeep
        )
    })
}

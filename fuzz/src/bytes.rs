//! Any bytes as a datagram.

use netplumb_core::family::{PROTOCOLS, Protocol};
use netplumb_core::schema::{Rules, check, locate, pretty, read_message, write_message};
use netplumb_core::wire::{Ack, Message, Messages, Writer};
use std::fmt;

/// Reads `data` as a datagram of every protocol, and its payloads as every set.
///
/// # Panics
/// When an interpreter contradicts another: a fault that `locate` does not find where `check` saw it.
pub fn run(data: &[u8]) {
    for protocol in PROTOCOLS {
        for message in Messages::new(data).flatten() {
            if let Some(Ok(ack)) = Ack::parse(message) {
                let _ = format!("{ack:?} {:?} {:?} {:?}", ack.cookie(), ack.policy(), ack.request());
            }
            if let Some(kind) = protocol.message(message.kind()) {
                payload((kind.schema)(), message.payload());
            }
            json(protocol, message);
        }
    }
    // The first byte chooses a set, so that short inputs reach all of them.
    if let Some((choice, rest)) = data.split_first() {
        let sets = netplumb_core::family::SETS;
        payload(sets[usize::from(*choice) % sets.len()](), rest);
    }
}

struct Shown<'d>(&'static netplumb_core::schema::Schema, &'d [u8]);

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split(self.1) {
            Some((header, attrs)) => pretty(f, self.0, header, attrs),
            None => f.write_str("cut"),
        }
    }
}

fn payload(schema: &'static netplumb_core::schema::Schema, bytes: &[u8]) {
    let text = format!("{:?}", Shown(schema, bytes));
    assert!(text.len() < 4096 + bytes.len() * 256, "output is bounded by the input");
    for rules in [Rules::STRICT, Rules::OTHER_KERNELS, Rules::KERNEL_LENIENT] {
        if let Err(fault) = check(schema, bytes, rules) {
            let _ = fault.to_string();
            assert!(fault.offset <= bytes.len(), "{fault} is outside of {} bytes", bytes.len());
        }
    }
    for offset in (0..bytes.len()).step_by(1 + bytes.len() / 64) {
        let _ = locate(schema, bytes, offset).map(|path| path.to_string());
    }
}

/// What is written as JSON is read back into the same bytes, up to the contents of padding.
fn json(protocol: &Protocol, message: Message<'_>) {
    let mut text = String::new();
    write_message(&mut text, protocol, message).expect("a string takes everything");
    let mut buffer = vec![0; message.bytes().len() + 64];
    let mut w = Writer::new(&mut buffer);
    match read_message(&text, protocol, &mut w) {
        Ok(read) => assert_eq!(read, text.len(), "{text}"),
        Err(error) => panic!("{error} in {text}"),
    }
    let back = w.finish().expect("it is as long as the message was");
    let mut again = String::new();
    let back = Message::parse(back).expect("it is a message");
    assert_eq!(back.bytes().len(), message.bytes().len(), "{text}");
    write_message(&mut again, protocol, back).expect("a string takes everything");
    assert_eq!(again, text);
}

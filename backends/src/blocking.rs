//! A real kernel through blocking calls.

use crate::client::Client;
use crate::error::Error;
pub use crate::sys::netlink::NetlinkSocket;
use netplumb_core::conn::Config;
use netplumb_core::family::ROUTE;

/// A client of rtnetlink in the calling thread's network namespace. Reading needs no privilege.
///
/// # Errors
/// Those of [`NetlinkSocket::open`].
pub fn route() -> Result<Client<NetlinkSocket>, Error> {
    let socket = NetlinkSocket::open(ROUTE.number)?;
    let mut config = Config::new(socket.port());
    config.receive_buffer = socket.receive_buffer()?;
    Ok(Client::new(&ROUTE, socket, config))
}

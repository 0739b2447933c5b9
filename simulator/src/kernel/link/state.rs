//! What a link shows of itself that follows from other links.

use super::{Data, Link};
use crate::kernel::netns::Netns;

impl Link {
    /// `IFLA_INFO_DATA` with what is computed.
    pub(crate) fn shown_data(&self, _ns: &Netns) -> Data {
        self.data.clone()
    }
    /// `IFLA_INFO_SLAVE_DATA` with what is computed.
    pub(crate) fn shown_port(&self, _ns: &Netns, _master: &Link) -> Data {
        self.port.clone()
    }
}

//! Kinds of virtual interfaces (`IFLA_LINKINFO`), one file each.

pub mod bridge;
pub mod bridge_port;
pub mod veth;

use crate::attrs;
use crate::schema::{Bytes, Case, Kind, Select, Selector, Str, Value};

static DATA: Select = Select {
    by: Selector::Sibling(IFLA_INFO_KIND),
    cases: &[
        (Case::Str("bridge"), Kind::Nest(|| bridge::Bridge::SCHEMA)),
        (Case::Str("veth"), Kind::Nest(|| veth::Veth::SCHEMA)),
        (Case::Any, <Bytes as Value>::KIND),
    ],
};

static SLAVE_DATA: Select = Select {
    by: Selector::Sibling(IFLA_INFO_SLAVE_KIND),
    cases: &[
        (Case::Str("bridge"), Kind::Nest(|| bridge_port::BridgePort::SCHEMA)),
        (Case::Any, <Bytes as Value>::KIND),
    ],
};

attrs! {
    /// Kind of a virtual interface and what the kind knows (`IFLA_INFO_*`, `linux/if_link.h`).
    LinkInfo / LinkInfoBuilder = "link.linkinfo" {
        /// Kind of the interface: `"veth"`, `"bridge"`.
        IFLA_INFO_KIND = 1 => kind: Str, key;
        /// What the kind knows.
        IFLA_INFO_DATA = 2 => data: {select Kind::Select(&DATA)};
        /// Counters of the kind.
        IFLA_INFO_XSTATS = 3 => xstats: (Bytes), read_only, volatile;
        /// Kind of the device that it is a port of.
        IFLA_INFO_SLAVE_KIND = 4 => slave_kind: Str;
        /// What that device knows about the port.
        IFLA_INFO_SLAVE_DATA = 5 => slave_data: {select Kind::Select(&SLAVE_DATA)};
    }
}

/// A set of attributes that a kind of interface has in `IFLA_INFO_DATA`.
macro_rules! kinds {
    ($( $(#[doc = $doc:literal])* $name:ident $View:ty, $Builder:ty, $kind:literal; )*) => {
        impl<'a, S: crate::wire::Source<'a>> LinkInfo<'a, S> {
            $( $(#[doc = $doc])*
            ///
            /// `None` when the interface is of another kind.
            pub fn $name(&self) -> Option<$View> {
                if self.kind()? != $kind {
                    return None;
                }
                <$View>::new(self.data()?.payload())
            } )*
        }

        impl<'b> LinkInfoBuilder<'_, 'b> {
            $( #[doc = concat!("Kind `", $kind, "` and its data.")]
            pub fn $name(&mut self, fill: impl FnOnce(&mut $Builder)) -> &mut Self {
                self.kind($kind);
                self.writer().nest(IFLA_INFO_DATA, |w| fill(&mut <$Builder>::new(w)));
                self
            } )*
        }
    };
}

kinds! {
    /// Data of a bridge.
    bridge bridge::Bridge<'a>, bridge::BridgeBuilder<'_, 'b>, "bridge";
    /// Data of a pair of interfaces.
    veth veth::Veth<'a>, veth::VethBuilder<'_, 'b>, "veth";
}

impl<'a, S: crate::wire::Source<'a>> LinkInfo<'a, S> {
    /// Data of a port of a bridge. `None` when it is not one.
    pub fn bridge_port(&self) -> Option<bridge_port::BridgePort<'a>> {
        if self.slave_kind()? != "bridge" {
            return None;
        }
        bridge_port::BridgePort::new(self.slave_data()?.payload())
    }
}

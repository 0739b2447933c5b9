//! Port profiles of virtual functions (`IFLA_VF_PORTS`, `IFLA_PORT_SELF`), IEEE 802.1Qbg.
//!
//! ```
//! use netplumb_core::family::link;
//! use netplumb_core::family::link::port::PORT_REQUEST_ASSOCIATE;
//! let request = link::set(3u32).with(|l| {
//!     l.port_self(|p| {
//!         p.profile("green").request(PORT_REQUEST_ASSOCIATE);
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_PORT_PROFILE: \"green\""));
//! ```

use crate::schema::{Bytes, Text};
use crate::{attrs, fixed, open_enum};

attrs! {
    /// The port profiles of virtual functions (`IFLA_VF_PORTS`, `linux/if_link.h`).
    VfPorts / VfPortsBuilder = "link.vf_ports" {
        /// One port.
        IFLA_VF_PORT = 1 => vf_ports: {many [VirtualPort, VirtualPortBuilder]}, multi;
    }
}

open_enum! {
    /// What to do with a port profile (`PORT_REQUEST_*`, `linux/if_link.h`).
    PortRequest: u8 {
        /// Reserve it.
        PORT_REQUEST_PREASSOCIATE = 0 => "preassociate",
        /// Reserve it with its resources.
        PORT_REQUEST_PREASSOCIATE_RR = 1 => "preassociate_rr",
        /// Take it.
        PORT_REQUEST_ASSOCIATE = 2 => "associate",
        /// Leave it.
        PORT_REQUEST_DISASSOCIATE = 3 => "disassociate",
    }
}

fixed! {
    /// `struct ifla_port_vsi` (`linux/if_link.h`).
    PortVsi = "ifla_port_vsi" {
        /// Id of the manager.
        vsi_mgr_id: u8,
        /// Id of the type.
        vsi_type_id: [u8; 3],
        /// Version of the type.
        vsi_type_version: u8,
        /// Alignment.
        _pad: [u8; 3],
    }
}

attrs! {
    /// The profile of a virtual port (`IFLA_PORT_*`, `linux/if_link.h`).
    VirtualPort / VirtualPortBuilder = "link.port" {
        /// Number of the virtual function; -1 is the device itself.
        IFLA_PORT_VF = 1 => vf: i32;
        /// Name of the profile, at most 39 bytes.
        IFLA_PORT_PROFILE = 2 => profile: (Text<39>);
        /// Type of the virtual station (802.1Qbg).
        IFLA_PORT_VSI_TYPE = 3 => vsi_type: PortVsi;
        /// UUID of the station.
        IFLA_PORT_INSTANCE_UUID = 4 => instance_uuid: (Bytes<16, 16>);
        /// UUID of the host.
        IFLA_PORT_HOST_UUID = 5 => host_uuid: (Bytes<16, 16>);
        /// What to do.
        IFLA_PORT_REQUEST = 6 => request: PortRequest;
        /// The switch's answer (`PORT_VDP_RESPONSE_*`, `PORT_PROFILE_RESPONSE_*`).
        IFLA_PORT_RESPONSE = 7 => response: u16, read_only;
    }
}

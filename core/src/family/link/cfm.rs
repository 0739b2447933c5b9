//! Connectivity fault management of a bridge (`IFLA_BRIDGE_CFM_*`), IEEE 802.1Q clause 20.
//!
//! ```
//! use netplumb_core::family::common::AF_BRIDGE;
//! use netplumb_core::family::link;
//! let request = link::set(3u32).header(|h| h.ifi_family = AF_BRIDGE).with(|l| {
//!     l.bridge_spec(|b| {
//!         b.cfm(|m| {
//!             m.mep_create(|c| { c.instance(1).ifindex(4); });
//!         });
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_BRIDGE_CFM_MEP_CREATE_INSTANCE: 1"));
//! ```

use crate::attrs;
use crate::schema::{Bytes, LinkAddr};

attrs! {
    /// Connectivity fault management of a bridge (`IFLA_BRIDGE_CFM_*`, `linux/if_bridge.h`).
    BridgeCfm / BridgeCfmBuilder = "link.bridge_spec.cfm" {
        /// Make an end point.
        IFLA_BRIDGE_CFM_MEP_CREATE = 1 => mep_create: [CfmMepCreate, CfmMepCreateBuilder];
        /// Delete an end point.
        IFLA_BRIDGE_CFM_MEP_DELETE = 2 => mep_delete: [CfmMepDelete, CfmMepDeleteBuilder];
        /// Configure an end point.
        IFLA_BRIDGE_CFM_MEP_CONFIG = 3 => mep_config: [CfmMepConfig, CfmMepConfigBuilder];
        /// Configure continuity checks.
        IFLA_BRIDGE_CFM_CC_CONFIG = 4 => cc_config: [CfmCcConfig, CfmCcConfigBuilder];
        /// Add another end point.
        IFLA_BRIDGE_CFM_CC_PEER_MEP_ADD = 5 => cc_peer_mep_add: [CfmCcPeerMep, CfmCcPeerMepBuilder];
        /// Remove another end point.
        IFLA_BRIDGE_CFM_CC_PEER_MEP_REMOVE = 6 => cc_peer_mep_remove: [CfmCcPeerMep, CfmCcPeerMepBuilder];
        /// Set the remote defect indication.
        IFLA_BRIDGE_CFM_CC_RDI = 7 => cc_rdi: [CfmCcRdi, CfmCcRdiBuilder];
        /// Configure the sending of checks.
        IFLA_BRIDGE_CFM_CC_CCM_TX = 8 => cc_ccm_tx: [CfmCcCcmTx, CfmCcCcmTxBuilder];
        /// An end point.
        IFLA_BRIDGE_CFM_MEP_CREATE_INFO = 9 =>
            mep_create_infos: {many [CfmMepCreate, CfmMepCreateBuilder]}, multi, read_only;
        /// Configuration of an end point.
        IFLA_BRIDGE_CFM_MEP_CONFIG_INFO = 10 =>
            mep_config_infos: {many [CfmMepConfig, CfmMepConfigBuilder]}, multi, read_only;
        /// Configuration of continuity checks.
        IFLA_BRIDGE_CFM_CC_CONFIG_INFO = 11 =>
            cc_config_infos: {many [CfmCcConfig, CfmCcConfigBuilder]}, multi, read_only;
        /// Remote defect indication.
        IFLA_BRIDGE_CFM_CC_RDI_INFO = 12 =>
            cc_rdi_infos: {many [CfmCcRdi, CfmCcRdiBuilder]}, multi, read_only;
        /// Configuration of the sending of checks.
        IFLA_BRIDGE_CFM_CC_CCM_TX_INFO = 13 =>
            cc_ccm_tx_infos: {many [CfmCcCcmTx, CfmCcCcmTxBuilder]}, multi, read_only;
        /// Another end point.
        IFLA_BRIDGE_CFM_CC_PEER_MEP_INFO = 14 =>
            cc_peer_mep_infos: {many [CfmCcPeerMep, CfmCcPeerMepBuilder]}, multi, read_only;
        /// State of an end point.
        IFLA_BRIDGE_CFM_MEP_STATUS_INFO = 15 =>
            mep_status_infos: {many [CfmMepStatus, CfmMepStatusBuilder]}, multi, read_only;
        /// State of another end point.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_INFO = 16 =>
            cc_peer_status_infos: {many [CfmCcPeerStatus, CfmCcPeerStatusBuilder]}, multi, read_only;
    }
}

attrs! {
    /// An end point (`IFLA_BRIDGE_CFM_MEP_CREATE_*`, `linux/if_bridge.h`).
    CfmMepCreate / CfmMepCreateBuilder = "link.bridge_spec.cfm.mep_create" {
        /// Number of the end point.
        IFLA_BRIDGE_CFM_MEP_CREATE_INSTANCE = 1 => instance: u32;
        /// 0 is a port, 1 a VLAN.
        IFLA_BRIDGE_CFM_MEP_CREATE_DOMAIN = 2 => domain: u32;
        /// 0 is down, 1 up.
        IFLA_BRIDGE_CFM_MEP_CREATE_DIRECTION = 3 => direction: u32;
        /// Index of its port.
        IFLA_BRIDGE_CFM_MEP_CREATE_IFINDEX = 4 => ifindex: u32;
    }
}

attrs! {
    /// An end point to delete (`IFLA_BRIDGE_CFM_MEP_DELETE_*`, `linux/if_bridge.h`).
    CfmMepDelete / CfmMepDeleteBuilder = "link.bridge_spec.cfm.mep_delete" {
        /// Number of the end point.
        IFLA_BRIDGE_CFM_MEP_DELETE_INSTANCE = 1 => instance: u32;
    }
}

attrs! {
    /// Configuration of an end point (`IFLA_BRIDGE_CFM_MEP_CONFIG_*`, `linux/if_bridge.h`).
    CfmMepConfig / CfmMepConfigBuilder = "link.bridge_spec.cfm.mep_config" {
        /// Number of the end point.
        IFLA_BRIDGE_CFM_MEP_CONFIG_INSTANCE = 1 => instance: u32;
        /// Its link-layer address.
        IFLA_BRIDGE_CFM_MEP_CONFIG_UNICAST_MAC = 2 => unicast_mac: LinkAddr;
        /// Level of its maintenance domain.
        IFLA_BRIDGE_CFM_MEP_CONFIG_MDLEVEL = 3 => mdlevel: u32 in 0..=7;
        /// Its id.
        IFLA_BRIDGE_CFM_MEP_CONFIG_MEPID = 4 => mepid: u32 in 0..=0x1fff;
    }
}

attrs! {
    /// Configuration of continuity checks (`IFLA_BRIDGE_CFM_CC_CONFIG_*`, `linux/if_bridge.h`).
    CfmCcConfig / CfmCcConfigBuilder = "link.bridge_spec.cfm.cc_config" {
        /// Number of the end point.
        IFLA_BRIDGE_CFM_CC_CONFIG_INSTANCE = 1 => instance: u32;
        /// Whether they are on: 0 or 1.
        IFLA_BRIDGE_CFM_CC_CONFIG_ENABLE = 2 => enable: u32;
        /// Time expected between checks (`BR_CFM_CCM_INTERVAL_*`, `linux/cfm_bridge.h`).
        IFLA_BRIDGE_CFM_CC_CONFIG_EXP_INTERVAL = 3 => exp_interval: u32;
        /// Maintenance association expected.
        IFLA_BRIDGE_CFM_CC_CONFIG_EXP_MAID = 4 => exp_maid: (Bytes<48, 48>);
    }
}

attrs! {
    /// Another end point (`IFLA_BRIDGE_CFM_CC_PEER_MEP*`, `linux/if_bridge.h`).
    CfmCcPeerMep / CfmCcPeerMepBuilder = "link.bridge_spec.cfm.cc_peer_mep" {
        /// Number of the end point.
        IFLA_BRIDGE_CFM_CC_PEER_MEP_INSTANCE = 1 => instance: u32;
        /// Its id.
        IFLA_BRIDGE_CFM_CC_PEER_MEPID = 2 => mepid: u32 in 0..=0x1fff;
    }
}

attrs! {
    /// Remote defect indication (`IFLA_BRIDGE_CFM_CC_RDI_*`, `linux/if_bridge.h`).
    CfmCcRdi / CfmCcRdiBuilder = "link.bridge_spec.cfm.cc_rdi" {
        /// Number of the end point.
        IFLA_BRIDGE_CFM_CC_RDI_INSTANCE = 1 => instance: u32;
        /// Whether it is set: 0 or 1.
        IFLA_BRIDGE_CFM_CC_RDI_RDI = 2 => rdi: u32;
    }
}

attrs! {
    /// Configuration of the sending of checks (`IFLA_BRIDGE_CFM_CC_CCM_TX_*`, `linux/if_bridge.h`).
    CfmCcCcmTx / CfmCcCcmTxBuilder = "link.bridge_spec.cfm.cc_ccm_tx" {
        /// Number of the end point.
        IFLA_BRIDGE_CFM_CC_CCM_TX_INSTANCE = 1 => instance: u32;
        /// Destination of the frames.
        IFLA_BRIDGE_CFM_CC_CCM_TX_DMAC = 2 => dmac: LinkAddr;
        /// Whether sequence numbers count up: 0 or 1.
        IFLA_BRIDGE_CFM_CC_CCM_TX_SEQ_NO_UPDATE = 3 => seq_no_update: u32;
        /// How long to send, in seconds; 0 stops.
        IFLA_BRIDGE_CFM_CC_CCM_TX_PERIOD = 4 => period: u32;
        /// Whether the interface state is sent: 0 or 1.
        IFLA_BRIDGE_CFM_CC_CCM_TX_IF_TLV = 5 => if_tlv: u32;
        /// The interface state.
        IFLA_BRIDGE_CFM_CC_CCM_TX_IF_TLV_VALUE = 6 => if_tlv_value: u8;
        /// Whether the port state is sent: 0 or 1.
        IFLA_BRIDGE_CFM_CC_CCM_TX_PORT_TLV = 7 => port_tlv: u32;
        /// The port state.
        IFLA_BRIDGE_CFM_CC_CCM_TX_PORT_TLV_VALUE = 8 => port_tlv_value: u8;
    }
}

attrs! {
    /// State of an end point (`IFLA_BRIDGE_CFM_MEP_STATUS_*`, `linux/if_bridge.h`).
    CfmMepStatus / CfmMepStatusBuilder = "link.bridge_spec.cfm.mep_status" {
        /// Number of the end point.
        IFLA_BRIDGE_CFM_MEP_STATUS_INSTANCE = 1 => instance: u32;
        /// Whether an unexpected kind of frame was seen: 0 or 1.
        IFLA_BRIDGE_CFM_MEP_STATUS_OPCODE_UNEXP_SEEN = 2 => opcode_unexp_seen: u32;
        /// Whether an unexpected version was seen: 0 or 1.
        IFLA_BRIDGE_CFM_MEP_STATUS_VERSION_UNEXP_SEEN = 3 => version_unexp_seen: u32;
        /// Whether a frame of a lower level was seen: 0 or 1.
        IFLA_BRIDGE_CFM_MEP_STATUS_RX_LEVEL_LOW_SEEN = 4 => rx_level_low_seen: u32;
    }
}

attrs! {
    /// State of another end point (`IFLA_BRIDGE_CFM_CC_PEER_STATUS_*`, `linux/if_bridge.h`).
    CfmCcPeerStatus / CfmCcPeerStatusBuilder = "link.bridge_spec.cfm.cc_peer_status" {
        /// Number of the end point.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_INSTANCE = 1 => instance: u32;
        /// Its id.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_PEER_MEPID = 2 => peer_mepid: u32;
        /// Whether its checks stay away: 0 or 1.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_CCM_DEFECT = 3 => ccm_defect: u32;
        /// Whether it indicates a defect: 0 or 1.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_RDI = 4 => rdi: u32;
        /// Its port state.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_PORT_TLV_VALUE = 5 => port_tlv_value: u8;
        /// Its interface state.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_IF_TLV_VALUE = 6 => if_tlv_value: u8;
        /// Whether a check was seen: 0 or 1.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_SEEN = 7 => seen: u32;
        /// Whether a check with a state was seen: 0 or 1.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_TLV_SEEN = 8 => tlv_seen: u32;
        /// Whether an unexpected sequence number was seen: 0 or 1.
        IFLA_BRIDGE_CFM_CC_PEER_STATUS_SEQ_UNEXP_SEEN = 9 => seq_unexp_seen: u32;
    }
}

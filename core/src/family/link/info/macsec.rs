//! Encrypted Ethernet, kind `macsec` (`IFLA_MACSEC_*`), IEEE 802.1AE.
//!
//! ```
//! use netplumb_core::family::link;
//! let request = link::create("ms0").link(2).linkinfo(|info| {
//!     info.macsec(|m| {
//!         m.port(11).encrypt(1);
//!     });
//! });
//! assert!(format!("{request:?}").contains("IFLA_MACSEC_ENCRYPT: 1"));
//! ```

use crate::schema::{Be, Bytes};
use crate::{attrs, open_enum};

open_enum! {
    /// What happens to packets that are not right (`MACSEC_VALIDATE_*`, `linux/if_link.h`), with iproute2's words.
    MacsecValidation: u8 {
        /// They are accepted.
        MACSEC_VALIDATE_DISABLED = 0 => "disabled",
        /// They are counted and accepted.
        MACSEC_VALIDATE_CHECK = 1 => "check",
        /// They are dropped.
        MACSEC_VALIDATE_STRICT = 2 => "strict",
    }
}

open_enum! {
    /// Who encrypts (`MACSEC_OFFLOAD_*`, `linux/if_link.h`), with iproute2's words.
    MacsecOffload: u8 {
        /// The kernel.
        MACSEC_OFFLOAD_OFF = 0 => "off",
        /// The transceiver.
        MACSEC_OFFLOAD_PHY = 1 => "phy",
        /// The network card.
        MACSEC_OFFLOAD_MAC = 2 => "mac",
    }
}

attrs! {
    /// A MACsec interface (`IFLA_MACSEC_*`, `linux/if_link.h`). Switches are 0 or 1.
    Macsec / MacsecBuilder = "link.macsec" {
        /// Secure channel identifier, network byte order.
        IFLA_MACSEC_SCI = 1 => sci: (Be<u64>), key;
        /// Port of the identifier, network byte order.
        IFLA_MACSEC_PORT = 2 => port: (Be<u16>);
        /// Length of the check value, in bytes.
        IFLA_MACSEC_ICV_LEN = 3 => icv_len: u8;
        /// Cipher (`MACSEC_CIPHER_ID_*`).
        IFLA_MACSEC_CIPHER_SUITE = 4 => cipher_suite: u64;
        /// How many packets may come late.
        IFLA_MACSEC_WINDOW = 5 => window: u32;
        /// Number of the association that packets go out with.
        IFLA_MACSEC_ENCODING_SA = 6 => encoding_sa: u8;
        /// Whether packets are encrypted.
        IFLA_MACSEC_ENCRYPT = 7 => encrypt: u8;
        /// Whether packets are protected.
        IFLA_MACSEC_PROTECT = 8 => protect: u8;
        /// Whether packets carry the identifier.
        IFLA_MACSEC_INC_SCI = 9 => inc_sci: u8;
        /// Whether the source address stands for the identifier.
        IFLA_MACSEC_ES = 10 => es: u8;
        /// Whether packets are marked as broadcast of one source.
        IFLA_MACSEC_SCB = 11 => scb: u8;
        /// Whether repeated packets are dropped.
        IFLA_MACSEC_REPLAY_PROTECT = 12 => replay_protect: u8;
        /// What happens to packets that are not right.
        IFLA_MACSEC_VALIDATION = 13 => validation: MacsecValidation;
        /// Alignment of what follows.
        IFLA_MACSEC_PAD = 14 => pad: (Bytes), read_only;
        /// Who encrypts.
        IFLA_MACSEC_OFFLOAD = 15 => offload: MacsecOffload;
    }
}

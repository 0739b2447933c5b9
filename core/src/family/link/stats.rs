//! Counters and the device map of an interface.
//!
//! ```
//! use netplumb_core::family::link::stats::LinkStats64;
//! use netplumb_core::schema::Value;
//! // An older kernel has fewer counters: the first is there, the last is not.
//! let mut bytes = [0; 23 * 8];
//! bytes[..8].copy_from_slice(&1234u64.to_ne_bytes());
//! let stats = LinkStats64::read(&bytes).unwrap();
//! assert_eq!((stats.rx_packets, stats.rx_otherhost_dropped), (1234, None));
//! ```

use crate::fixed;

macro_rules! stats {
    ($(#[doc = $doc:literal])* $Name:ident = $name:literal of $int:ident { $($(#[doc = $fdoc:literal])* $field:ident : $ty:tt,)* }) => {
        fixed! {
            $(#[doc = $doc])*
            $Name = $name {
                /// Packets received.
                rx_packets: $int,
                /// Packets sent.
                tx_packets: $int,
                /// Bytes received.
                rx_bytes: $int,
                /// Bytes sent.
                tx_bytes: $int,
                /// Bad packets received.
                rx_errors: $int,
                /// Packets that could not be sent.
                tx_errors: $int,
                /// Received packets dropped for lack of room.
                rx_dropped: $int,
                /// Packets dropped on their way out.
                tx_dropped: $int,
                /// Multicast packets received.
                multicast: $int,
                /// Collisions while sending.
                collisions: $int,
                /// Received packets of a bad length.
                rx_length_errors: $int,
                /// Packets that did not fit the receive ring.
                rx_over_errors: $int,
                /// Received packets with a bad checksum.
                rx_crc_errors: $int,
                /// Received packets that were not whole bytes.
                rx_frame_errors: $int,
                /// Packets lost by an overrun of the receiver's queue.
                rx_fifo_errors: $int,
                /// Packets that the host was too slow for.
                rx_missed_errors: $int,
                /// Transmissions given up.
                tx_aborted_errors: $int,
                /// Transmissions lost with the carrier.
                tx_carrier_errors: $int,
                /// Transmissions lost by an underrun.
                tx_fifo_errors: $int,
                /// Heartbeat errors.
                tx_heartbeat_errors: $int,
                /// Late collisions.
                tx_window_errors: $int,
                /// Compressed packets received.
                rx_compressed: $int,
                /// Compressed packets sent.
                tx_compressed: $int,
                $($(#[doc = $fdoc])* $field: $ty,)*
            }
        }
    };
}

stats! {
    /// `struct rtnl_link_stats` (`linux/if_link.h`): counters in 32 bits; they wrap around.
    LinkStats = "rtnl_link_stats" of u32 {
        /// Received packets that nobody wanted (since Linux 4.6).
        rx_nohandler: (Option<u32>),
    }
}

stats! {
    /// `struct rtnl_link_stats64` (`linux/if_link.h`): counters in 64 bits.
    LinkStats64 = "rtnl_link_stats64" of u64 {
        /// Received packets that nobody wanted (since Linux 4.6).
        rx_nohandler: (Option<u64>),
        /// Received packets for another host (since Linux 5.19).
        rx_otherhost_dropped: (Option<u64>),
    }
}

fixed! {
    /// `struct rtnl_link_ifmap` (`linux/if_link.h`): memory and interrupts of a device.
    IfMap = "rtnl_link_ifmap" {
        /// Where its memory begins.
        mem_start: u64,
        /// Where its memory ends.
        mem_end: u64,
        /// Its first I/O port.
        base_addr: u64,
        /// Interrupt number.
        irq: u16,
        /// DMA channel.
        dma: u8,
        /// Which connector (`IF_PORT_*`).
        port: u8,
        /// Alignment.
        _pad: [u8; 4],
    }
}

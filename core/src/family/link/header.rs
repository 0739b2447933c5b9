//! The header of link messages: `struct ifinfomsg` (`linux/rtnetlink.h`, `linux/if.h`, `linux/if_arp.h`).
//!
//! ```
//! use netplumb_core::family::link::{ARPHRD_ETHER, IFF_UP, IfInfoMsg};
//! use netplumb_core::schema::Header;
//! let mut bytes = [0; 16];
//! bytes[2..4].copy_from_slice(&1u16.to_ne_bytes());
//! bytes[8..12].copy_from_slice(&1u32.to_ne_bytes());
//! let header = IfInfoMsg::read_fixed(&bytes).unwrap();
//! assert_eq!((header.ifi_type, header.ifi_flags), (ARPHRD_ETHER, IFF_UP));
//! ```

use crate::family::common::AddressFamily;
use crate::{fixed, flags, open_enum};

fixed! {
    /// `struct ifinfomsg` (`linux/rtnetlink.h`), in front of the attributes of a link.
    IfInfoMsg = "ifinfomsg" {
        /// `AF_UNSPEC`, or `AF_BRIDGE` and others for what only that family knows.
        ifi_family: AddressFamily,
        /// Alignment.
        _pad: [u8; 1],
        /// Kind of link layer.
        ifi_type: ArpHrd,
        /// Interface index; in requests 0 lets the kernel choose or look for the name.
        ifi_index: i32,
        /// Flags.
        ifi_flags: IfFlags,
        /// In requests the flags that are to change; 0 counts as all.
        ifi_change: u32,
    }
}

flags! {
    /// Flags of an interface (`IFF_*`, `linux/if.h`), with iproute2's words, in the order it prints them.
    IfFlags: u32 {
        /// Loopback.
        IFF_LOOPBACK = 0x8 => "LOOPBACK",
        /// It has a broadcast address.
        IFF_BROADCAST = 0x2 => "BROADCAST",
        /// It has one other end.
        IFF_POINTOPOINT = 0x10 => "POINTOPOINT",
        /// It carries multicast.
        IFF_MULTICAST = 0x1000 => "MULTICAST",
        /// No neighbour resolution.
        IFF_NOARP = 0x80 => "NOARP",
        /// It receives all multicast packets.
        IFF_ALLMULTI = 0x200 => "ALLMULTI",
        /// It receives all packets.
        IFF_PROMISC = 0x100 => "PROMISC",
        /// It has ports (a bond).
        IFF_MASTER = 0x400 => "MASTER",
        /// It is a port (of a bond).
        IFF_SLAVE = 0x800 => "SLAVE",
        /// Debugging is on.
        IFF_DEBUG = 0x4 => "DEBUG",
        /// Its addresses go when it goes down.
        IFF_DYNAMIC = 0x8000 => "DYNAMIC",
        /// It finds its medium by itself.
        IFF_AUTOMEDIA = 0x4000 => "AUTOMEDIA",
        /// It can choose its medium.
        IFF_PORTSEL = 0x2000 => "PORTSEL",
        /// No trailers.
        IFF_NOTRAILERS = 0x20 => "NOTRAILERS",
        /// Administratively up.
        IFF_UP = 0x1 => "UP",
        /// The driver reports a carrier.
        IFF_LOWER_UP = 0x10000 => "LOWER_UP",
        /// The driver reports dormant.
        IFF_DORMANT = 0x20000 => "DORMANT",
        /// It sends back what it transmits.
        IFF_ECHO = 0x40000 => "ECHO",
        /// Operationally up. iproute2 does not print it; up without it is its `NO-CARRIER`.
        IFF_RUNNING = 0x40 => "RUNNING",
    }
}

open_enum! {
    /// Kinds of link layers (`ARPHRD_*`, `linux/if_arp.h`), with iproute2's words.
    ArpHrd: u16 {
        /// Amateur radio NET/ROM.
        ARPHRD_NETROM = 0 => "netrom",
        /// Ethernet.
        ARPHRD_ETHER = 1 => "ether",
        /// Experimental Ethernet.
        ARPHRD_EETHER = 2 => "eether",
        /// Amateur radio AX.25.
        ARPHRD_AX25 = 3 => "ax25",
        /// PROnet token ring.
        ARPHRD_PRONET = 4 => "pronet",
        /// Chaosnet.
        ARPHRD_CHAOS = 5 => "chaos",
        /// IEEE 802 with LLC.
        ARPHRD_IEEE802 = 6 => "ieee802",
        /// ARCnet.
        ARPHRD_ARCNET = 7 => "arcnet",
        /// AppleTalk.
        ARPHRD_APPLETLK = 8 => "atalk",
        /// A frame relay circuit.
        ARPHRD_DLCI = 15 => "dlci",
        /// ATM.
        ARPHRD_ATM = 19 => "atm",
        /// Metricom STRIP.
        ARPHRD_METRICOM = 23 => "metricom",
        /// FireWire (RFC 2734).
        ARPHRD_IEEE1394 = 24 => "ieee1394",
        /// EUI-64.
        ARPHRD_EUI64 = 27 => "eui64",
        /// InfiniBand.
        ARPHRD_INFINIBAND = 32 => "infiniband",
        /// Serial line.
        ARPHRD_SLIP = 256 => "slip",
        /// Serial line with compressed headers.
        ARPHRD_CSLIP = 257 => "cslip",
        /// Serial line in six bits.
        ARPHRD_SLIP6 = 258 => "slip6",
        /// Serial line in six bits with compressed headers.
        ARPHRD_CSLIP6 = 259 => "cslip6",
        /// Reserved.
        ARPHRD_RSRVD = 260 => "rsrvd",
        /// Adaptive serial line.
        ARPHRD_ADAPT = 264 => "adapt",
        /// Amateur radio ROSE.
        ARPHRD_ROSE = 270 => "rose",
        /// X.25.
        ARPHRD_X25 = 271 => "x25",
        /// X.25 in the hardware.
        ARPHRD_HWX25 = 272 => "hwx25",
        /// Controller area network.
        ARPHRD_CAN = 280 => "can",
        /// Management component transport.
        ARPHRD_MCTP = 290 => "mctp",
        /// Point-to-point protocol.
        ARPHRD_PPP = 512 => "ppp",
        /// Cisco HDLC.
        ARPHRD_HDLC = 513 => "hdlc",
        /// LAPB.
        ARPHRD_LAPB = 516 => "lapb",
        /// DDCMP.
        ARPHRD_DDCMP = 517 => "ddcmp",
        /// HDLC without a header of its own.
        ARPHRD_RAWHDLC = 518 => "rawhdlc",
        /// IP without a link layer.
        ARPHRD_RAWIP = 519 => "rawip",
        /// IPv4 in IPv4.
        ARPHRD_TUNNEL = 768 => "ipip",
        /// IPv6 in IPv6.
        ARPHRD_TUNNEL6 = 769 => "tunnel6",
        /// Frame relay.
        ARPHRD_FRAD = 770 => "frad",
        /// SKIP.
        ARPHRD_SKIP = 771 => "skip",
        /// Loopback.
        ARPHRD_LOOPBACK = 772 => "loopback",
        /// LocalTalk.
        ARPHRD_LOCALTLK = 773 => "ltalk",
        /// FDDI.
        ARPHRD_FDDI = 774 => "fddi",
        /// AP1000.
        ARPHRD_BIF = 775 => "bif",
        /// IPv6 in IPv4.
        ARPHRD_SIT = 776 => "sit",
        /// IP in AppleTalk.
        ARPHRD_IPDDP = 777 => "ip/ddp",
        /// GRE in IPv4.
        ARPHRD_IPGRE = 778 => "gre",
        /// Register interface of PIM sparse mode.
        ARPHRD_PIMREG = 779 => "pimreg",
        /// HIPPI.
        ARPHRD_HIPPI = 780 => "hippi",
        /// Nexus Ash.
        ARPHRD_ASH = 781 => "ash",
        /// Econet.
        ARPHRD_ECONET = 782 => "econet",
        /// Infrared.
        ARPHRD_IRDA = 783 => "irda",
        /// Fibre channel, point to point.
        ARPHRD_FCPP = 784 => "fcpp",
        /// Fibre channel, arbitrated loop.
        ARPHRD_FCAL = 785 => "fcal",
        /// Fibre channel, public loop.
        ARPHRD_FCPL = 786 => "fcpl",
        /// Fibre channel, fabric.
        ARPHRD_FCFABRIC = 787 => "fcfb0",
        /// Token ring.
        ARPHRD_IEEE802_TR = 800 => "tr",
        /// Wireless LAN.
        ARPHRD_IEEE80211 = 801 => "ieee802.11",
        /// Wireless LAN with the header of Prism.
        ARPHRD_IEEE80211_PRISM = 802 => "ieee802.11/prism",
        /// Wireless LAN with the radiotap header.
        ARPHRD_IEEE80211_RADIOTAP = 803 => "ieee802.11/radiotap",
        /// Low-rate wireless.
        ARPHRD_IEEE802154 = 804 => "ieee802.15.4",
        /// Low-rate wireless, monitored.
        ARPHRD_IEEE802154_MONITOR = 805 => "ieee802.15.4/monitor",
        /// Phonet.
        ARPHRD_PHONET = 820 => "phonet",
        /// Phonet pipe.
        ARPHRD_PHONET_PIPE = 821 => "phonet_pipe",
        /// CAIF.
        ARPHRD_CAIF = 822 => "caif",
        /// GRE in IPv6.
        ARPHRD_IP6GRE = 823 => "gre6",
        /// Netlink messages.
        ARPHRD_NETLINK = 824 => "netlink",
        /// IPv6 over low-power wireless.
        ARPHRD_6LOWPAN = 825 => "6lowpan",
        /// Monitored vsock.
        ARPHRD_VSOCKMON = 826 => "vsockmon",
        /// No link-layer header.
        ARPHRD_NONE = 65534 => "none",
        /// Nothing is known.
        ARPHRD_VOID = 65535 => "void",
    }
}

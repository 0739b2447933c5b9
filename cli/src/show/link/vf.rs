//! Virtual functions of an SR-IOV device.

use netplumb_core::family::link::vf::{VfInfo, VfStats};
use netplumb_core::family::link::{ARPHRD_ETHER, IFF_POINTOPOINT, Link};
use netplumb_core::wire::Source;

use crate::show::linkinfo::ether_protocol;
use crate::show::value::{count, lladdr};
use crate::show::{Color, Printer};

const ETH_P_8021Q: u16 = 0x8100;
/// A setting that the driver does not have.
const UNSET: u32 = u32::MAX;

/// Prints all virtual functions of a link.
pub(super) fn list<'a, S: Source<'a>>(p: &mut Printer<'_>, link: &Link<'a, S>) {
    let Some(list) = link.vfinfo_list() else { return };
    p.open_array("vfinfo_list", "");
    for vf in list.vf_infos() {
        p.open_item();
        one(p, link, &vf);
        p.close_object();
    }
    p.close_array("");
}

fn one<'a, 'v, S: Source<'a>, V: Source<'v>>(p: &mut Printer<'_>, link: &Link<'a, S>, vf: &VfInfo<'v, V>) {
    let Some(mac) = vf.mac() else { return };
    let kind = link.header().ifi_type;
    // InfiniBand has addresses of 20 bytes.
    let length = if kind == ARPHRD_ETHER { 6 } else { 20 };
    p.nl();
    p.text("    ");
    p.uint("vf", "vf {} ", mac.vf);
    p.text("    link/");
    p.string("link_type", "{} ", kind.name().unwrap_or("unknown"));
    p.color_string(Color::Mac, "address", "{}", &lladdr(&mac.mac[..length], kind.0));
    if let Some(broadcast) = vf.broadcast() {
        if link.header().ifi_flags.contains(IFF_POINTOPOINT) {
            p.flag("link_pointtopoint", " peer ");
        } else {
            p.text(" brd ");
        }
        p.color_string(Color::Mac, "broadcast", "{}", &lladdr(&broadcast.broadcast[..length], kind.0));
    }
    vlans(p, vf);
    rates(p, vf);
    if let Some(setting) = vf.spoofchk().map(|s| s.setting).filter(|&s| s != UNSET) {
        on_off(p, "spoofchk", ", spoof checking ", setting);
    }
    for (key, word, guid) in [
        ("node guid", ", NODE_GUID {}", vf.ib_node_guid()),
        ("port guid", ", PORT_GUID {}", vf.ib_port_guid()),
    ] {
        if let Some(guid) = guid {
            p.string(key, word, &lladdr(&guid.guid.to_be_bytes(), 0));
        }
    }
    if let Some(state) = vf.link_state() {
        p.string("link_state", ", link-state {}", state.link_state.name().unwrap_or("disable"));
    }
    if let Some(setting) = vf.trust().map(|s| s.setting).filter(|&s| s != UNSET) {
        on_off(p, "trust", ", trust ", setting);
    }
    if let Some(setting) = vf.rss_query_en().map(|s| s.setting).filter(|&s| s != UNSET) {
        on_off(p, "query_rss_en", ", query_rss ", setting);
    }
    if p.options().stats > 0
        && let Some(stats) = vf.stats()
    {
        counters(p, &stats);
    }
}

fn on_off(p: &mut Printer<'_>, key: &str, word: &str, setting: u32) {
    p.text(word);
    p.on_off(key, "{}", setting != 0);
}

fn vlans<'v, V: Source<'v>>(p: &mut Printer<'_>, vf: &VfInfo<'v, V>) {
    let print = |p: &mut Printer<'_>, vlan: u32, qos: u32| {
        if vlan != 0 {
            p.uint("vlan", ", vlan {}", vlan);
        }
        if qos != 0 {
            p.uint("qos", ", qos {}", qos);
        }
    };
    if let Some(list) = vf.vlan_list() {
        p.open_array("vlan_list", "");
        for vlan in list.vlan_infos() {
            p.open_item();
            print(p, vlan.vlan, vlan.qos);
            let protocol = vlan.vlan_proto.0;
            if protocol != 0 && protocol != ETH_P_8021Q {
                p.string("protocol", ", vlan protocol {}", &ether_protocol(p.options().numeric, protocol));
            }
            p.close_object();
        }
        p.close_array("");
    } else if let Some(vlan) = vf.vlan() {
        print(p, vlan.vlan, vlan.qos);
    }
}

fn rates<'v, V: Source<'v>>(p: &mut Printer<'_>, vf: &VfInfo<'v, V>) {
    if let Some(rate) = vf.tx_rate().map(|r| r.rate).filter(|&rate| rate != 0) {
        p.uint("tx_rate", ", tx rate {} (Mbps)", rate);
    }
    let Some(rate) = vf.rate() else { return };
    p.open_object("rate");
    p.json_number("max_tx", rate.max_tx_rate);
    p.json_number("min_tx", rate.min_tx_rate);
    p.close_object();
    if rate.max_tx_rate != 0 {
        p.color_text(Color::None, ", max_tx_rate {}Mbps", rate.max_tx_rate);
    }
    if rate.min_tx_rate != 0 {
        p.color_text(Color::None, ", min_tx_rate {}Mbps", rate.min_tx_rate);
    }
}

fn counters<'v, V: Source<'v>>(p: &mut Printer<'_>, stats: &VfStats<'v, V>) {
    let rx = [
        ("bytes", stats.rx_bytes().unwrap_or(0), 10),
        ("packets", stats.rx_packets().unwrap_or(0), 8),
        ("multicast", stats.multicast().unwrap_or(0), 7),
        ("broadcast", stats.broadcast().unwrap_or(0), 7),
    ];
    let tx =
        [("tx_bytes", stats.tx_bytes().unwrap_or(0), 10), ("tx_packets", stats.tx_packets().unwrap_or(0), 8)];
    p.open_object("stats");
    block(p, "rx", "    RX: bytes  packets  mcast   bcast ", &rx, stats.rx_dropped());
    block(p, "tx", "    TX: bytes  packets ", &tx, stats.tx_dropped());
    p.close_object();
}

fn block(p: &mut Printer<'_>, key: &str, title: &str, rows: &[(&str, u64, usize)], dropped: Option<u64>) {
    p.open_object(key);
    p.nl();
    p.text(title);
    if dropped.is_some() {
        p.text("  dropped ");
    }
    p.nl();
    p.text("    ");
    for &(key, value, width) in rows.iter().chain(dropped.map(|value| ("dropped", value, 8)).iter()) {
        p.json_number(key, value);
        let value = count(value, p.options());
        p.text(&format!("{value:>width$} "));
    }
    p.close_object();
}

//! `link set DEV vf N ...`: virtual functions of a network card.

use super::super::args::{Args, choose};
use super::super::body::Body;
use super::super::uapi::*;
use super::super::{Parse, Usage, value};

#[derive(Clone, Copy)]
enum Opt {
    Mac,
    Vlan,
    Rate,
    MaxRate,
    MinRate,
    Switch(u16, &'static str),
    State,
    Guid(u16),
}

const OPTIONS: &[(&str, Opt)] = &[
    ("mac", Opt::Mac),
    ("vlan", Opt::Vlan),
    ("rate", Opt::Rate),
    ("max_tx_rate", Opt::MaxRate),
    ("min_tx_rate", Opt::MinRate),
    ("spoofchk", Opt::Switch(IFLA_VF_SPOOFCHK, "spoofchk")),
    ("query_rss", Opt::Switch(IFLA_VF_RSS_QUERY_EN, "query_rss")),
    ("trust", Opt::Switch(IFLA_VF_TRUST, "trust")),
    ("state", Opt::State),
    ("node_guid", Opt::Guid(IFLA_VF_IB_NODE_GUID)),
    ("port_guid", Opt::Guid(IFLA_VF_IB_PORT_GUID)),
];

/// Reads options of virtual function `vf` until a word is none of them.
pub(super) fn parse(
    p: &mut Parse<'_>,
    args: &mut Args<'_>,
    body: &mut Body,
    link: u32,
    vf: u32,
) -> Result<(), Usage> {
    if args.is_empty() {
        return Err(Usage::incomplete());
    }
    body.nest(IFLA_VFINFO_LIST, |body| body.nest(IFLA_VF_INFO, |body| function(p, args, body, link, vf)))
}

fn function(
    p: &mut Parse<'_>,
    args: &mut Args<'_>,
    body: &mut Body,
    link: u32,
    vf: u32,
) -> Result<(), Usage> {
    let (mut min, mut max, mut old) = (None, None, None);
    while let Some(opt) = args.peek().and_then(|word| choose(word, OPTIONS)) {
        args.skip();
        if matches!(opt, Opt::Vlan) {
            vlan(args, body, vf)?;
            continue;
        }
        let text = args.value()?;
        let bad = |what: &str| Usage::invalid(text, format_args!("Invalid \"{what}\" value"));
        match opt {
            Opt::Mac => {
                let mut mac = [0; 32];
                let bytes = value::link_address(text)?;
                if let Some(room) = mac.get_mut(..bytes.len()) {
                    room.copy_from_slice(&bytes);
                }
                body.attr(IFLA_VF_MAC, &[&vf.to_ne_bytes()[..], &mac].concat());
            }
            Opt::Rate => old = Some(value::u32(text).ok_or_else(|| bad("rate"))?),
            Opt::MaxRate => max = Some(value::u32(text).ok_or_else(|| bad("max tx rate"))?),
            Opt::MinRate => min = Some(value::u32(text).ok_or_else(|| bad("min tx rate"))?),
            Opt::Switch(id, name) => {
                let on = value::on_off(name, text)?;
                pair(body, id, vf, on.into());
            }
            Opt::State => {
                let states = [
                    ("auto", IFLA_VF_LINK_STATE_AUTO),
                    ("enable", IFLA_VF_LINK_STATE_ENABLE),
                    ("disable", IFLA_VF_LINK_STATE_DISABLE),
                ];
                pair(body, IFLA_VF_LINK_STATE, vf, choose(text, &states).ok_or_else(|| bad("state"))?.0);
            }
            Opt::Guid(id) => {
                let guid = guid(text).ok_or_else(|| Usage::invalid(text, "Invalid GUID format"))?;
                body.attr(id, &[&vf.to_ne_bytes()[..], &[0; 4], &guid.to_ne_bytes()].concat());
            }
            Opt::Vlan => {}
        }
    }
    match (min, max, old) {
        (None, None, None) => {}
        (None, None, Some(rate)) => pair(body, IFLA_VF_TX_RATE, vf, rate),
        (min, max, old) => {
            let max = max.or(old);
            let current = if min.is_none() || max.is_none() { p.cx.vf_rates(link, vf) } else { None };
            let (low, high) = current.unwrap_or((0, 0));
            let rates = [vf, min.unwrap_or(low), max.unwrap_or(high)].map(u32::to_ne_bytes).concat();
            body.attr(IFLA_VF_RATE, &rates);
        }
    }
    Ok(())
}

fn pair(body: &mut Body, id: u16, vf: u32, value: u32) {
    body.attr(id, &[vf.to_ne_bytes(), value.to_ne_bytes()].concat());
}

/// `vlan ID [qos N] [proto P]`: the old attribute for 802.1Q, a list for 802.1ad.
fn vlan(args: &mut Args<'_>, body: &mut Body, vf: u32) -> Result<(), Usage> {
    let (tag, proto) = tag(args, vf)?;
    if proto == 0x8100 {
        body.attr(IFLA_VF_VLAN, &tag);
        return Ok(());
    }
    body.nest(IFLA_VF_VLAN_LIST, |body| {
        let (mut tag_bytes, mut proto) = (tag, proto);
        loop {
            body.attr(IFLA_VF_VLAN_INFO, &[&tag_bytes[..], &proto.to_be_bytes(), &[0; 2]].concat());
            if !args.take_matching("vlan") {
                return Ok(());
            }
            (tag_bytes, proto) = self::tag(args, vf)?;
        }
    })
}

fn tag(args: &mut Args<'_>, vf: u32) -> Result<(Vec<u8>, u16), Usage> {
    let number = |text: &str, what: &str| {
        value::u32(text).ok_or_else(|| Usage::invalid(text, format_args!("Invalid \"{what}\" value")))
    };
    let id = number(args.value()?, "vlan")?;
    let qos = if args.take_matching("qos") { number(args.value()?, "qos")? } else { 0 };
    let mut proto = 0x8100;
    if args.take_matching("proto") {
        let text = args.value()?;
        proto =
            value::ether_type(text).filter(|proto| [0x8100, 0x88a8].contains(proto)).ok_or_else(|| {
                Usage::invalid(text, "Invalid \"vlan protocol\" value - supported 802.1Q, 802.1ad")
            })?;
    }
    Ok(([vf, id, qos].map(u32::to_ne_bytes).concat(), proto))
}

/// Eight pairs of hexadecimal digits.
fn guid(text: &str) -> Option<u64> {
    let pairs: Vec<_> = text.split(':').collect();
    let well_formed = pairs.len() == 8 && pairs.iter().all(|pair| pair.len() == 2);
    if !well_formed {
        return None;
    }
    pairs.iter().try_fold(0u64, |sum, pair| Some(sum << 8 | u64::from(u8::from_str_radix(pair, 16).ok()?)))
}

//! Policy routing rules, as `ip rule` prints them.

use netplumb_core::family::route::{RT_TABLE_UNSPEC, RTPROT_KERNEL, RTPROT_UNSPEC};
use netplumb_core::family::rule::{
    FIB_RULE_IIF_DETACHED, FIB_RULE_INVERT, FIB_RULE_OIF_DETACHED, FIB_RULE_UNRESOLVED, FR_ACT_GOTO,
    FR_ACT_NOP, FR_ACT_TO_TBL, RTM_DELRULE, RTM_NEWRULE, Rule,
};
use netplumb_core::wire::{Message, Source};

use super::value::{family_color, host_bits};
use super::{Color, Context, Error, Printer};

/// A suppressor that is not set.
const UNSET: u32 = u32::MAX;

/// Prints a rule.
///
/// # Errors
/// A message of another type or without its header, and what the output reports.
pub fn print(p: &mut Printer<'_>, cx: &Context, message: Message<'_>) -> Result<(), Error> {
    let kind = message.kind();
    if kind != RTM_NEWRULE && kind != RTM_DELRULE {
        return Err(Error::Kind { what: "rule", kind });
    }
    let have = message.payload().len();
    let rule = Rule::new(message.payload()).ok_or(Error::Short { what: "rule", have })?;
    p.open_item();
    if kind == RTM_DELRULE {
        p.flag("deleted", "Deleted ");
    }
    p.uint("priority", "{}:\t", rule.priority().unwrap_or(0));
    addresses(p, &rule);
    packets(p, cx, &rule);
    target(p, cx, &rule);
    p.line();
    p.close_object();
    Ok(p.check()?)
}

fn addresses<'a, S: Source<'a>>(p: &mut Printer<'_>, rule: &Rule<'a, S>) {
    let header = rule.header();
    let family = header.family.0;
    if header.flags.contains(FIB_RULE_INVERT) {
        p.null("not", "not ");
    }
    let src = (rule.src(), header.src_len, "from ", "src", "srclen");
    let dst = (rule.dst(), header.dst_len, " to ", "dst", "dstlen");
    for (address, length, word, key, length_key) in [src, dst] {
        match address {
            Some(address) => {
                p.text(word);
                let text = match address {
                    std::net::IpAddr::V4(address) => address.to_string(),
                    std::net::IpAddr::V6(address) => super::value::ipv6(address),
                };
                p.color_string(family_color(family), key, "{}", &text);
            }
            None if length != 0 => {
                p.text(word);
                p.string(key, "{}", "0");
            }
            None if key == "src" => {
                p.string(key, "from {}", "all");
                continue;
            }
            None => continue,
        }
        if i32::from(length) != host_bits(family) || address.is_none() {
            p.uint(length_key, "/{}", length);
        }
    }
}

/// What packets must be like.
fn packets<'a, S: Source<'a>>(p: &mut Printer<'_>, cx: &Context, rule: &Rule<'a, S>) {
    let header = rule.header();
    if header.tos != 0 {
        p.string("tos", " tos {}", &cx.dsfield(header.tos));
    }
    if rule.fwmark().is_some() || rule.fwmask().is_some() {
        let mark = rule.fwmark().unwrap_or(0).into();
        match rule.fwmask() {
            Some(mask) if mask != u32::MAX => {
                p.hex("fwmark", " fwmark {}", mark);
                p.hex("fwmask", "/{}", mask.into());
            }
            _ => p.hex("fwmark", " fwmark {}", mark),
        }
    }
    for (name, word, key, detached, detached_key) in [
        (rule.iifname(), " iif ", "iif", FIB_RULE_IIF_DETACHED, "iif_detached"),
        (rule.oifname(), " oif ", "oif", FIB_RULE_OIF_DETACHED, "oif_detached"),
    ] {
        if let Some(name) = name {
            p.text(word);
            p.color_string(Color::IfName, key, "{}", name);
            if header.flags.contains(detached) {
                p.null(detached_key, " [detached]");
            }
        }
    }
    if rule.l3mdev().is_some_and(|on| on != 0) {
        p.null("l3mdev", " lookup [l3mdev-table]");
    }
    if let Some(range) = rule.uid_range() {
        p.uint("uid_start", " uidrange {}", range.start);
        p.uint("uid_end", "-{}", range.end);
    }
    if let Some(protocol) = rule.ip_proto() {
        p.string("ipproto", " ipproto {}", &cx.protocol(protocol));
    }
    for (range, word, one, start, end) in [
        (rule.sport_range(), " sport ", "sport", "sport_start", "sport_end"),
        (rule.dport_range(), " dport ", "dport", "dport_start", "dport_end"),
    ] {
        let Some(range) = range else { continue };
        p.text(word);
        if range.start == range.end {
            p.uint(one, "{}", range.start);
        } else {
            p.uint(start, "{}", range.start);
            p.uint(end, "-{}", range.end);
        }
    }
    if let Some(id) = rule.tun_id() {
        p.uint("tun_id", " tun_id {}", id);
    }
}

/// What is done with them.
fn target<'a, S: Source<'a>>(p: &mut Printer<'_>, cx: &Context, rule: &Rule<'a, S>) {
    let header = rule.header();
    let table = rule.route_table();
    if table != RT_TABLE_UNSPEC {
        p.string("table", " lookup {}", &cx.table(table.0));
        if let Some(length) = rule.suppress_prefixlen().filter(|&length| length != UNSET) {
            p.uint("suppress_prefixlen", " suppress_prefixlength {}", length);
        }
        if let Some(group) = rule.suppress_ifgroup().filter(|&group| group != UNSET) {
            p.string("suppress_ifgroup", " suppress_ifgroup {}", &cx.group(group));
        }
    }
    if let Some(flow) = rule.flow() {
        let (from, to) = (flow >> 16, flow & 0xffff);
        p.text(" realms ");
        if from != 0 {
            p.string("flow_from", "{}/", &cx.realm(from));
        }
        p.string("flow_to", "{}", &cx.realm(to));
    }
    match header.action {
        FR_ACT_TO_TBL => {}
        FR_ACT_GOTO => {
            p.text(" goto ");
            match rule.goto() {
                Some(priority) => p.uint("goto", "{}", priority),
                None => p.string("goto", "{}", "none"),
            }
            if header.flags.contains(FIB_RULE_UNRESOLVED) {
                p.null("unresolved", " [unresolved]");
            }
        }
        FR_ACT_NOP => p.null("nop", " nop"),
        action => {
            let kind = netplumb_core::family::route::RouteType(action.0);
            p.string(
                "action",
                " {}",
                &kind.name().filter(|_| !cx.numeric).map_or_else(|| action.0.to_string(), str::to_owned),
            );
        }
    }
    if let Some(protocol) = rule.protocol()
        && (p.options().details || (protocol != RTPROT_KERNEL && protocol != RTPROT_UNSPEC))
    {
        p.string("protocol", " proto {}", &cx.proto(protocol.0));
    }
}

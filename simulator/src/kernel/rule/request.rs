//! Requests about rules as rules (`fib_nl2rule` and the `configure` of the families).

use super::{Interface, NO_SUPPRESSOR, Ports, Rule, Rules, Selector};
use crate::kernel::family;
use crate::policy::{Parsed, Row};
use crate::refusal::{Outcome, Refusal, refuse};
use crate::request::Request;
use netplumb_core::Errno;
use netplumb_core::family::rule::{self as fra, FR_ACT_GOTO, FibRuleHdr, FibRulePortRange, Rule as View};
use netplumb_core::schema::Header as _;
use netplumb_core::wire::Attr;
use std::net::IpAddr;

/// Rows behind `FRA_DPORT_RANGE` are strict, and what their values may be is looked at later.
const ROWS: &[(u16, Row)] = &[
    (fra::FRA_DSCP, Row::Int(1, 63)),
    (fra::FRA_FLOWLABEL, Row::Be(4)),
    (fra::FRA_FLOWLABEL_MASK, Row::Be(4)),
    (fra::FRA_SPORT_MASK, Row::Int(2, 0xffff)),
    (fra::FRA_DPORT_MASK, Row::Int(2, 0xffff)),
    (fra::FRA_DSCP_MASK, Row::Mask(1, 63)),
];

/// Bits of a type of service that IPv4 rules may have (`IPTOS_TOS_MASK`).
const TOS_MASK: u8 = 0x1e;

/// A request about a rule, understood.
#[derive(Debug)]
pub(crate) struct Asked<'m> {
    pub(crate) header: FibRuleHdr,
    pub(crate) attrs: Parsed<'m>,
    pub(crate) rule: Rule,
}

impl<'m> Asked<'m> {
    /// Whether a priority was given.
    pub(crate) fn has_priority(&self) -> bool {
        self.attrs.has(fra::FRA_PRIORITY)
    }

    pub(crate) fn view(&self) -> View<'m, &Parsed<'m>> {
        view(&self.attrs)
    }

    /// Reads and checks a request as far as that needs no rules. `family` has some.
    pub(crate) fn read(request: &Request<'m>, family: u8) -> Outcome<Self> {
        let parsed = request.parse_with::<View<'static>>(ROWS);
        // The kernel's own words take the place of what the parser has said; where and why stay.
        let (header, attrs) =
            parsed.map_err(|refusal| Refusal { message: Some("Error parsing msg".into()), ..refusal })?;
        let mut rule = Rule { action: header.action, flags: header.flags, ..Rule::default() };
        let bits = if matches!(family, family::INET | super::IPMR) { 32 } else { 128 };
        rule.selector.src = prefix(&attrs, fra::FRA_SRC, header.src_len, bits, "Invalid source address")?;
        rule.selector.dst = prefix(&attrs, fra::FRA_DST, header.dst_len, bits, "Invalid dst address")?;
        rule.read_common(request, &header, &attrs)?;
        Ok(Self { header, attrs, rule })
    }

    /// The priority, when none was given, and whether the goto goes forward (`fib_nl2rule_rtnl`).
    pub(crate) fn place(&mut self, rules: &Rules) -> Outcome {
        if !self.has_priority() {
            self.rule.priority = rules.default_priority();
        }
        if self.attrs.has(fra::FRA_GOTO) && self.rule.goto <= self.rule.priority {
            // Backward jumps would make endless loops possible.
            return refuse(Errno::EINVAL, "Backward goto not supported");
        }
        Ok(())
    }

    /// What the family adds to a new rule (`fib4_rule_configure`, `fib6_rule_configure`).
    pub(crate) fn configure(&mut self, request: &Request<'_>, family: u8) -> Outcome {
        match family {
            family::INET => self.configure4(request),
            family::INET6 => self.configure6(request),
            // Rules of multicast routing select by what is common to all.
            _ => {
                self.rule.selector = Selector::default();
                Ok(())
            }
        }
    }

    fn configure4(&mut self, request: &Request<'_>) -> Outcome {
        if self.attrs.has(fra::FRA_FLOWLABEL) || self.attrs.has(fra::FRA_FLOWLABEL_MASK) {
            return refuse(Errno::EINVAL, "Flow label cannot be specified for IPv4 FIB rules");
        }
        check_ecn(self.header.tos)?;
        if self.header.tos & !TOS_MASK != 0 {
            return refuse(Errno::EINVAL, "Invalid tos");
        }
        self.configure_dscp(request)?;
        self.rule.selector.realms = self.view().flow().unwrap_or(0);
        Ok(())
    }

    fn configure6(&mut self, request: &Request<'_>) -> Outcome {
        check_ecn(self.header.tos)?;
        self.configure_dscp(request)?;
        self.configure_flow_label(request)?;
        if self.rule.action == fra::FR_ACT_TO_TBL && !self.rule.l3mdev && self.rule.table == 0 {
            return refuse(Errno::EINVAL, "Invalid table");
        }
        Ok(())
    }

    fn configure_dscp(&mut self, request: &Request<'_>) -> Outcome {
        let (dscp, mask) = (self.view().dscp(), self.view().dscp_mask());
        let selector = &mut self.rule.selector;
        selector.dsfield = self.header.tos;
        if let Some(dscp) = dscp {
            if self.header.tos != 0 {
                return refuse(Errno::EINVAL, "Cannot specify both TOS and DSCP");
            }
            selector.dsfield = dscp << 2;
            selector.dscp_mask = Some(0xfc);
        }
        let (Some(mask), Some(attr)) = (mask, self.attrs.get(fra::FRA_DSCP_MASK)) else { return Ok(()) };
        let refuse_at = |text| Err(Refusal::new(Errno::EINVAL, text).at(request.offset(attr)));
        if dscp.is_none() {
            return refuse_at("Cannot specify DSCP mask without DSCP value");
        }
        if selector.dsfield & !(mask << 2) != 0 {
            return refuse_at("Invalid DSCP mask");
        }
        selector.dscp_mask = Some(mask << 2);
        Ok(())
    }

    fn configure_flow_label(&mut self, request: &Request<'_>) -> Outcome {
        let (label, mask) = (self.view().flowlabel(), self.view().flowlabel_mask());
        let (label, mask) = match (label, mask) {
            (None, None) => return Ok(()),
            (None, Some(_)) => return Err(Refusal::missing(Errno::EINVAL, fra::FRA_FLOWLABEL)),
            (Some(_), None) => return Err(Refusal::missing(Errno::EINVAL, fra::FRA_FLOWLABEL_MASK)),
            (Some(label), Some(mask)) => (label, mask),
        };
        if mask > 0xf_ffff {
            let refusal = Refusal::new(Errno::EINVAL, "Invalid flow label mask");
            let attr = self.attrs.get(fra::FRA_FLOWLABEL_MASK);
            return Err(match attr {
                Some(attr) => refusal.at(request.offset(attr)),
                None => refusal,
            });
        }
        if label & !mask != 0 {
            return refuse(Errno::EINVAL, "Flow label and mask do not match");
        }
        self.rule.selector.flow_label = label;
        self.rule.selector.flow_label_mask = mask;
        Ok(())
    }
}

impl Rule {
    fn read_common(&mut self, request: &Request<'_>, header: &FibRuleHdr, attrs: &Parsed<'_>) -> Outcome {
        let view = view(attrs);
        self.priority = view.priority().unwrap_or(0);
        self.protocol = view.protocol().unwrap_or_default();
        self.iif = attrs.get(fra::FRA_IIFNAME).map(interface);
        self.oif = attrs.get(fra::FRA_OIFNAME).map(interface);
        self.mark = view.fwmark().unwrap_or(0);
        // A mark without a mask is compared as a whole.
        let mask = if self.mark == 0 { 0 } else { u32::MAX };
        self.mark_mask = view.fwmask().unwrap_or(mask);
        self.tun_id = view.tun_id().unwrap_or(0);
        if let Some(l3mdev) = view.l3mdev() {
            if l3mdev != 1 {
                return refuse(Errno::EINVAL, "Invalid l3mdev attribute");
            }
            self.l3mdev = true;
        }
        self.table = view.table_id().map_or(u32::from(header.table), |table| table.0);
        self.suppress_prefixlen = view.suppress_prefixlen().unwrap_or(NO_SUPPRESSOR);
        self.suppress_ifgroup = view.suppress_ifgroup().unwrap_or(NO_SUPPRESSOR);
        match view.goto() {
            Some(_) if self.action != FR_ACT_GOTO => return refuse(Errno::EINVAL, "Unexpected goto"),
            Some(goto) => self.goto = goto,
            None if self.action == FR_ACT_GOTO => {
                return refuse(Errno::EINVAL, "Missing goto target for action goto");
            }
            None => {}
        }
        if self.l3mdev && self.table != 0 {
            return refuse(Errno::EINVAL, "l3mdev and table are mutually exclusive");
        }
        self.uids = view.uid_range();
        // The number of nobody at all is no user.
        if self.uids.is_some_and(|uids| uids.end == u32::MAX || uids.start > uids.end) {
            return refuse(Errno::EINVAL, "Invalid uid range");
        }
        self.ip_proto = view.ip_proto().unwrap_or(0);
        let sport = (view.sport_range(), "Invalid sport range");
        self.sport = ports(request, sport, attrs.get(fra::FRA_SPORT_MASK))?;
        let dport = (view.dport_range(), "Invalid dport range");
        self.dport = ports(request, dport, attrs.get(fra::FRA_DPORT_MASK))?;
        Ok(())
    }
}

/// The getters look attributes up in the table only; the header does not matter to them.
fn view<'m, 'p>(attrs: &'p Parsed<'m>) -> View<'m, &'p Parsed<'m>> {
    const EMPTY: &[u8] = &[0; FibRuleHdr::SIZE];
    View::new(EMPTY).expect("a header of its size is whole").over(attrs)
}

fn prefix(
    attrs: &Parsed<'_>,
    kind: u16,
    len: u8,
    bits: u8,
    text: &'static str,
) -> Outcome<Option<(IpAddr, u8)>> {
    if len == 0 {
        return Ok(None);
    }
    let payload = attrs.get(kind).map_or(&[][..], |attr| attr.payload());
    let address = match (payload.first_chunk::<4>(), payload.first_chunk::<16>()) {
        (_, Some(octets)) if bits == 128 && payload.len() == 16 => IpAddr::from(*octets),
        (Some(octets), _) if bits == 32 && payload.len() == 4 => IpAddr::from(*octets),
        _ => return refuse(Errno::EINVAL, text),
    };
    if len > bits {
        return refuse(Errno::EINVAL, text);
    }
    Ok(Some((address, len)))
}

/// A name as the kernel copies it: up to the first NUL.
fn interface(attr: Attr<'_>) -> Interface {
    let name = attr.payload().split(|byte| *byte == 0).next().unwrap_or(&[]);
    Interface { name: name.iter().take(15).copied().collect(), index: None }
}

/// A range of ports, and which bits of a single one count (`nla_get_port_range`, `fib_nl2rule_port_mask`).
fn ports(
    request: &Request<'_>,
    (range, text): (Option<FibRulePortRange>, &'static str),
    mask: Option<Attr<'_>>,
) -> Outcome<Ports> {
    let mut ports = Ports::default();
    if let Some(range) = range {
        let valid = range.start != 0 && range.end != 0 && range.end < 0xffff && range.start <= range.end;
        if !valid {
            return refuse(Errno::EINVAL, text);
        }
        ports.range = range;
        if range.start == range.end {
            ports.mask = 0xffff;
        }
    }
    let Some(attr) = mask else { return Ok(ports) };
    let refuse_at = |text| Err(Refusal::new(Errno::EINVAL, text).at(request.offset(attr)));
    let mask = netplumb_core::bytes::u16_ne(attr.payload()).unwrap_or(0);
    if !ports.is_set() {
        return refuse_at("Cannot specify port mask without port value");
    }
    if ports.range.start != ports.range.end {
        return refuse_at("Cannot specify port mask for port range");
    }
    if ports.range.start & !mask != 0 {
        return refuse_at("Invalid port mask");
    }
    ports.mask = mask;
    Ok(ports)
}

fn check_ecn(tos: u8) -> Outcome {
    if tos & 3 != 0 {
        return refuse(Errno::EINVAL, "Invalid dsfield (tos): ECN bits must be 0");
    }
    Ok(())
}

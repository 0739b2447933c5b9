//! Kinds of tunnels that are older than netlink: ipip, sit, gre, erspan, ip6tnl, vti. They send every attribute whether
//! it was given or not.

use super::super::super::args::{Args, choose};
use super::super::super::body::Body;
use super::super::super::uapi::*;
use super::super::super::value::{self, address};
use super::super::super::{Parse, Usage};
use super::{number, tos, unknown};

/// Kinds from the time of ioctls.
#[derive(Clone, Copy, PartialEq)]
pub(in super::super) enum Old {
    Ipip,
    Sit,
    Gre,
    Ip6tnl,
    Ip6gre,
    Vti,
    Vti6,
}

/// What mirrored traffic carries.
#[derive(Clone, Copy, Default)]
struct Erspan {
    version: u8,
    index: u32,
    direction: u8,
    hardware: u16,
}

/// Their options, with what is sent when they are not given.
pub(super) struct OldOptions {
    of: Old,
    v6: bool,
    local: Vec<u8>,
    remote: Vec<u8>,
    link: u32,
    ttl: u8,
    tos: u8,
    pmtudisc: bool,
    ignore_df: Option<u8>,
    input: (u16, u32),
    output: (u16, u32),
    protocol: u8,
    fwmark: u32,
    isatap: bool,
    sixrd: Option<value::Prefix>,
    relay: Option<value::Prefix>,
    external: bool,
    encap_limit: u8,
    flow: u32,
    flags: u32,
    encap: [u16; 4],
    erspan: Option<Erspan>,
}

impl Erspan {
    fn read(&mut self, kind: &str, word: &str, text: &str) -> Result<(), Usage> {
        match word {
            "erspan_ver" => self.version = number(text, "erspan version, expected 0, 1 or 2", 2)? as u8,
            "erspan" => {
                let index = value::unsigned(text, (1 << 20) - 1).filter(|&index| index != 0);
                let index =
                    index.ok_or_else(|| Usage::invalid(text, "erspan index must be > 0 and <= 20-bit"))?;
                self.index = index as u32;
            }
            "erspan_dir" => {
                self.direction = choose(text, &[("ingress", 0), ("egress", 1)])
                    .ok_or_else(|| Usage::invalid(text, "Invalid erspan direction."))?;
            }
            "erspan_hwid" => self.hardware = number(text, "erspan hwid", 65535)? as u16,
            _ => return Err(unknown(kind, word)),
        }
        Ok(())
    }

    fn write(&self, body: &mut Body) {
        body.u8(IFLA_GRE_ERSPAN_VER, self.version);
        match self.version {
            1 if self.index != 0 => _ = body.u32(IFLA_GRE_ERSPAN_INDEX, self.index),
            2 => _ = body.u8(IFLA_GRE_ERSPAN_DIR, self.direction).u16(IFLA_GRE_ERSPAN_HWID, self.hardware),
            _ => {}
        }
    }
}

/// Bits of `struct gre_base_hdr` flags (`linux/if_tunnel.h`), as numbers before they become network byte order.
const GRE_CSUM: u16 = 0x8000;
const GRE_KEY: u16 = 0x2000;
const GRE_SEQ: u16 = 0x1000;

const KEYS: &[(&str, (bool, bool, u16))] =
    &[("=ikey", (true, false, GRE_KEY)), ("=okey", (false, true, GRE_KEY)), ("=key", (true, true, GRE_KEY))];

const GRE_BITS: &[(&str, (bool, bool, u16))] = &[
    ("=seq", (true, true, GRE_SEQ)),
    ("=iseq", (true, false, GRE_SEQ)),
    ("=oseq", (false, true, GRE_SEQ)),
    ("=csum", (true, true, GRE_CSUM)),
    ("=icsum", (true, false, GRE_CSUM)),
    ("=ocsum", (false, true, GRE_CSUM)),
    ("=key", (true, true, GRE_KEY)),
    ("=ikey", (true, false, GRE_KEY)),
    ("=okey", (false, true, GRE_KEY)),
];

impl OldOptions {
    pub(super) fn new(of: Old, kind: &str) -> Self {
        let v6 = matches!(of, Old::Ip6tnl | Old::Ip6gre | Old::Vti6);
        Self {
            of,
            v6,
            local: Vec::new(),
            remote: Vec::new(),
            link: 0,
            ttl: if v6 { 64 } else { 0 },
            tos: 0,
            pmtudisc: true,
            ignore_df: None,
            input: (0, 0),
            output: (0, 0),
            protocol: 0,
            fwmark: 0,
            isatap: false,
            sixrd: None,
            relay: None,
            external: false,
            encap_limit: 4,
            flow: 0,
            flags: 0,
            encap: [0, if v6 { 2 } else { 0 }, 0, 0],
            erspan: kind.ends_with("erspan").then_some(Erspan { version: 1, ..Erspan::default() }),
        }
    }

    fn is_gre(&self) -> bool {
        matches!(self.of, Old::Gre | Old::Ip6gre)
    }

    /// Words without a value; `false` when it is none.
    fn switch(&mut self, word: &str) -> bool {
        let (name, on) = match word.strip_prefix("no") {
            Some(name) => (name, false),
            None => (word, true),
        };
        if self.is_gre()
            && (!on || !name.ends_with("key"))
            && let Some((input, output, bit)) = choose(name, GRE_BITS)
        {
            for (wanted, flags) in [(input, &mut self.input), (output, &mut self.output)] {
                if wanted {
                    flags.0 = if on { flags.0 | bit } else { flags.0 & !bit };
                    if !on && bit == GRE_KEY {
                        flags.1 = 0;
                    }
                }
            }
            return true;
        }
        let encap_bit = |on: bool, bits: u16, bit: u16| if on { bits | bit } else { bits & !bit };
        match (name, self.of) {
            ("pmtudisc", Old::Ipip | Old::Sit | Old::Gre) => self.pmtudisc = on,
            ("ignore-df", Old::Gre) => self.ignore_df = Some(on.into()),
            ("isatap", Old::Sit) if on => self.isatap = true,
            ("6rd-reset", Old::Sit) if on => (self.sixrd, self.relay) = (None, None),
            ("external", Old::Ipip | Old::Sit | Old::Gre | Old::Ip6tnl | Old::Ip6gre) if on => {
                self.external = true;
            }
            ("encap", _) if !on => self.encap[0] = 0,
            ("encap-csum", _) => self.encap[1] = encap_bit(on, self.encap[1], 1),
            ("encap-csum6" | "encap-udp6-csum", _) => self.encap[1] = encap_bit(on, self.encap[1], 2),
            ("encap-remcsum", _) => self.encap[1] = encap_bit(on, self.encap[1], 4),
            ("allow-localremote", Old::Ip6tnl | Old::Ip6gre) => {
                self.flags = if on { self.flags | 0x40 } else { self.flags & !0x40 };
            }
            _ => return false,
        }
        true
    }

    pub(super) fn read(
        &mut self,
        p: &mut Parse<'_>,
        args: &mut Args<'_>,
        kind: &str,
        word: &str,
    ) -> Result<(), Usage> {
        if self.switch(word) {
            return Ok(());
        }
        let text = args.value().map_err(|_| unknown(kind, word))?;
        let family = if self.v6 { AF_INET6 } else { AF_INET };
        let given = |text: &str| {
            address(text, family).map(|a| if a.bytes.iter().all(|&b| b == 0) { Vec::new() } else { a.bytes })
        };
        let keyed = self.is_gre() || matches!(self.of, Old::Vti | Old::Vti6);
        if let Some(erspan) = &mut self.erspan
            && word.starts_with("erspan")
        {
            return erspan.read(kind, word, text);
        }
        match (word, self.of) {
            ("remote", _) => self.remote = given(text)?,
            ("local", _) => self.local = given(text)?,
            ("dev", _) => self.link = p.link(text)?,
            ("fwmark", Old::Ip6tnl | Old::Ip6gre) if text == "inherit" => {
                (self.fwmark, self.flags) = (0, self.flags | 0x20);
            }
            ("fwmark", _) => self.fwmark = number(text, "fwmark", u32::MAX.into())? as u32,
            ("ttl" | "hoplimit" | "hlim", Old::Ipip | Old::Sit | Old::Gre) if text == "inherit" => {
                self.ttl = 0;
            }
            ("ttl" | "hoplimit" | "hlim", of) if !matches!(of, Old::Vti | Old::Vti6) => {
                self.ttl = number(text, "TTL", 255)? as u8;
            }
            ("tos" | "tclass" | "tc" | "dsfield", Old::Ip6tnl | Old::Ip6gre) if text == "inherit" => {
                self.flags |= 0x2;
            }
            ("tos" | "tclass" | "tc" | "dsfield", Old::Ip6tnl | Old::Ip6gre) => {
                self.flow = self.flow & !(0xff << 20) | (number(text, "TClass", 255)? as u32) << 20;
            }
            ("tos" | "tclass" | "tc" | "dsfield", of) if !matches!(of, Old::Vti | Old::Vti6) => {
                self.tos = tos(text, Some(p))?;
            }
            ("flowlabel" | "fl", Old::Ip6tnl | Old::Ip6gre) if text == "inherit" => self.flags |= 0x4,
            ("flowlabel" | "fl", Old::Ip6tnl | Old::Ip6gre) => {
                self.flow = self.flow & !0xf_ffff | number(text, "Flowlabel", 0xf_ffff)? as u32;
            }
            ("dscp", Old::Ip6tnl | Old::Ip6gre) if text == "inherit" => self.flags |= 0x10,
            ("encaplimit", Old::Ip6tnl | Old::Ip6gre) if text == "none" => self.flags |= 0x1,
            ("encaplimit", Old::Ip6tnl | Old::Ip6gre) => {
                self.flags &= !0x1;
                self.encap_limit = number(text, "ELIM", 255)? as u8;
            }
            ("mode", _) => self.protocol = self.mode(text)?,
            ("6rd-prefix", Old::Sit) => self.sixrd = Some(value::prefix(text, AF_INET6)?),
            ("6rd-relay_prefix", Old::Sit) => self.relay = Some(value::prefix(text, AF_INET)?),
            ("encap", _) => {
                self.encap[0] = choose(text, &[("=fou", 1), ("=gue", 2), ("=none", 0)])
                    .ok_or_else(|| Usage::invalid(text, "Invalid encap type."))?;
            }
            ("encap-sport", _) if text == "auto" => self.encap[2] = 0,
            ("encap-sport", _) => self.encap[2] = number(text, "source port", 65535)? as u16,
            ("encap-dport", _) => self.encap[3] = number(text, "destination port", 65535)? as u16,
            _ => {
                let (input, output, bit) =
                    choose(word, KEYS).filter(|_| keyed).ok_or_else(|| unknown(kind, word))?;
                let key = match text.contains('.') {
                    true => address(text, AF_INET)?.bytes.first_chunk().map(|b| u32::from_be_bytes(*b)),
                    false => value::u32(text),
                };
                let key =
                    key.ok_or_else(|| Usage::invalid(text, format_args!("invalid value for \"{word}\"")))?;
                for (wanted, flags) in [(input, &mut self.input), (output, &mut self.output)] {
                    if wanted {
                        *flags = (flags.0 | bit, key);
                    }
                }
            }
        }
        Ok(())
    }

    fn mode(&self, text: &str) -> Result<u8, Usage> {
        let modes: &[(&str, u8)] = match self.of {
            Old::Ipip => &[("=ipip", 4), ("=ip4ip4", 4), ("=ipv4/ipv4", 4), ("=mplsip", 137), ("=any", 0)],
            Old::Sit => &[("=ip6ip", 41), ("=ipv6/ipv4", 41), ("=ipip", 4), ("=mplsip", 137), ("=any", 0)],
            Old::Ip6tnl => {
                &[("=ip6ip6", 41), ("=ipv6/ipv6", 41), ("=ipip6", 4), ("=ip/ipv6", 4), ("=any", 0)]
            }
            _ => &[],
        };
        choose(text, modes).ok_or_else(|| Usage::invalid(text, "Cannot guess tunnel mode."))
    }

    pub(super) fn write(&self, body: &mut Body) -> Result<(), Usage> {
        if self.ttl != 0 && !self.pmtudisc {
            return Err(Usage::new(255, "ttl != 0 and nopmtudisc are incompatible"));
        }
        match self.of {
            Old::Gre | Old::Ip6gre => self.write_gre(body),
            Old::Vti | Old::Vti6 => self.write_vti(body),
            Old::Ipip | Old::Sit | Old::Ip6tnl => self.write_iptun(body),
        }
        Ok(())
    }

    fn addresses(&self, body: &mut Body, local: u16, remote: u16) {
        if !self.local.is_empty() {
            body.attr(local, &self.local);
        }
        if !self.remote.is_empty() {
            body.attr(remote, &self.remote);
        }
    }

    /// The four attributes of foo-over-UDP, which follow each other in every set.
    fn encapsulation(&self, body: &mut Body, first: u16) {
        let [kind, flags, source, destination] = self.encap;
        body.u16(first, kind).u16(first + 1, flags).be16(first + 2, source).be16(first + 3, destination);
    }

    fn write_iptun(&self, body: &mut Body) {
        body.u8(IFLA_IPTUN_PROTO, self.protocol);
        if self.external {
            body.attr(IFLA_IPTUN_COLLECT_METADATA, &[]);
            return;
        }
        self.addresses(body, IFLA_IPTUN_LOCAL, IFLA_IPTUN_REMOTE);
        body.u8(IFLA_IPTUN_TTL, self.ttl).u32(IFLA_IPTUN_LINK, self.link).u32(IFLA_IPTUN_FWMARK, self.fwmark);
        self.encapsulation(body, IFLA_IPTUN_ENCAP_TYPE);
        if self.v6 {
            body.u8(IFLA_IPTUN_ENCAP_LIMIT, self.encap_limit);
            body.be32(IFLA_IPTUN_FLOWINFO, self.flow).u32(IFLA_IPTUN_FLAGS, self.flags);
            return;
        }
        body.u8(IFLA_IPTUN_PMTUDISC, self.pmtudisc.into()).u8(IFLA_IPTUN_TOS, self.tos);
        if self.of == Old::Sit {
            body.u16(IFLA_IPTUN_FLAGS, self.isatap.into());
        }
        if let Some(prefix) = &self.sixrd {
            body.attr(IFLA_IPTUN_6RD_PREFIX, &prefix.bytes).u16(IFLA_IPTUN_6RD_PREFIXLEN, prefix.bits.into());
        }
        if let Some(prefix) = &self.relay {
            body.attr(IFLA_IPTUN_6RD_RELAY_PREFIX, &prefix.bytes);
            body.u16(IFLA_IPTUN_6RD_RELAY_PREFIXLEN, prefix.bits.into());
        }
    }

    fn write_gre(&self, body: &mut Body) {
        if self.external {
            body.attr(IFLA_GRE_COLLECT_METADATA, &[]);
            return;
        }
        body.be32(IFLA_GRE_IKEY, self.input.1).be32(IFLA_GRE_OKEY, self.output.1);
        body.be16(IFLA_GRE_IFLAGS, self.input.0).be16(IFLA_GRE_OFLAGS, self.output.0);
        self.addresses(body, IFLA_GRE_LOCAL, IFLA_GRE_REMOTE);
        if self.link != 0 {
            body.u32(IFLA_GRE_LINK, self.link);
        }
        body.u8(IFLA_GRE_TTL, self.ttl).u32(IFLA_GRE_FWMARK, self.fwmark);
        self.encapsulation(body, IFLA_GRE_ENCAP_TYPE);
        if self.v6 {
            body.u8(IFLA_GRE_ENCAP_LIMIT, self.encap_limit).be32(IFLA_GRE_FLOWINFO, self.flow);
            body.u32(IFLA_GRE_FLAGS, self.flags);
            // `ip` says so for tunnels that mirror nothing, too.
            self.erspan.unwrap_or(Erspan { version: 1, ..Erspan::default() }).write(body);
            return;
        }
        if let Some(erspan) = &self.erspan {
            erspan.write(body);
        }
        body.u8(IFLA_GRE_PMTUDISC, self.pmtudisc.into()).u8(IFLA_GRE_TOS, self.tos);
        if let Some(ignore) = self.ignore_df {
            body.u8(IFLA_GRE_IGNORE_DF, ignore);
        }
    }

    fn write_vti(&self, body: &mut Body) {
        body.be32(IFLA_VTI_IKEY, self.input.1).be32(IFLA_VTI_OKEY, self.output.1);
        self.addresses(body, IFLA_VTI_LOCAL, IFLA_VTI_REMOTE);
        body.u32(IFLA_VTI_FWMARK, self.fwmark);
        if self.link != 0 {
            body.u32(IFLA_VTI_LINK, self.link);
        }
    }
}

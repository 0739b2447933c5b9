//! `neigh`: neighbours.

use super::args::{Args, choose, words};
use super::body::Body;
use super::filter::{Filter, NeighFilter};
use super::uapi::*;
use super::value::{address, link_address, prefix, u8 as parse_u8};
use super::{Action, Ask, Change, Object, Parse, Show, Usage, help};
use netplumb_core::conn::Expect;
use netplumb_core::family::neigh::*;
use netplumb_core::wire::{NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};

#[derive(Clone, Copy)]
enum Verb {
    Modify(u16, u16),
    Get,
    Show,
    Flush,
    Help,
}

/// In the order in which iproute2 asks for them.
const VERBS: &[(&str, Verb)] = &[
    ("add", Verb::Modify(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL)),
    ("change", Verb::Modify(RTM_NEWNEIGH, NLM_F_REPLACE)),
    ("=chg", Verb::Modify(RTM_NEWNEIGH, NLM_F_REPLACE)),
    ("replace", Verb::Modify(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE)),
    ("delete", Verb::Modify(RTM_DELNEIGH, 0)),
    ("get", Verb::Get),
    ("show", Verb::Show),
    ("lst", Verb::Show),
    ("list", Verb::Show),
    ("flush", Verb::Flush),
    ("help", Verb::Help),
];

/// The words that may stand behind a verb; without one, the verbs.
pub(super) fn completions(verb: Option<&str>) -> Vec<&'static str> {
    let Some(verb) = verb else {
        return words(VERBS, |_| true);
    };
    match choose(verb, VERBS) {
        Some(Verb::Modify(..)) => words(OPTIONS, |_| true),
        Some(Verb::Get) => words(KEYS, |_| true),
        Some(Verb::Show | Verb::Flush) => words(FILTER, |_| true),
        _ => Vec::new(),
    }
}

pub(super) fn parse(p: &mut Parse<'_>, args: &mut Args<'_>) -> Result<Action, Usage> {
    let Some(word) = args.next() else { return show(p, args, SHOWN) };
    match choose(word, VERBS) {
        Some(Verb::Modify(kind, flags)) => modify(p, args, kind, flags),
        Some(Verb::Get) => get(p, args),
        Some(Verb::Show) => show(p, args, SHOWN),
        Some(Verb::Flush) if args.is_empty() => Err(Usage::new(1, "Flush requires arguments.")),
        Some(Verb::Flush) => match show(p, args, FLUSHED)? {
            Action::Show(show) => Ok(Action::Flush(show)),
            other => Ok(other),
        },
        Some(Verb::Help) => Ok(Action::Help(help::object(Object::Neigh))),
        None => Err(Usage::unknown_command("neigh", word)),
    }
}

fn state(text: &str) -> Result<NudState, Usage> {
    let named = choose(
        text,
        &[
            ("permanent", NUD_PERMANENT),
            ("reachable", NUD_REACHABLE),
            ("noarp", NUD_NOARP),
            ("none", NUD_NONE),
            ("stale", NUD_STALE),
            ("incomplete", NUD_INCOMPLETE),
            ("delay", NUD_DELAY),
            ("probe", NUD_PROBE),
            ("failed", NUD_FAILED),
        ],
    );
    let number = || super::value::unsigned(text, 0xffff).map(|value| NudState(value as u16));
    named.or_else(number).ok_or_else(|| Usage::invalid(text, "nud state is bad"))
}

fn protocol(p: &Parse<'_>, text: &str) -> Result<u8, Usage> {
    let named = p.names().protos.value(text).and_then(|value| u8::try_from(value).ok());
    named.or_else(|| parse_u8(text)).ok_or_else(|| Usage::invalid(text, "\"protocol\" value is invalid"))
}

#[derive(Clone, Copy)]
enum Opt {
    LinkAddress,
    State,
    Proxy,
    Flag(NeighFlags),
    Managed,
    Dev,
    Protocol,
    To,
}

/// Options of a new neighbour, in the order in which iproute2 asks for them.
const OPTIONS: &[(&str, Opt)] = &[
    ("lladdr", Opt::LinkAddress),
    ("=nud", Opt::State),
    ("proxy", Opt::Proxy),
    ("router", Opt::Flag(NTF_ROUTER)),
    ("=use", Opt::Flag(NTF_USE)),
    ("=managed", Opt::Managed),
    ("extern_learn", Opt::Flag(NTF_EXT_LEARNED)),
    ("=dev", Opt::Dev),
    ("protocol", Opt::Protocol),
    ("=to", Opt::To),
];

fn modify(p: &mut Parse<'_>, args: &mut Args<'_>, kind: u16, flags: u16) -> Result<Action, Usage> {
    let (mut device, mut destination, mut body) = (None, None, Body::new());
    let mut header = NdMsg { ndm_family: p.options.family, ndm_state: NUD_PERMANENT, ..Default::default() };
    while let Some(word) = args.next() {
        match choose(word, OPTIONS).filter(|_| !word.is_empty()) {
            Some(Opt::LinkAddress) => {
                let text = args.value()?;
                if text != "null" {
                    body.attr(NDA_LLADDR, &link_address(text)?);
                }
            }
            Some(Opt::State) => header.ndm_state = state(args.value()?)?,
            Some(Opt::Proxy) => {
                if destination.is_some() {
                    return Err(Usage::garbage("address", word));
                }
                destination = Some(address(args.value()?, p.options.family)?);
                header.ndm_flags |= NTF_PROXY;
            }
            Some(Opt::Flag(flag)) => header.ndm_flags |= flag,
            Some(Opt::Managed) => {
                body.u32(NDA_FLAGS_EXT, NTF_EXT_MANAGED.0);
                header.ndm_state = NUD_NONE;
            }
            Some(Opt::Dev) => device = Some(args.value()?),
            Some(Opt::Protocol) => {
                let text = args.value()?;
                body.u8(NDA_PROTOCOL, protocol(p, text)?);
            }
            Some(Opt::To) | None => {
                let text = if word == "to" { args.value()? } else { word };
                if text == "help" {
                    return Ok(Action::Help(help::object(Object::Neigh)));
                }
                if destination.is_some() {
                    return Err(Usage::garbage("to", text));
                }
                destination = Some(address(text, p.options.family)?);
            }
        }
    }
    let (Some(device), Some(destination)) = (device, destination) else {
        return Err(Usage::new(255, "Device and destination are required arguments."));
    };
    header.ndm_family = destination.family;
    body.attr(NDA_DST, &destination.bytes);
    header.ndm_ifindex = p.link(device)?.cast_signed();
    Ok(Action::Change(Change { object: Object::Neigh, message: body.message(kind, flags, &header)? }))
}

#[derive(Clone, Copy)]
enum Key {
    Dev,
    Proxy,
    To,
}

/// Which neighbour is asked for.
const KEYS: &[(&str, Key)] = &[("=dev", Key::Dev), ("=proxy", Key::Proxy), ("=to", Key::To)];

fn get(p: &mut Parse<'_>, args: &mut Args<'_>) -> Result<Action, Usage> {
    let (mut device, mut destination) = (None, None);
    let mut header = NdMsg { ndm_family: p.options.family, ..Default::default() };
    while let Some(word) = args.next() {
        match choose(word, KEYS) {
            Some(Key::Dev) => device = Some(args.value()?),
            Some(Key::Proxy) => {
                header.ndm_flags |= NTF_PROXY;
                destination = Some(address(args.value()?, p.options.family)?);
            }
            Some(Key::To) | None => {
                let text = if word == "to" { args.value()? } else { word };
                if destination.is_some() {
                    return Err(Usage::garbage("to", text));
                }
                destination = Some(address(text, p.options.family)?);
            }
        }
    }
    let (Some(device), Some(destination)) = (device, destination) else {
        return Err(Usage::new(1, "Device and address are required arguments."));
    };
    header.ndm_family = destination.family;
    header.ndm_ifindex = p.link(device)?.cast_signed();
    let mut body = Body::new();
    body.attr(NDA_DST, &destination.bytes);
    let ask = Ask { message: body.message(RTM_GETNEIGH, 0, &header)?, expect: Expect::Reply };
    let filter = NeighFilter { states: None, ..Default::default() };
    Ok(Action::Show(Show { object: Object::Neigh, asks: vec![ask], filter: Filter::Neigh(filter) }))
}

#[derive(Clone, Copy)]
enum By {
    Dev,
    Master,
    Vrf,
    NoMaster,
    Unused,
    State,
    Proxy,
    Protocol,
    Help,
    To,
}

/// What neighbours are chosen by.
const FILTER: &[(&str, By)] = &[
    ("=dev", By::Dev),
    ("=master", By::Master),
    ("=vrf", By::Vrf),
    ("=nomaster", By::NoMaster),
    ("=unused", By::Unused),
    ("=nud", By::State),
    ("=proxy", By::Proxy),
    ("protocol", By::Protocol),
    ("=help", By::Help),
    ("=to", By::To),
];

/// States that a list has unless told otherwise.
const SHOWN: NudState = NudState(0xff & !NUD_NOARP.0);
/// States that a flush deletes unless told otherwise: what somebody entered stays.
const FLUSHED: NudState = NudState(!(NUD_PERMANENT.0 | NUD_NOARP.0));

fn show(p: &mut Parse<'_>, args: &mut Args<'_>, states: NudState) -> Result<Action, Usage> {
    let mut filter = NeighFilter { family: p.options.family, states: Some(states), ..Default::default() };
    let mut given_states: Option<NudState> = None;
    let mut header = NdMsg::default();
    let mut body = Body::new();
    while let Some(word) = args.next() {
        match choose(word, FILTER).filter(|_| word.len() > 1) {
            Some(By::Dev) => {
                let index = p.link(args.value()?)?;
                filter.dev = Some(index);
                body.u32(NDA_IFINDEX, index);
            }
            Some(By::Master) => {
                let text = args.value()?;
                let index =
                    p.link_or_none(text).ok_or_else(|| Usage::invalid(text, "Device does not exist"))?;
                body.u32(NDA_MASTER, index);
            }
            Some(By::Vrf) => {
                let text = args.value()?;
                let (index, _) =
                    p.cx.vrf(text).ok_or_else(|| Usage::invalid(text, "Not a valid VRF name"))?;
                body.u32(NDA_MASTER, index);
            }
            Some(By::NoMaster) => _ = body.u32(NDA_MASTER, u32::MAX),
            Some(By::Unused) => filter.unused = true,
            Some(By::State) => {
                let text = args.value()?;
                let new = match text {
                    // A flush leaves what needs no resolution alone: the kernel's own entries, mostly.
                    "all" if states == FLUSHED => NudState(!NUD_NOARP.0),
                    "all" => NudState(!0),
                    _ => state(text)?,
                };
                let new = if new == NUD_NONE { NudState(0x100) } else { new };
                given_states = Some(given_states.unwrap_or_default() | new);
            }
            Some(By::Proxy) => header.ndm_flags |= NTF_PROXY,
            Some(By::Protocol) => {
                let text = args.value()?;
                filter.protocol = Some(protocol(p, text)?);
            }
            Some(By::Help) => return Ok(Action::Help(help::object(Object::Neigh))),
            Some(By::To) | None => {
                let text = if word == "to" { args.value()? } else { word };
                let to = prefix(text, filter.family)?;
                if filter.family == AF_UNSPEC {
                    filter.family = to.family;
                }
                filter.to = Some(to);
            }
        }
    }
    if given_states.is_some() {
        filter.states = given_states;
    }
    header.ndm_family = filter.family;
    let ask = Ask { message: body.message(RTM_GETNEIGH, 0, &header)?, expect: Expect::Dump };
    Ok(Action::Show(Show { object: Object::Neigh, asks: vec![ask], filter: Filter::Neigh(filter) }))
}

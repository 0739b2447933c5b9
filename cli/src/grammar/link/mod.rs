//! `link`: network interfaces.

mod kind;
mod modify;
mod tunnel;
mod vf;
mod words;

pub(super) use kind::{is_pair, names as kind_names, options_of};

use super::args::{Args, abbreviates, choose, words};
use super::body::Body;
use super::uapi::*;
use super::{Action, Change, Object, Parse, Usage, addr, help};
use netplumb_core::wire::{NLM_F_APPEND, NLM_F_CREATE, NLM_F_EXCL, NLM_F_REPLACE};

#[derive(Clone, Copy)]
enum Verb {
    Add,
    Set,
    Replace,
    Delete,
    Show,
    Absent,
    Property,
    Help,
}

/// In the order in which iproute2 asks for them.
const VERBS: &[(&str, Verb)] = &[
    ("add", Verb::Add),
    ("set", Verb::Set),
    ("change", Verb::Set),
    ("replace", Verb::Replace),
    ("delete", Verb::Delete),
    ("show", Verb::Show),
    ("lst", Verb::Show),
    ("list", Verb::Show),
    ("xstats", Verb::Absent),
    ("afstats", Verb::Absent),
    ("property", Verb::Property),
    ("help", Verb::Help),
];

/// The words that may stand behind a verb; without one, the verbs.
pub(super) fn completions(verb: Option<&str>) -> Vec<&'static str> {
    let Some(verb) = verb else {
        return words(VERBS, |verb| !matches!(verb, Verb::Absent));
    };
    match choose(verb, VERBS) {
        Some(Verb::Add | Verb::Set | Verb::Replace) => words(modify::OPTIONS, |_| true),
        Some(Verb::Show) => words(addr::FILTER, |_| true),
        Some(Verb::Property) => words(PROPERTY, |_| true),
        Some(Verb::Help) => kind::names(),
        _ => Vec::new(),
    }
}

pub(super) fn parse(p: &mut Parse<'_>, args: &mut Args<'_>) -> Result<Action, Usage> {
    let Some(word) = args.next() else { return addr::show(p, args, Object::Link) };
    if let (Some(Verb::Add | Verb::Set | Verb::Replace), Some(kind)) = (choose(word, VERBS), asked(args)) {
        return kind_help(kind);
    }
    match choose(word, VERBS) {
        Some(Verb::Add) => modify::parse(p, args, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL),
        Some(Verb::Set) => modify::parse(p, args, RTM_NEWLINK, 0),
        Some(Verb::Replace) => modify::parse(p, args, RTM_NEWLINK, NLM_F_CREATE | NLM_F_REPLACE),
        Some(Verb::Delete) => modify::parse(p, args, RTM_DELLINK, 0),
        Some(Verb::Show) => addr::show(p, args, Object::Link),
        Some(Verb::Absent) => Err(Usage::new(
            1,
            format!("Command \"link {word}\" of iproute2 is not available in netplumb yet."),
        )),
        Some(Verb::Property) => property(p, args),
        Some(Verb::Help) => match args.next() {
            None => Ok(Action::Help(help::object(Object::Link))),
            Some(kind) => kind_help(kind),
        },
        None => Err(Usage::unknown_command("link", word)),
    }
}

fn kind_help(kind: &str) -> Result<Action, Usage> {
    help::kind(kind).map(Action::Help).ok_or_else(|| {
        Usage::new(1, format!("Kind \"{kind}\" of links is unknown, try \"netplumb link help\"."))
    })
}

/// The kind whose options are asked for with `type KIND help`.
fn asked<'a>(args: &Args<'a>) -> Option<&'a str> {
    let mut args = args.clone();
    while let Some(word) = args.next() {
        if word == "type" {
            let kind = args.next()?;
            return args.take("help").then_some(kind);
        }
    }
    None
}

/// What is done with properties.
const PROPERTY: &[(&str, (u16, u16))] =
    &[("=add", (RTM_NEWLINKPROP, NLM_F_EXCL | NLM_F_CREATE | NLM_F_APPEND)), ("=del", (RTM_DELLINKPROP, 0))];

/// `link property { add | del } dev NAME altname NAME...`
fn property(p: &mut Parse<'_>, args: &mut Args<'_>) -> Result<Action, Usage> {
    let operator = || Usage::new(255, "Operator required: netplumb link property { add | del }");
    let word = args.next().ok_or_else(operator)?;
    if word == "help" {
        return Ok(Action::Help(help::object(Object::Link)));
    }
    let (kind, flags) = choose(word, PROPERTY).ok_or_else(operator)?;
    let mut device = None;
    let mut body = Body::new();
    body.nest(IFLA_PROP_LIST | NLA_F_NESTED, |body| {
        while let Some(word) = args.next() {
            if abbreviates(word, "altname") {
                let name = args.value()?;
                if name.is_empty()
                    || name.len() > 127
                    || name.contains('/')
                    || name.contains(char::is_whitespace)
                {
                    return Err(Usage::invalid(name, "not a valid altname"));
                }
                body.str(IFLA_ALT_IFNAME, name);
            } else if abbreviates(word, "help") {
                return Err(Usage::new(
                    255,
                    "Usage: netplumb link property { add | del } dev NAME altname NAME ...",
                ));
            } else {
                let name = if word == "dev" { args.value()? } else { word };
                if device.is_some() {
                    return Err(Usage::garbage("dev", name));
                }
                device = Some(p.link(name)?);
            }
        }
        Ok(())
    })?;
    let index = device.ok_or_else(|| Usage::required("dev", 255))?;
    let header = IfInfoMsg { ifi_index: index.cast_signed(), ..Default::default() };
    let message = body.message(kind, flags, &header)?;
    Ok(Action::Change(Change { object: Object::Link, message }))
}

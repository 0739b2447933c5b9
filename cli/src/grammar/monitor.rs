//! `monitor`: watching changes.

use super::args::{Args, choose, words};
use super::{Action, Monitor, Object, Parse, Usage, help};

#[derive(Clone, Copy)]
enum Opt {
    Label,
    Object(Object),
    All,
    Dev,
    Help,
    Absent,
}

/// In the order in which iproute2 asks for them.
const OPTIONS: &[(&str, Opt)] = &[
    ("file", Opt::Absent),
    ("label", Opt::Label),
    ("link", Opt::Object(Object::Link)),
    ("address", Opt::Object(Object::Addr)),
    ("route", Opt::Object(Object::Route)),
    ("mroute", Opt::Absent),
    ("prefix", Opt::Absent),
    ("neigh", Opt::Object(Object::Neigh)),
    ("netconf", Opt::Absent),
    ("rule", Opt::Object(Object::Rule)),
    ("nsid", Opt::Absent),
    ("nexthop", Opt::Absent),
    ("=stats", Opt::Absent),
    ("=all", Opt::All),
    ("all-nsid", Opt::Absent),
    ("help", Opt::Help),
    ("=dev", Opt::Dev),
];

/// The words that may stand here.
pub(super) fn completions() -> Vec<&'static str> {
    words(OPTIONS, |opt| !matches!(opt, Opt::Absent))
}

pub(super) fn parse(p: &mut Parse<'_>, args: &mut Args<'_>) -> Result<Action, Usage> {
    let mut monitor = Monitor::default();
    while let Some(word) = args.next() {
        let unknown =
            || Usage::new(255, format!("Argument \"{word}\" is unknown, try \"netplumb monitor help\"."));
        match choose(word, OPTIONS).ok_or_else(unknown)? {
            Opt::Label | Opt::All => monitor.label = true,
            Opt::Object(object) => monitor.objects.push(object),
            Opt::Dev => {
                let text = args.value()?;
                let index = p.link_or_none(text);
                monitor.dev = Some(index.ok_or_else(|| Usage::invalid(text, "Device does not exist"))?);
            }
            Opt::Help => return Ok(Action::Help(help::monitor())),
            Opt::Absent => {
                return Err(Usage::new(
                    1,
                    format!("\"monitor {word}\" of iproute2 is not available in netplumb yet."),
                ));
            }
        }
    }
    if monitor.objects.is_empty() {
        monitor.objects.extend(Object::ALL);
    }
    Ok(Action::Monitor(monitor))
}

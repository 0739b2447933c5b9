//! Timers.

use super::error::LoadFault;
use super::line::{Result, Tail};
use crate::timer::Timer;
use crate::world::{NetnsId, World};
use netplumb_core::Instant;
use std::fmt::Write as _;

pub(super) fn save(out: &mut String, at: Instant, timer: Timer) {
    let at = at.as_ns();
    // Writing to a string cannot fail.
    let _ = match timer {
        Timer::Carrier { netns, link } => {
            writeln!(out, "timer carrier netns={} link={link} at={at}", netns.0)
        }
        Timer::Dad { netns, link, address } => {
            writeln!(out, "timer dad netns={} link={link} address={address} at={at}", netns.0)
        }
        Timer::Lifetimes { netns, link } => {
            writeln!(out, "timer lifetimes netns={} link={link} at={at}", netns.0)
        }
        Timer::Neigh { netns, link, address } => {
            writeln!(out, "timer neigh netns={} link={link} address={address} at={at}", netns.0)
        }
        Timer::ManagedNeighs { netns } => writeln!(out, "timer managed-neighs netns={} at={at}", netns.0),
        Timer::RouteExpiry { netns } => writeln!(out, "timer route-expiry netns={} at={at}", netns.0),
    };
}

pub(super) fn restore(world: &mut World, text: &str) -> Result<()> {
    let (word, keys) = text.trim().split_once(' ').ok_or(LoadFault::Missing("what the timer is for"))?;
    let mut tail = Tail::read(keys)?;
    let netns = NetnsId(needed(&mut tail, "netns", "netns")?);
    let at = super::time(tail.take("at").ok_or(LoadFault::Missing("at"))?)?;
    let timer = match word {
        "carrier" => Timer::Carrier { netns, link: needed(&mut tail, "link", "link")? },
        "dad" => Timer::Dad {
            netns,
            link: needed(&mut tail, "link", "link")?,
            address: needed(&mut tail, "address", "address")?,
        },
        "lifetimes" => Timer::Lifetimes { netns, link: needed(&mut tail, "link", "link")? },
        "neigh" => Timer::Neigh {
            netns,
            link: needed(&mut tail, "link", "link")?,
            address: needed(&mut tail, "address", "address")?,
        },
        "managed-neighs" => Timer::ManagedNeighs { netns },
        "route-expiry" => Timer::RouteExpiry { netns },
        _ => return Err(LoadFault::UnknownWord),
    };
    tail.finish()?;
    if world.timers.at(timer).is_some() {
        return Err(LoadFault::Repeated("the timer"));
    }
    world.timers.set(timer, at);
    Ok(())
}

fn needed<T: std::str::FromStr>(tail: &mut Tail<'_>, key: &str, what: &'static str) -> Result<T> {
    let text = tail.take(key).ok_or(LoadFault::Missing(what))?;
    text.parse().map_err(|_| LoadFault::Value(what))
}

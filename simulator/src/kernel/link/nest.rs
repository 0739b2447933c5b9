//! Links above each other: one that stands on another is above it, and a master is above its ports.

use super::{Link, LinkAt};
use crate::refusal::Outcome;
use crate::world::World;
use netplumb_core::Errno;
use std::collections::BTreeSet;

/// How many links can be above each other, the lowest included (`MAX_NEST_DEV`).
pub(crate) const MAX_NEST: usize = 8;

/// Which way to go.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Way {
    Up,
    Down,
}

/// The link that one stands on. The other end of a veth is none.
fn stands_on(link: &Link) -> Option<LinkAt> {
    link.lower.filter(|_| matches!(link.kind.name, "vlan" | "macvlan" | "macvtap"))
}

impl World {
    /// Whether `upper` can come to be above `lower` (`__netdev_upper_dev_link`); none is a link that is being made.
    pub(crate) fn check_nesting(&self, lower: LinkAt, upper: Option<LinkAt>) -> Outcome {
        let above = upper.map_or(Vec::new(), |upper| self.layers(BTreeSet::from([upper]), Way::Up));
        if above.iter().any(|layer| layer.contains(&lower)) {
            return Err(Errno::EBUSY.into());
        }
        let below = self.layers(BTreeSet::from([lower]), Way::Down);
        if below.len() + above.len().max(1) > MAX_NEST {
            return Err(Errno::EMLINK.into());
        }
        Ok(())
    }

    /// These links, then those right above or below them, and so on: as many layers as the longest way has links, or one more
    /// than there can be. All links of a layer are found at once, as a bridge may have thousands of ports.
    pub(crate) fn layers(&self, from: BTreeSet<LinkAt>, way: Way) -> Vec<BTreeSet<LinkAt>> {
        let mut layers = vec![from];
        while layers.len() <= MAX_NEST {
            let next = layers.last().map_or(BTreeSet::new(), |last| self.next_layer(last, way));
            if next.is_empty() {
                break;
            }
            layers.push(next);
        }
        layers
    }

    fn next_layer(&self, layer: &BTreeSet<LinkAt>, way: Way) -> BTreeSet<LinkAt> {
        let all = self.netns.values().flat_map(|ns| ns.links.values().map(|link| (ns.id, link)));
        let pairs = all.flat_map(|(netns, link)| {
            let at = LinkAt { netns, index: link.index };
            let master = link.master.map(|index| (at, LinkAt { netns, index }));
            [stands_on(link).map(|lower| (lower, at)), master]
        });
        let next = |(lower, upper): (LinkAt, LinkAt)| match way {
            Way::Up => layer.contains(&lower).then_some(upper),
            Way::Down => layer.contains(&upper).then_some(lower),
        };
        pairs.flatten().filter_map(next).collect()
    }
}

//! Settings of a namespace (`/proc/sys/net`).

use crate::kernel::link::LinkAt;
use crate::kernel::netns::Conf6;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;

impl World {
    /// Changes a setting of a namespace, by the name that sysctl(8) has for it: `net.ipv6.conf.LINK.disable_ipv6`,
    /// `accept_dad` and `dad_transmits`, where `LINK` may be `all` or `default`.
    ///
    /// # Errors
    /// `ENOENT` for a setting that the simulator does not have, or of a link that is not there; `EINVAL` for a value that is
    /// none.
    pub fn set_sysctl(&mut self, netns: NetnsId, name: &str, value: &str) -> Result<(), Errno> {
        let value: i32 = value.trim().parse().map_err(|_| Errno::EINVAL)?;
        let name = name.replace('/', ".");
        let rest = name.strip_prefix("net.ipv6.conf.").ok_or(Errno::ENOENT)?;
        // Names of links may have dots in them.
        let (link, setting) = rest.rsplit_once('.').ok_or(Errno::ENOENT)?;
        let change: fn(&mut Conf6, i32) = match setting {
            "disable_ipv6" => |conf, value| conf.disable = value != 0,
            "accept_dad" => |conf, value| conf.accept_dad = value,
            "dad_transmits" => |conf, value| conf.dad_transmits = u8::try_from(value).unwrap_or(u8::MAX),
            _ => return Err(Errno::ENOENT),
        };
        match link {
            "default" => change(&mut self.ns_mut(netns).conf6, value),
            // "all" reaches the links that are there; of these settings only the first does more than that.
            "all" => {
                if setting == "disable_ipv6" {
                    change(&mut self.ns_mut(netns).conf6, value);
                }
                let links: Vec<u32> = self.ns(netns).links.keys().copied().collect();
                for index in links {
                    self.set_conf6(LinkAt { netns, index }, change, value);
                }
            }
            name => {
                let index = self.ns(netns).link_named(name).ok_or(Errno::ENOENT)?.index;
                self.set_conf6(LinkAt { netns, index }, change, value);
            }
        }
        Ok(())
    }

    fn set_conf6(&mut self, at: LinkAt, change: fn(&mut Conf6, i32), value: i32) {
        let Some(link) = self.link_at_mut(at) else { return };
        let was = link.conf6.disable;
        change(&mut link.conf6, value);
        match (was, link.conf6.disable) {
            (false, true) => self.inet6_link_down(at),
            (true, false) => self.inet6_link_up(at),
            _ => {}
        }
    }
}

//! A kernel with what is known about it: names of links, tables and namespaces.

use super::table::Table;
use crate::grammar::{Ask, Resolver};
use crate::names::Names;
use crate::show::Context;
use netplumb_backends::{Ended, Error, Part, Transact};
use netplumb_core::conn::Expect;
use netplumb_core::family::link::{self, Link, RTEXT_FILTER_SKIP_STATS, RTEXT_FILTER_VF};
use netplumb_core::request::AsRequest;
use netplumb_core::wire::{Attrs, Message, NLM_F_REQUEST, Writer};
use netplumb_core::{Errno, schema::Set};
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

/// Where named network namespaces are.
const NETNS: &str = "/run/netns";

/// Message type: the id of a network namespace (`linux/rtnetlink.h`).
const RTM_GETNSID: u16 = 90;
/// Attributes of that message (`linux/net_namespace.h`).
const NETNSA_NSID: u16 = 1;
const NETNSA_FD: u16 = 3;

/// Message type: a nexthop object (`linux/rtnetlink.h`).
const RTM_GETNEXTHOP: u16 = 106;
/// Its id (`linux/nexthop.h`).
const NHA_ID: u16 = 1;

/// A kernel, and what is known about it.
pub(crate) struct Host<'k> {
    net: &'k mut dyn Transact,
    /// Names, for the grammar and for printing.
    pub(crate) cx: Context,
    indices: HashMap<String, u32>,
    all_links: bool,
    /// Namespaces of the command line being read, open until its request has been sent.
    namespaces: Vec<File>,
    failure: Option<Error>,
    warnings: Vec<String>,
}

impl<'k> Host<'k> {
    pub(crate) fn new(net: &'k mut dyn Transact, cx: Context) -> Self {
        Self {
            net,
            cx,
            indices: HashMap::new(),
            all_links: false,
            namespaces: Vec::new(),
            failure: None,
            warnings: Vec::new(),
        }
    }

    /// What should be known of the command line that was read.
    pub(crate) fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// Why a look-up could not be made, if that was not for want of the object.
    pub(crate) fn take_failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    /// Reads a table.
    pub(crate) fn read(&mut self, ask: &Ask) -> Result<(Table, Option<String>), Error> {
        Table::read(self.net, ask)
    }

    /// Carries out a change.
    pub(crate) fn execute(&mut self, message: &[u8]) -> Result<Ended, Error> {
        let ended = self.net.transact(message, Expect::Ack, &mut |_| ());
        self.namespaces.clear();
        ended
    }

    /// Carries out several changes at once: see [`Transact::transact_batch`].
    pub(crate) fn execute_all(
        &mut self,
        messages: Vec<Vec<u8>>,
        done: &mut dyn FnMut(usize, Result<(), Error>),
    ) -> Result<(), Error> {
        let ended = self.net.transact_batch(&mut messages.into_iter(), done);
        self.namespaces.clear();
        ended.map(|_| ())
    }

    /// Forgets what is known of links: some may have changed.
    pub(crate) fn forget_links(&mut self) {
        self.indices.clear();
        self.cx.links.clear();
        self.cx.netns.clear();
        // Nexthops go with their links.
        self.cx.nexthops.clear();
        self.all_links = false;
    }

    /// Learns the names of all links from a dump that was made anyway.
    pub(crate) fn remember_links(&mut self, table: &Table) {
        table.messages().for_each(|message| self.cx.remember(message));
        self.all_links = true;
    }

    /// Learns the names of all links, unless they are known.
    pub(crate) fn know_links(&mut self) -> Result<(), Error> {
        if self.all_links {
            return Ok(());
        }
        let dump = link::dump().with(|l| {
            l.ext_mask(RTEXT_FILTER_SKIP_STATS);
        });
        let ask = Ask { message: dump.message()?.to_vec(), expect: dump.expect() };
        let (table, _) = self.read(&ask)?;
        self.remember_links(&table);
        Ok(())
    }

    /// Learns the name of one link, unless it is known. One that is gone already is printed by number.
    #[cfg(feature = "blocking")]
    pub(crate) fn know_link(&mut self, index: u32) {
        if index == 0 || self.cx.links.contains_key(&index) {
            return;
        }
        let request = link::get(index).with(|l| {
            l.ext_mask(RTEXT_FILTER_SKIP_STATS);
        });
        let Ok(message) = request.message() else { return };
        let cx = &mut self.cx;
        let mut each = |part: Part<'_>| {
            if let Part::Reply(reply) = part {
                cx.remember(reply);
            }
        };
        // Nothing is lost without the name.
        let _ = self.net.transact(message, request.expect(), &mut each);
    }

    /// Learns the ids that network namespaces with a name have here. One that has none, or cannot be opened, is printed
    /// by number, so nothing is lost.
    pub(crate) fn know_namespaces(&mut self) {
        let Ok(entries) = std::fs::read_dir(NETNS) else { return };
        let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths {
            let (Some(name), Ok(file)) = (path.file_name().and_then(|n| n.to_str()), File::open(&path))
            else {
                continue;
            };
            if let Some(id) = self.namespace_id(&file) {
                self.cx.netns.insert(id, name.to_owned());
            }
        }
    }

    fn namespace_id(&mut self, file: &File) -> Option<i32> {
        let mut buffer = [0; 64];
        let mut w = Writer::new(&mut buffer);
        w.message(RTM_GETNSID, NLM_F_REQUEST, 0, 0, |w| {
            // struct rtgenmsg with its padding.
            w.bytes(&[0; 4]);
            w.attr(NETNSA_FD, &file.as_raw_fd().to_ne_bytes());
        });
        let request = w.finish().ok()?;
        let mut id = None;
        let mut each = |part: Part<'_>| {
            if let Part::Reply(reply) = part {
                let attrs = Attrs::new(reply.payload().get(4..).unwrap_or_default());
                id = attrs.find(NETNSA_NSID).and_then(|a| a.payload().first_chunk().copied());
            }
        };
        self.net.transact(request, Expect::Reply, &mut each).ok()?;
        id.map(i32::from_ne_bytes).filter(|&id| id >= 0)
    }

    /// Learns what the nexthop objects with these ids are. A kernel that has none of them gives no routes with an id.
    pub(crate) fn know_nexthops(&mut self, ids: impl Iterator<Item = u32>) {
        let mut wanted: Vec<u32> = ids.filter(|id| !self.cx.nexthops.contains_key(id)).collect();
        wanted.sort_unstable();
        wanted.dedup();
        for id in wanted {
            let mut buffer = [0; 64];
            let mut w = Writer::new(&mut buffer);
            w.message(RTM_GETNEXTHOP, NLM_F_REQUEST, 0, 0, |w| {
                // struct nhmsg: any family.
                w.bytes(&[0; 8]);
                w.attr(NHA_ID, &id.to_ne_bytes());
            });
            let Ok(request) = w.finish() else { continue };
            let nexthops = &mut self.cx.nexthops;
            let mut each = |part: Part<'_>| {
                if let Part::Reply(reply) = part {
                    nexthops.insert(id, reply.bytes().to_vec());
                }
            };
            // One that was deleted meanwhile is printed by its id alone.
            let _ = self.net.transact(request, Expect::Reply, &mut each);
        }
    }

    /// Reads the names of users and groups, for the owners of TUN devices.
    pub(crate) fn know_users(&mut self) {
        let text = |file: &str| std::fs::read_to_string(file).unwrap_or_default();
        self.cx.users = accounts(&text("/etc/passwd"));
        self.cx.groups = accounts(&text("/etc/group"));
    }

    /// Asks for one link and gives it to `read`; `None` when there is no such link.
    fn link<T>(&mut self, request: &link::LinkRequest, read: impl Fn(Link<'_>) -> Option<T>) -> Option<T> {
        let mut found = None;
        let mut each = |part: Part<'_>| {
            if let Part::Reply(reply) = part {
                found = Link::view(reply.payload()).and_then(&read);
            }
        };
        let message = match request.message() {
            Ok(message) => message,
            Err(e) => {
                self.failure = Some(e.into());
                return None;
            }
        };
        match self.net.transact(message, Expect::Reply, &mut each) {
            Ok(_) => found,
            Err(e) => {
                // A name that no link can have is refused, not unknown.
                let absent = [Errno::ENODEV, Errno::ERANGE, Errno::EINVAL];
                if !e.errno().is_some_and(|errno| absent.contains(&errno)) {
                    self.failure = Some(e);
                }
                None
            }
        }
    }
}

impl Resolver for Host<'_> {
    fn link_index(&mut self, name: &str) -> Option<u32> {
        if let Some(index) = self.indices.get(name) {
            return Some(*index);
        }
        let request = link::get(name).with(|l| {
            l.ext_mask(RTEXT_FILTER_SKIP_STATS);
        });
        let index = self.link(&request, |link| u32::try_from(link.header().ifi_index).ok())?;
        self.indices.insert(name.to_owned(), index);
        Some(index)
    }

    fn vrf(&mut self, name: &str) -> Option<(u32, u32)> {
        self.link(&link::get(name), |link| {
            let table = link.linkinfo()?.vrf()?.table_id()?.0;
            Some((link.header().ifi_index.cast_unsigned(), table))
        })
    }

    fn vf_rates(&mut self, index: u32, vf: u32) -> Option<(u32, u32)> {
        let request = link::get(index).with(|l| {
            l.ext_mask(RTEXT_FILTER_VF);
        });
        self.link(&request, |link| {
            let mut rates = link.vfinfo_list()?.vf_infos().filter_map(|info| info.rate());
            rates.find(|rate| rate.vf == vf).map(|rate| (rate.min_tx_rate, rate.max_tx_rate))
        })
    }

    fn netns(&mut self, name: &str) -> Option<i32> {
        let file = open_namespace(name).ok()?;
        let fd = file.as_raw_fd();
        self.namespaces.push(file);
        Some(fd)
    }

    fn netns_id(&mut self, name: &str) -> Option<i32> {
        let file = open_namespace(name).ok()?;
        self.namespace_id(&file)
    }

    fn warn(&mut self, text: &str) {
        self.warnings.push(text.to_owned());
    }

    fn names(&self) -> &Names {
        &self.cx.names
    }
}

/// Opens the network namespace with this name, or at this path.
pub(crate) fn open_namespace(name: &str) -> std::io::Result<File> {
    File::open(if name.contains('/') { PathBuf::from(name) } else { Path::new(NETNS).join(name) })
}

/// Names by id of a file of accounts: name, password and id in front of other fields, with colons between.
fn accounts(text: &str) -> BTreeMap<u32, String> {
    let mut names = BTreeMap::new();
    for line in text.lines() {
        let mut fields = line.split(':');
        if let (Some(name), Some(Ok(id))) = (fields.next(), fields.nth(1).map(str::parse)) {
            // The first one given to an id is its name, as getpwuid(3) finds it.
            names.entry(id).or_insert_with(|| name.to_owned());
        }
    }
    names
}

/// Whether printing this link needs the names of others, or of namespaces.
pub(crate) fn refers_to_others(message: Message<'_>) -> bool {
    let Some(link) = Link::view(message.payload()) else { return false };
    link.link().is_some() || link.master().is_some() || link.linkinfo().is_some()
}

/// Whether a link has its other end in another network namespace.
pub(crate) fn leaves_namespace(message: Message<'_>) -> bool {
    Link::view(message.payload())
        .is_some_and(|link| link.link_netnsid().is_some() || link.new_netnsid().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_have_a_name_and_an_id() {
        let text = "root:x:0:0:root:/root:/bin/sh\nbad line\nd:x:one\ntoor:x:0:0::/:\nnobody:x:65534:\n";
        let names = accounts(text);
        assert_eq!(names, [(0, "root".to_owned()), (65534, "nobody".to_owned())].into());
    }
}

//! What equal routes share (`struct fib_info` and its nexthops), kept once.

use std::collections::BTreeMap;
use std::sync::Arc;

/// What routes share, with what happens to it. Equal values are kept once.
#[derive(Clone, Debug)]
pub(super) struct Shared<T> {
    slots: Vec<Option<Slot<T>>>,
    free: Vec<u32>,
    ids: BTreeMap<Arc<T>, u32>,
}

/// A shared value: `marks` are the flags of its nexthops that come and go with their links.
#[derive(Clone, Debug)]
pub(super) struct Slot<T> {
    pub(super) value: Arc<T>,
    pub(super) state: State,
    users: u32,
}

/// What links and addresses that come and go do to a shared value. It is no part of its identity.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct State {
    /// `RTNH_F_DEAD` and `RTNH_F_LINKDOWN` of the whole.
    pub(super) flags: u8,
    /// The same flags of each nexthop.
    pub(super) hops: Box<[u8]>,
    /// The preferred source is no address of this host any more (`pfsrc_removed`).
    pub(super) source_gone: bool,
}

impl<T> Default for Shared<T> {
    fn default() -> Self {
        Self { slots: Vec::new(), free: Vec::new(), ids: BTreeMap::new() }
    }
}

impl<T: Ord> Shared<T> {
    /// The id of a value, one user more. A value that is there already keeps its state, as in `fib_find_info`.
    pub(super) fn take(&mut self, value: T, state: State) -> u32 {
        if let Some(id) = self.ids.get(&value).copied() {
            if let Some(slot) = self.slot_mut(id) {
                slot.users = slot.users.saturating_add(1);
            }
            return id;
        }
        let value = Arc::new(value);
        let id = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            u32::try_from(self.slots.len().saturating_sub(1)).unwrap_or(u32::MAX)
        });
        self.ids.insert(Arc::clone(&value), id);
        if let Some(place) = self.slots.get_mut(id as usize) {
            *place = Some(Slot { value, state, users: 1 });
        }
        id
    }

    /// One user less; the last one takes the value with it.
    pub(super) fn release(&mut self, id: u32) {
        let Some(place) = self.slots.get_mut(id as usize) else { return };
        let Some(slot) = place else { return };
        slot.users = slot.users.saturating_sub(1);
        if slot.users == 0 {
            self.ids.remove(&slot.value);
            *place = None;
            self.free.push(id);
        }
    }
}

impl<T> Shared<T> {
    pub(super) fn slot(&self, id: u32) -> Option<&Slot<T>> {
        self.slots.get(id as usize)?.as_ref()
    }

    pub(super) fn slot_mut(&mut self, id: u32) -> Option<&mut Slot<T>> {
        self.slots.get_mut(id as usize)?.as_mut()
    }

    pub(super) fn slots_mut(&mut self) -> impl Iterator<Item = &mut Slot<T>> + '_ {
        self.slots.iter_mut().flatten()
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_are_kept_once_and_go_with_their_last_user() {
        let mut shared = Shared::default();
        let (a, b) = (shared.take("a", State::default()), shared.take("b", State::default()));
        assert_eq!(shared.take("a", State { flags: 1, ..State::default() }), a);
        assert_eq!(shared.slot(a).unwrap().state.flags, 0);
        shared.release(a);
        assert!(shared.slot(a).is_some());
        shared.release(a);
        assert!(shared.slot(a).is_none() && shared.slot(b).is_some());
        assert_eq!((shared.take("c", State::default()), shared.len()), (a, 2));
    }
}

//! Lists that nearly always have one element.

use std::ops::Deref;

/// One element in place, or several in memory of their own: of a million prefixes nearly all have one route.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Few<T> {
    One(T),
    Many(Vec<T>),
}

impl<T: Copy> Few<T> {
    pub(super) fn insert(&mut self, at: usize, value: T) {
        match self {
            Self::Many(list) => list.insert(at.min(list.len()), value),
            Self::One(first) => {
                *self = Self::Many(if at == 0 { vec![value, *first] } else { vec![*first, value] });
            }
        }
    }

    /// Puts a value in the place of another.
    pub(super) fn set(&mut self, at: usize, value: T) {
        if let Some(place) = self.get_mut(at) {
            *place = value;
        }
    }

    pub(super) fn get_mut(&mut self, at: usize) -> Option<&mut T> {
        match self {
            Self::One(first) => (at == 0).then_some(first),
            Self::Many(list) => list.get_mut(at),
        }
    }

    /// Takes an element out. Whether none is left: then the list stays as it was, and its owner must drop it.
    pub(super) fn remove(&mut self, at: usize) -> bool {
        match self {
            Self::One(_) => true,
            Self::Many(list) => {
                if list.len() <= 1 {
                    return true;
                }
                if at < list.len() {
                    list.remove(at);
                }
                if let [only] = list[..] {
                    *self = Self::One(only);
                }
                false
            }
        }
    }
}

impl<T> Deref for Few<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::One(first) => std::slice::from_ref(first),
            Self::Many(list) => list,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_and_shrinks_in_order() {
        let mut few = Few::One(2);
        few.insert(0, 1);
        few.insert(2, 3);
        assert_eq!(*few, [1, 2, 3]);
        few.set(1, 7);
        assert!(!few.remove(0));
        assert_eq!(*few, [7, 3]);
        assert!(!few.remove(1));
        assert_eq!(few, Few::One(7));
        assert!(few.remove(0));
    }
}

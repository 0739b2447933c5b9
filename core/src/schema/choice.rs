//! Choices of one list, each made once.

use super::{Kind, Scope};

/// Distinct choices that are remembered: more than any set has.
const ROWS: usize = 4;

/// What the choices of one attribute list came down to. Looking for the attribute that chooses costs a walk of the list, so
/// a hostile list of thousands of chosen attributes would otherwise cost a walk for each of them.
#[derive(Default)]
pub(crate) struct Choices {
    made: [Option<(&'static Kind, &'static Kind)>; ROWS],
    next: usize,
}

impl Choices {
    /// [`Scope::resolve`], remembered. All calls must be about the same list.
    pub(crate) fn resolve(&mut self, scope: &Scope<'_>, kind: &'static Kind) -> &'static Kind {
        self.or_make(kind, || scope.resolve(kind))
    }

    /// What `kind` came down to before.
    pub(crate) fn made(&self, kind: &'static Kind) -> Option<&'static Kind> {
        let mut made = self.made.iter().flatten();
        made.find(|(choice, _)| core::ptr::eq(*choice, kind)).map(|(_, kind)| *kind)
    }

    /// Remembers what `kind` comes down to.
    pub(crate) fn put(&mut self, kind: &'static Kind, resolved: &'static Kind) {
        if let Some(slot) = self.made.get_mut(self.next) {
            *slot = Some((kind, resolved));
        }
        self.next = self.next.saturating_add(1) & ROWS.saturating_sub(1);
    }

    fn or_make(&mut self, kind: &'static Kind, make: impl FnOnce() -> &'static Kind) -> &'static Kind {
        if !matches!(kind, Kind::Select(_)) {
            return kind;
        }
        self.made(kind).unwrap_or_else(|| {
            let resolved = make();
            self.put(kind, resolved);
            resolved
        })
    }
}

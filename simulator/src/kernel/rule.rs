//! Policy routing rules (`net/core/fib_rules.c`).

use crate::refusal::Outcome;
use crate::request::Request;
use crate::world::{NetnsId, World};
use netplumb_core::Errno;

/// The rules of an address family, in the order in which they are tried.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {}

impl Rules {
    pub(crate) fn defaults(_family: u8) -> Self {
        Self {}
    }
}

impl World {
    pub(crate) fn new_rule(&mut self, _request: &Request<'_>, _family: u8) -> Outcome {
        Err(Errno::EOPNOTSUPP.into())
    }
    pub(crate) fn del_rule(&mut self, _request: &Request<'_>, _family: u8) -> Outcome {
        Err(Errno::EOPNOTSUPP.into())
    }
    /// A link has got a name: rules that wait for it are attached (`attach_rules`).
    pub(crate) fn rules_link_named(&mut self, _ns: NetnsId, _name: &str) {}
    /// A link's name is gone: rules with it are detached (`detach_rules`).
    pub(crate) fn rules_link_unnamed(&mut self, _ns: NetnsId, _name: &str) {}
}

pub(crate) mod dump {
    use crate::dump::{Parts, Progress};
    use crate::refusal::Outcome;
    use crate::request::Request;
    use crate::world::{NetnsId, World};

    /// A dump of rules.
    #[derive(Clone, Debug)]
    pub(crate) struct Rules {}

    impl Rules {
        pub(crate) fn new(_request: &Request<'_>, _family: u8) -> Outcome<Self> {
            Ok(Self {})
        }
        pub(crate) fn fill(&mut self, _world: &World, _ns: NetnsId, _parts: &mut Parts<'_, '_>) -> Outcome<Progress> {
            Ok(Progress::End)
        }
    }
}

//! Dumps of routes.
use crate::dump::{Parts, Progress};
use crate::refusal::Outcome;
use crate::request::Request;
use crate::world::{NetnsId, World};

/// A dump of routes.
#[derive(Clone, Debug)]
pub(crate) struct Routes {}

impl Routes {
    pub(crate) fn new(_request: &Request<'_>, _family: u8) -> Outcome<Self> {
        Ok(Self {})
    }
    pub(crate) fn fill(
        &mut self,
        _world: &World,
        _ns: NetnsId,
        _parts: &mut Parts<'_, '_>,
    ) -> Outcome<Progress> {
        Ok(Progress::End)
    }
}

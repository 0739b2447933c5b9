//! HSR rings and XFRM interfaces.

use netplumb_core::family::link::info::hsr::*;
use netplumb_core::family::link::info::xfrm::*;

use super::{As, Row, Values, rows};
use crate::show::{Context, Printer};

/// A ring with redundancy (HSR or PRP).
pub(super) fn hsr(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>) {
    for (id, key, format) in
        [(IFLA_HSR_SLAVE1, "slave1", "slave1 {} "), (IFLA_HSR_SLAVE2, "slave2", "slave2 {} ")]
    {
        match values.number(id).and_then(|index| u32::try_from(index).ok()) {
            Some(index) => p.string(key, format, &cx.link_name(index)),
            None => p.null(key, &format.replace("{}", "<none>")),
        }
    }
    rows(
        p,
        cx,
        values,
        &[
            Row(IFLA_HSR_SEQ_NR, "seq_nr", "sequence {} ", As::Number),
            Row(IFLA_HSR_SUPERVISION_ADDR, "supervision_addr", "supervision {} ", As::Mac),
            Row(IFLA_HSR_PROTOCOL, "proto", "proto {} ", As::Number),
        ],
    );
}

/// An interface of the IPsec framework.
pub(super) fn xfrm(p: &mut Printer<'_>, cx: &Context, values: &Values<'_>) {
    if values.bytes(IFLA_XFRM_COLLECT_METADATA).is_some() {
        p.flag("external", "external ");
        return;
    }
    rows(p, cx, values, &[Row(IFLA_XFRM_IF_ID, "if_id", "if_id {} ", As::Hex)]);
}

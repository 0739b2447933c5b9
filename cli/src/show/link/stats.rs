//! Counters of a link.

use netplumb_core::family::link::Link;
use netplumb_core::family::link::stats::{LinkStats, LinkStats64};
use netplumb_core::wire::Source;

use crate::show::Printer;
use crate::show::value::count;

/// Prints `IFLA_STATS64`, or `IFLA_STATS` when that is all there is.
pub(in crate::show) fn stats<'a, S: Source<'a>>(p: &mut Printer<'_>, link: &Link<'a, S>) {
    let (counters, key) = match (link.stats64(), link.stats()) {
        (Some(counters), _) => (counters, "stats64"),
        (None, Some(counters)) => (widened(counters), "stats"),
        (None, None) => return,
    };
    let changes = link.carrier_changes();
    if p.is_json() {
        json(p, &counters, changes, key);
    } else {
        text(p, &counters, changes);
    }
}

fn widened(s: LinkStats) -> LinkStats64 {
    LinkStats64 {
        rx_packets: s.rx_packets.into(),
        tx_packets: s.tx_packets.into(),
        rx_bytes: s.rx_bytes.into(),
        tx_bytes: s.tx_bytes.into(),
        rx_errors: s.rx_errors.into(),
        tx_errors: s.tx_errors.into(),
        rx_dropped: s.rx_dropped.into(),
        tx_dropped: s.tx_dropped.into(),
        multicast: s.multicast.into(),
        collisions: s.collisions.into(),
        rx_length_errors: s.rx_length_errors.into(),
        rx_over_errors: s.rx_over_errors.into(),
        rx_crc_errors: s.rx_crc_errors.into(),
        rx_frame_errors: s.rx_frame_errors.into(),
        rx_fifo_errors: s.rx_fifo_errors.into(),
        rx_missed_errors: s.rx_missed_errors.into(),
        tx_aborted_errors: s.tx_aborted_errors.into(),
        tx_carrier_errors: s.tx_carrier_errors.into(),
        tx_fifo_errors: s.tx_fifo_errors.into(),
        tx_heartbeat_errors: s.tx_heartbeat_errors.into(),
        tx_window_errors: s.tx_window_errors.into(),
        rx_compressed: s.rx_compressed.into(),
        tx_compressed: s.tx_compressed.into(),
        rx_nohandler: s.rx_nohandler.map(u64::from),
        rx_otherhost_dropped: None,
    }
}

fn json(p: &mut Printer<'_>, s: &LinkStats64, changes: Option<u32>, key: &str) {
    let more = p.options().stats > 1;
    // (key, value, whether it is left out when 0)
    let members = |p: &mut Printer<'_>, rows: &[(&str, u64, bool)]| {
        for &(key, value, optional) in rows {
            if !(optional && value == 0) {
                p.json_number(key, value);
            }
        }
    };
    p.open_object(key);
    p.open_object("rx");
    members(
        p,
        &[
            ("bytes", s.rx_bytes, false),
            ("packets", s.rx_packets, false),
            ("errors", s.rx_errors, false),
            ("dropped", s.rx_dropped, false),
            ("over_errors", s.rx_over_errors, false),
            ("multicast", s.multicast, false),
            ("compressed", s.rx_compressed, true),
        ],
    );
    if more {
        members(
            p,
            &[
                ("length_errors", s.rx_length_errors, false),
                ("crc_errors", s.rx_crc_errors, false),
                ("frame_errors", s.rx_frame_errors, false),
                ("fifo_errors", s.rx_fifo_errors, false),
                ("missed_errors", s.rx_missed_errors, false),
                ("nohandler", s.rx_nohandler.unwrap_or(0), true),
                ("otherhost", s.rx_otherhost_dropped.unwrap_or(0), true),
            ],
        );
    }
    p.close_object();
    p.open_object("tx");
    members(
        p,
        &[
            ("bytes", s.tx_bytes, false),
            ("packets", s.tx_packets, false),
            ("errors", s.tx_errors, false),
            ("dropped", s.tx_dropped, false),
            ("carrier_errors", s.tx_carrier_errors, false),
            ("collisions", s.collisions, false),
            ("compressed", s.tx_compressed, true),
        ],
    );
    if more {
        members(
            p,
            &[
                ("aborted_errors", s.tx_aborted_errors, false),
                ("fifo_errors", s.tx_fifo_errors, false),
                ("window_errors", s.tx_window_errors, false),
                ("heartbeat_errors", s.tx_heartbeat_errors, false),
            ],
        );
        if let Some(changes) = changes {
            p.json_number("carrier_changes", changes);
        }
    }
    p.close_object();
    p.close_object();
}

/// Widths of the columns: their headings, and with plain numbers the widest number.
struct Columns([usize; 8]);

impl Columns {
    fn new() -> Self {
        // "*X errors:", packets, errors, dropped, heartbt, overrun, compressed, otherhost
        Self([10, 7, 6, 7, 7, 7, 10, 9])
    }

    fn fit(&mut self, values: &[u64]) {
        for (width, value) in self.0.iter_mut().zip(values) {
            *width = (*width).max(value.checked_ilog10().map_or(1, |digits| digits as usize + 1));
        }
    }
}

fn row(p: &mut Printer<'_>, indent: &str, widths: &[usize], values: &[u64]) {
    p.text(indent);
    for (&width, &value) in widths.iter().zip(values) {
        let value = count(value, p.options());
        p.text(&format!("{value:>width$} "));
    }
}

fn headings(p: &mut Printer<'_>, title: &str, widths: &[usize], words: &[&str]) {
    p.text(title);
    for (&width, word) in widths.iter().zip(words) {
        p.text(&format!(" {word:>width$}"));
    }
}

fn text(p: &mut Printer<'_>, s: &LinkStats64, changes: Option<u32>) {
    let more = p.options().stats > 1;
    let nohandler = s.rx_nohandler.unwrap_or(0);
    let otherhost = s.rx_otherhost_dropped.unwrap_or(0);
    let rx = [
        s.rx_bytes,
        s.rx_packets,
        s.rx_errors,
        s.rx_dropped,
        s.rx_missed_errors,
        s.multicast,
        s.rx_compressed,
    ];
    let rx_errors = [
        s.rx_length_errors,
        s.rx_crc_errors,
        s.rx_frame_errors,
        s.rx_fifo_errors,
        s.rx_over_errors,
        nohandler,
        otherhost,
    ];
    let tx = [
        s.tx_bytes,
        s.tx_packets,
        s.tx_errors,
        s.tx_dropped,
        s.tx_carrier_errors,
        s.collisions,
        s.tx_compressed,
    ];
    let tx_errors = [
        s.tx_aborted_errors,
        s.tx_fifo_errors,
        s.tx_window_errors,
        s.tx_heartbeat_errors,
        u64::from(changes.unwrap_or(0)),
    ];
    let mut columns = Columns::new();
    if !p.options().human {
        columns.fit(&rx);
        columns.fit(&tx);
        if more {
            let [a, b, c, d, e, f, g] = rx_errors;
            columns.fit(&[0, a, b, c, d, e, f, g]);
            // iproute2 measures these one column further right than it prints them.
            let [a, b, c, d, e] = tx_errors;
            columns.fit(&[0, 0, a, b, c, d, e]);
        }
    }
    let Columns(w) = columns;
    let [first, .., last] = w;
    let rest = &w[1..];
    let first_widths = [first - 4, w[1], w[2], w[3], w[4], w[5]];
    let block = |p: &mut Printer<'_>, title: &str, words: [&str; 6], values: &[u64; 7]| {
        headings(p, title, &first_widths, &words);
        let compressed = values[6] != 0;
        p.text(&format!(" {:>width$}", if compressed { "compressed" } else { "" }, width = w[6]));
        p.nl();
        row(p, "    ", &w, &values[..if compressed { 7 } else { 6 }]);
    };
    let indent = " ".repeat(first + 5);
    block(p, "    RX:", ["bytes", "packets", "errors", "dropped", "missed", "mcast"], &rx);
    if more {
        p.nl();
        headings(
            p,
            &format!("    RX errors:{}", " ".repeat(first - 10)),
            rest,
            &["length", "crc", "frame", "fifo", "overrun"],
        );
        if nohandler != 0 {
            p.text(&format!("{:>width$}", " nohandler", width = w[6] + 1));
        }
        if otherhost != 0 {
            p.text(&format!("{:>width$}", " otherhost", width = last + 1));
        }
        p.nl();
        row(p, &indent, rest, &rx_errors[..5]);
        if nohandler != 0 {
            row(p, "", &w[6..], &[nohandler]);
        }
        if otherhost != 0 {
            row(p, "", &w[7..], &[otherhost]);
        }
    }
    p.nl();
    block(p, "    TX:", ["bytes", "packets", "errors", "dropped", "carrier", "collsns"], &tx);
    if more {
        p.nl();
        let transitions = if changes.is_some() { "transns" } else { "" };
        headings(
            p,
            &format!("    TX errors:{}", " ".repeat(first - 10)),
            rest,
            &["aborted", "fifo", "window", "heartbt", transitions],
        );
        p.nl();
        row(p, &indent, rest, &tx_errors[..if changes.is_some() { 5 } else { 4 }]);
    }
}

//! The words that users have for numbers: routing tables, protocols, scopes, realms, groups of links.
//!
//! They are those of iproute2, from the same files (`/etc/iproute2/rt_tables` and its neighbours), with the same values
//! when a file is missing.

use std::path::Path;

/// Names of one kind of number.
#[derive(Clone, Debug, Default)]
pub struct Table {
    rows: Vec<(u32, String)>,
}

impl Table {
    /// A table of these rows.
    pub fn new(rows: &[(u32, &str)]) -> Self {
        Self { rows: rows.iter().map(|&(value, name)| (value, name.to_owned())).collect() }
    }

    /// The number that a name stands for; the name must be written out.
    pub fn value(&self, name: &str) -> Option<u32> {
        self.rows.iter().rev().find(|row| row.1 == name).map(|row| row.0)
    }

    /// What a number is called. When it has several names, the last one given.
    pub fn name(&self, value: u32) -> Option<&str> {
        self.rows.iter().rev().find(|row| row.0 == value).map(|row| row.1.as_str())
    }

    /// Adds the rows of a file's text: a number and a name a line, `#` begins a comment. Lines of another form are
    /// left out, as iproute2 does.
    pub fn read(&mut self, text: &str) {
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let mut words = line.split_whitespace();
            if let (Some(value), Some(name), None) = (words.next(), words.next(), words.next())
                && let Some(value) = number(value)
            {
                self.rows.push((value, name.to_owned()));
            }
        }
    }
}

fn number(text: &str) -> Option<u32> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(hex) => u32::from_str_radix(hex, 16).ok(),
        None => text.parse().ok(),
    }
}

/// All tables of names.
#[derive(Clone, Debug)]
pub struct Names {
    /// Routing tables (`rt_tables`).
    pub tables: Table,
    /// Who made a route (`rt_protos`, `RTPROT_*`).
    pub protos: Table,
    /// How far a route or address reaches (`rt_scopes`, `RT_SCOPE_*`).
    pub scopes: Table,
    /// Values of the type-of-service byte (`rt_dsfield`).
    pub dsfields: Table,
    /// Realms of routes (`rt_realms`).
    pub realms: Table,
    /// Groups of links (`group`).
    pub groups: Table,
    /// Reasons to keep a link down (`protodown_reasons.d`).
    pub protodown_reasons: Table,
}

impl Names {
    /// The names that hold without any file.
    pub fn builtin() -> Self {
        Self {
            tables: Table::new(&[(0, "unspec"), (253, "default"), (254, "main"), (255, "local")]),
            protos: Table::new(&[
                (0, "unspec"),
                (1, "redirect"),
                (2, "kernel"),
                (3, "boot"),
                (4, "static"),
                (8, "gated"),
                (9, "ra"),
                (10, "mrt"),
                (11, "zebra"),
                (12, "bird"),
                (13, "dnrouted"),
                (14, "xorp"),
                (15, "ntk"),
                (16, "dhcp"),
                (18, "keepalived"),
                (42, "babel"),
                (186, "bgp"),
                (187, "isis"),
                (188, "ospf"),
                (189, "rip"),
                (192, "eigrp"),
            ]),
            scopes: Table::new(&[
                (0, "global"),
                (200, "site"),
                (253, "link"),
                (254, "host"),
                (255, "nowhere"),
            ]),
            dsfields: Table::new(&[(0, "default")]),
            realms: Table::new(&[(0, "unknown")]),
            groups: Table::new(&[(0, "default")]),
            protodown_reasons: Table::default(),
        }
    }

    /// The built-in names and those of the files in `directory` (`/etc/iproute2`). A file that is not there or cannot
    /// be read adds nothing: the numbers stay usable.
    pub fn read(directory: &Path) -> Self {
        let mut names = Self::builtin();
        for (file, table) in [
            ("rt_tables", &mut names.tables),
            ("rt_protos", &mut names.protos),
            ("rt_scopes", &mut names.scopes),
            ("rt_dsfield", &mut names.dsfields),
            ("rt_realms", &mut names.realms),
            ("group", &mut names.groups),
            ("protodown_reasons", &mut names.protodown_reasons),
        ] {
            if let Ok(text) = std::fs::read_to_string(directory.join(file)) {
                table.read(&text);
            }
            for text in fragments(&directory.join(format!("{file}.d"))) {
                table.read(&text);
            }
        }
        names
    }
}

/// The texts of the `*.conf` files of a directory, in the order of their names so that the last one wins every time.
fn fragments(directory: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(directory) else { return Vec::new() };
    let mut paths: Vec<_> = entries
        .flatten()
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|e| e == "conf"))
        .collect();
    paths.sort();
    paths.iter().filter_map(|path| std::fs::read_to_string(path).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_add_names_and_bad_lines_do_not() {
        let mut table = Table::new(&[(254, "main")]);
        table.read("# tables\n100 isp # the first\n0x65\tother\nx y\n7\n8 a b\n100 newer\n");
        let check = |name: &str, value: Option<u32>| assert_eq!(table.value(name), value, "{name}");
        check("main", Some(254));
        check("isp", Some(100));
        check("other", Some(0x65));
        check("y", None);
        check("a", None);
        check("mai", None);
        assert_eq!(table.name(100), Some("newer"));
    }
}

//! The attribute tables for people and programs: what `netplumb schema [SET] [-j]` prints, and the reference pages.
//!
//! Nothing is written down here: everything comes from [`SETS`] and [`PROTOCOLS`], the
//! tables that reading, writing and checking use, so it cannot say anything else than what the library does.
//!
//! ```
//! let mut out = Vec::new();
//! netplumb_cli::schema::print(&mut out, Some("IFLA_MTU"), false).unwrap();
//! let text = String::from_utf8(out).unwrap();
//! assert!(text.contains("IFLA_MTU") && text.contains("u32") && text.contains("Largest packet, in bytes."));
//! let error = netplumb_cli::schema::print(&mut Vec::new(), Some("lnik"), false).unwrap_err();
//! assert_eq!(error.to_string(), "no set, message, struct, attribute or value is called \"lnik\"; near: link");
//! ```

mod find;
mod json;
mod kind;
mod markdown;
mod prose;
mod table;
mod text;

pub(crate) use find::names;
pub use markdown::pages;

use find::Found;
use netplumb_core::family::{MessageType, PROTOCOLS, SETS};
use netplumb_core::schema::Schema;
use std::{fmt, io};

/// Why nothing was printed.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// The output failed.
    Io(io::Error),
    /// Nothing has this name.
    Unknown {
        /// The name that was asked for.
        what: String,
        /// Names that look like it, the nearest first.
        near: Vec<&'static str>,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(f, "cannot write: {error}"),
            Self::Unknown { what, near } => {
                write!(f, "no set, message, struct, attribute or value is called {what:?}")?;
                match near[..] {
                    [] => Ok(()),
                    _ => write!(f, "; near: {}", near.join(", ")),
                }
            }
        }
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::Unknown { .. } => None,
        }
    }
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// How tables are printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// As text.
    Text,
    /// As JSON on one line.
    Json,
    /// As JSON on many lines.
    Pretty,
}

impl From<bool> for Form {
    /// Whether it is JSON.
    fn from(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }
}

/// Prints a part of the tables, as text or as JSON.
///
/// `what` is the name of a set (`"link"`, `"link.bridge"`), of a message type (`"RTM_NEWLINK"`), of a struct
/// (`"ifinfomsg"`), of an attribute (`"IFLA_MTU"`, or `"link.mtu"` by its field), of a value (`"IFF_UP"`), or the word for
/// an object in command lines (`"address"`), capital letters or not. Without it the message types and sets are listed.
///
/// # Errors
/// [`Error::Unknown`] when nothing is called `what`, before anything is written; [`Error::Io`] when `out` fails.
pub fn print(out: &mut dyn io::Write, what: Option<&str>, form: impl Into<Form>) -> Result<(), Error> {
    let found = match what {
        None => Found::Everything,
        Some(name) => find::find(name)
            .ok_or_else(|| Error::Unknown { what: name.to_owned(), near: find::near(name) })?,
    };
    match form.into() {
        Form::Text => text::print(out, &found)?,
        form => json::print(out, &found, form == Form::Pretty)?,
    }
    Ok(())
}

/// Every set, in the order of the library's list.
fn sets() -> impl Iterator<Item = &'static Schema> {
    SETS.iter().map(|set| set())
}

/// The message types whose payload is this set.
fn messages_of(schema: &'static Schema) -> impl Iterator<Item = &'static MessageType> {
    let all = PROTOCOLS.iter().flat_map(|protocol| protocol.messages);
    all.filter(move |message| std::ptr::eq((message.schema)(), schema))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(what: Option<&str>, json: bool) -> String {
        let mut out = Vec::new();
        if let Err(error) = print(&mut out, what, json) {
            panic!("{what:?}: {error}");
        }
        String::from_utf8(out).unwrap()
    }

    fn parsed(what: Option<&str>) -> serde_json::Value {
        let text = printed(what, true);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{what:?}: {error}\n{text}"))
    }

    #[test]
    fn everything_prints_in_both_forms() {
        let overview = printed(None, false);
        for schema in sets() {
            assert!(overview.contains(&format!("\n  {} ", schema.name)), "{} is not listed", schema.name);
            let text = printed(Some(schema.name), false);
            let json = parsed(Some(schema.name));
            assert_eq!(json[0]["set"], schema.name);
            let rows = json[0]["attrs"].as_array().unwrap();
            assert_eq!(rows.len(), schema.attrs.len());
            for (row, json) in schema.attrs.iter().zip(rows) {
                assert_eq!((&json["name"], &json["id"]), (&row.name.into(), &row.id.into()));
                assert!(text.contains(row.name) && text.contains(row.field), "{}", row.name);
                let one = parsed(Some(row.name));
                let set = one.as_array().unwrap().iter().find(|found| found["set"] == schema.name);
                assert_eq!(&set.unwrap()["attrs"][0], json, "the row alone is the row of the set");
                assert!(printed(Some(row.name), false).contains(row.field));
            }
        }
        let json = parsed(None);
        assert_eq!(json[0]["sets"].as_array().unwrap().len(), SETS.len());
        for message in PROTOCOLS.iter().flat_map(|protocol| protocol.messages) {
            assert!(overview.contains(message.name));
            assert!(printed(Some(message.name), false).contains((message.schema)().name));
            assert_eq!(parsed(Some(message.name))[0]["set"], (message.schema)().name);
        }
    }

    #[test]
    fn a_set_as_a_table() {
        let text = printed(Some("neigh.fdb_ext"), false);
        assert_eq!(
            text,
            "neigh.fdb_ext: Activity of a forwarding entry (NFEA_*, linux/neighbour.h).\n\
             \n\
             Attributes:\n  \
             ID  CONSTANT              FIELD            KIND      MARKS  MEANING\n  \
             1   NFEA_ACTIVITY_NOTIFY  activity_notify  u8 flags         What it is to tell.\n  \
             2   NFEA_DONT_REFRESH     dont_refresh     flag             The change does not count as activity.\n\
             \n\
             Values of activity_notify, bits:\n  \
             0x1  FDB_NOTIFY_BIT\n  \
             0x2  FDB_NOTIFY_INACTIVE_BIT\n"
        );
    }

    #[test]
    fn choices_structs_and_values_are_explained() {
        let text = printed(Some("link.linkinfo"), false);
        assert!(text.contains("\nIFLA_INFO_DATA is chosen by IFLA_INFO_KIND:\n"), "{text}");
        assert!(text.contains("\n  bond       nest link.bond\n"), "{text}");
        assert!(text.contains("\n  otherwise  bytes\n"), "{text}");
        let text = printed(Some("RTM_NEWLINK"), false);
        assert!(
            text.contains("\nIFLA_AF_SPEC is chosen by ifi_family:\n  7 AF_BRIDGE  nest link.bridge_spec\n"),
            "{text}"
        );
        assert!(text.contains("\nstruct rtnl_link_ifmap, 32 bytes:\n"), "{text}");
        assert!(text.contains("\n  2  IF_OPER_DOWN\n"), "{text}");
        let json = parsed(Some("link"));
        assert_eq!(json[0]["header"]["fields"][0]["name"], "ifi_family");
        let row = |id: u64| {
            let rows = json[0]["attrs"].as_array().unwrap();
            rows.iter().find(|row| row["id"] == id).unwrap().clone()
        };
        assert_eq!(row(3)["kind"], serde_json::json!({"type": "string", "max": 15}));
        assert_eq!(row(3)["marks"], serde_json::json!(["key"]));
        assert_eq!(row(16)["kind"]["values"][2], serde_json::json!({"value": 2, "name": "IF_OPER_DOWN"}));
        assert_eq!(row(18)["kind"], serde_json::json!({"type": "nest", "set": "link.linkinfo"}));
        assert_eq!(row(26)["kind"]["by"], serde_json::json!({"header_field": "ifi_family", "offset": 0}));
        assert_eq!(row(26)["kind"]["cases"][0]["when"], 7);
        assert!(row(26)["kind"]["cases"][1]["when"].is_null());
    }

    #[test]
    fn names_are_found_in_any_form() {
        let same = |a: &str, b: &str| assert_eq!(printed(Some(a), false), printed(Some(b), false), "{a} {b}");
        same("rtm_getlink", "RTM_GETLINK");
        same("link.mtu", "IFLA_MTU");
        same("ifla_mtu", "IFLA_MTU");
        same("LINK", "link");
        assert!(printed(Some("ifinfomsg"), false).starts_with("struct ifinfomsg, 16 bytes:\n"));
        assert_eq!(parsed(Some("ifinfomsg"))[0]["struct"], "ifinfomsg");
        same("address", "addr");
        same("Neighbour", "neigh");
        // An attribute that two sets have is shown in both.
        assert_eq!(parsed(Some("RTA_ENCAP")).as_array().unwrap().len(), 2);
    }

    #[test]
    fn values_are_found_by_name() {
        let text = printed(Some("iff_up"), false);
        assert!(text.starts_with("IFF_UP is 0x1, a bit of ifi_flags (set link)\n"), "{text}");
        let json = parsed(Some("IF_OPER_DOWN"));
        assert_eq!(
            json[0],
            serde_json::json!({
                "name": "IF_OPER_DOWN", "value": 2, "names": "enum", "set": "link", "field": "operstate"
            })
        );
        for (_, _, names) in find::lists() {
            for (_, name) in names.rows {
                assert!(find::find(name).is_some(), "{name}");
            }
        }
    }

    #[test]
    fn json_is_pretty_where_that_is_asked_for() {
        let mut out = Vec::new();
        print(&mut out, Some("IFLA_MTU"), Form::Pretty).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert!(text.starts_with("[ {\n") && text.lines().count() > 10, "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), parsed(Some("IFLA_MTU")));
    }

    #[test]
    fn a_wrong_name_is_one_line_with_near_names() {
        let check = |what: &str, expected: &str| {
            let mut out = Vec::new();
            let error = print(&mut out, Some(what), true).unwrap_err().to_string();
            assert_eq!(
                error,
                format!("no set, message, struct, attribute or value is called {what:?}{expected}")
            );
            assert!(out.is_empty());
        };
        check("IFLA_MUT", "; near: IFLA_MTU, IFLA_MAP");
        check("link.brigde", "; near: link.bridge");
        check("rtm_newlik", "; near: RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK");
        check("vrf", "; near: link.vrf, link.vrf_port, IFLA_VRF_TABLE, IFLA_VRF_PORT_TABLE");
        check("", "");
        check("wireguard-of-the-future", "");
        check("a\nb", "");
    }

    #[test]
    fn a_broken_pipe_is_reported() {
        use crate::testing::Broken;
        for json in [false, true] {
            let error = print(&mut Broken, None, json).unwrap_err();
            assert!(matches!(error, Error::Io(e) if e.kind() == io::ErrorKind::BrokenPipe));
        }
    }
}

//! Messages as JSON and back, byte by byte.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, clippy::panic, clippy::arithmetic_side_effects)]

use netplumb_core::family::{ROUTE, link, neigh, route};
use netplumb_core::request::AsRequest;
use netplumb_core::schema::{JsonFault, read_message, write_message};
use netplumb_core::wire::{Message, Writer};

fn json(message: &[u8]) -> String {
    let mut text = String::new();
    write_message(&mut text, &ROUTE, Message::parse(message).unwrap()).unwrap();
    text
}

fn read(text: &str) -> Result<Vec<u8>, String> {
    let mut buffer = vec![0xaa; 70_000];
    let mut w = Writer::new(&mut buffer);
    match read_message(text, &ROUTE, &mut w) {
        Ok(used) => {
            assert_eq!(used, text.trim_end().len());
            let message = Message::parse(w.finish().unwrap()).unwrap();
            Ok(message.bytes().to_vec())
        }
        Err(error) => {
            assert!(w.is_empty(), "{error} left bytes behind");
            Err(error.to_string())
        }
    }
}

fn written(kind: u16, fill: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
    let mut buffer = [0; 4096];
    let mut w = Writer::new(&mut buffer);
    assert!(w.message(kind, 0x401, 7, 9, fill));
    w.finish().unwrap().to_vec()
}

/// Asserts that a message has this JSON from its attributes on, and that the JSON has this message.
#[track_caller]
fn check(message: &[u8], expected: &str) {
    let text = json(message);
    let from = text.find("\"attrs\":").or_else(|| text.find("\"payload\":")).unwrap();
    assert_eq!(&text[from..text.len() - 1], expected);
    assert_eq!(read(&text).unwrap(), message, "{text}");
}

fn link_with(fill: impl FnOnce(&mut Writer<'_>)) -> Vec<u8> {
    written(link::RTM_NEWLINK, |w| {
        w.bytes(&[0; 16]);
        fill(w);
    })
}

#[test]
#[cfg(target_endian = "little")]
fn recorded_messages_come_back() {
    let lines = include_str!("data/rtnetlink.hex").lines();
    let mut count = 0;
    // Interpreted, all of them would take many minutes.
    let step = if cfg!(miri) { 4 } else { 1 };
    for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')).step_by(step) {
        let byte = |at| u8::from_str_radix(&line[at..at + 2], 16).unwrap();
        let bytes: Vec<u8> = (0..line.len()).step_by(2).map(byte).collect();
        let text = json(&bytes);
        assert_eq!(read(&text).as_deref(), Ok(&bytes[..]), "{text}");
        assert!(!text.contains("\"payload\""), "{text}");
        count += 1;
    }
    assert!(count * step > 60);
}

#[test]
fn a_whole_message() {
    let message = written(neigh::RTM_NEWNEIGH, |w| {
        let mut header = [0; 12];
        header[0] = 10;
        header[4..8].copy_from_slice(&3i32.to_ne_bytes());
        header[8..10].copy_from_slice(&0x80u16.to_ne_bytes());
        w.bytes(&header);
        w.attr(1, &"2001:db8::1".parse::<std::net::Ipv6Addr>().unwrap().octets());
        w.attr(2, &[2, 0, 0, 0, 0, 0xff]);
        w.attr(0x3001, &[1, 2]);
    });
    let text = json(&message);
    assert_eq!(
        text,
        "{\"type\":\"RTM_NEWNEIGH\",\"flags\":[\"NLM_F_REQUEST\",1024],\"seq\":7,\"port\":9,\
         \"ndmsg\":{\"ndm_family\":\"AF_INET6\",\"ndm_ifindex\":3,\"ndm_state\":[\"NUD_PERMANENT\"],\
         \"ndm_flags\":[],\"ndm_type\":\"RTN_UNSPEC\"},\"attrs\":{\"NDA_DST\":\"2001:db8::1\",\
         \"NDA_LLADDR\":\"02:00:00:00:00:ff\",\"12289\":{\"hex\":\"0102\"}}}"
    );
    assert_eq!(read(&text).unwrap(), message);
}

#[test]
fn what_is_not_as_it_should_be_is_hexadecimal() {
    check(&link_with(|w| w.attr(4, &[1, 2])), r#""attrs":{"IFLA_MTU":{"hex":"0102"}}"#);
    check(&link_with(|w| w.attr(3, b"a")), r#""attrs":{"IFLA_IFNAME":{"hex":"61"}}"#);
    check(&link_with(|w| w.attr(3, b"a\0b\0")), r#""attrs":{"IFLA_IFNAME":{"hex":"61006200"}}"#);
    check(&link_with(|w| w.attr(3, &[0xff, 0])), r#""attrs":{"IFLA_IFNAME":{"hex":"ff00"}}"#);
    check(&link_with(|w| w.attr(3, b"")), r#""attrs":{"IFLA_IFNAME":{"hex":""}}"#);
    check(&link_with(|w| w.attr(18, &[5, 0, 1, 0, 7])), r#""attrs":{"IFLA_LINKINFO":{"hex":"0500010007"}}"#);
    check(&link_with(|w| w.attr(18, &[])), r#""attrs":{"IFLA_LINKINFO":{}}"#);
    check(
        &link_with(|w| w.attr(66, &7u32.to_ne_bytes())),
        r#""attrs":{"IFLA_MAX_PACING_OFFLOAD_HORIZON":{"u32":7}}"#,
    );
    check(
        &link_with(|w| w.attr(66, &7u64.to_ne_bytes())),
        r#""attrs":{"IFLA_MAX_PACING_OFFLOAD_HORIZON":7}"#,
    );
}

#[test]
fn a_nest_without_its_last_padding_is_hexadecimal() {
    let mut list = [6u16.to_ne_bytes(), 1u16.to_ne_bytes()].concat();
    list.extend(b"a\0");
    let hex: String = list.iter().map(|byte| format!("{byte:02x}")).collect();
    check(&link_with(|w| w.attr(18, &list)), &format!(r#""attrs":{{"IFLA_LINKINFO":{{"hex":"{hex}"}}}}"#));
    list.extend([0; 2]);
    check(&link_with(|w| w.attr(18, &list)), r#""attrs":{"IFLA_LINKINFO":{"IFLA_INFO_KIND":"a"}}"#);
}

#[test]
fn label_stacks() {
    #[track_caller]
    fn stack(payload: &[u8], expected: &str) {
        let message = written(route::RTM_NEWROUTE, |w| {
            w.bytes(&[0; 12]);
            w.attr(19, payload);
        });
        check(&message, &format!(r#""attrs":{{"RTA_NEWDST":{expected}}}"#));
    }
    stack(&[0, 1, 0x00, 0, 0, 2, 0x01, 0], "[16,32]");
    stack(&[0xff, 0xff, 0xf1, 0], "[1048575]");
    stack(&[], "[]");
    stack(&[0, 1, 1, 0, 9], r#"{"hex":"0001010009"}"#);
    stack(&[0, 1, 1, 0, 0, 2, 1, 0], r#"{"hex":"0001010000020100"}"#);
    stack(&[0, 1, 0, 0], r#"{"hex":"00010000"}"#);
    stack(&[0, 1, 1, 64], r#"{"hex":"00010140"}"#);
    stack(&[0, 1, 3, 0], r#"{"hex":"00010300"}"#);
}

#[test]
fn keys_tell_bits_and_repetitions() {
    let message = link_with(|w| {
        w.attr(3, b"a\0");
        w.attr(0x8000 | 3, b"b\0");
        w.attr(0x4000 | 4, &[0; 4]);
        w.attr(0xc000 | 0x3fff, &[]);
        w.attr(3, b"c\0");
    });
    check(
        &message,
        r##""attrs":{"IFLA_IFNAME":"a","IFLA_IFNAME|nested#2":"b","IFLA_MTU|net":0,"16383|nested|net":{"hex":""},"IFLA_IFNAME#3":"c"}"##,
    );
}

#[test]
fn the_end_of_a_message_is_kept() {
    check(&link_with(|w| w.bytes(&[9, 0, 0, 0])), r#""attrs":{"~":{"hex":"09000000"}}"#);
    let mut message = link_with(|w| w.attr(3, b"a\0"));
    message.truncate(message.len() - 2);
    let len = message.len() as u32;
    message[..4].copy_from_slice(&len.to_ne_bytes());
    check(&message, r#""attrs":{"IFLA_IFNAME":"a","~":{"cut":2}}"#);
    check(&written(link::RTM_NEWLINK, |w| w.bytes(&[1; 8])), r#""payload":{"hex":"0101010101010101"}"#);
    check(&written(0x1234, |w| w.bytes(&[1; 4])), r#""payload":{"hex":"01010101"}"#);
    check(&written(1, |_| ()), r#""payload":{"hex":""}"#);
}

#[test]
fn errors_say_what_they_say() {
    let message = written(2, |w| {
        w.bytes(&(-22i32).to_ne_bytes());
        w.message(16, 0x205, 9, 0, |w| w.bytes(&[0; 16]));
    });
    let text = json(&message);
    let (_, ack) = text.split_once("\"ack\":").unwrap();
    assert_eq!(ack, r#"{"errno":22,"name":"EINVAL","request":{"type":"RTM_NEWLINK","seq":9}}}"#);
    assert!(text.starts_with(r#"{"type":"NLMSG_ERROR","flags":["#));
    assert_eq!(read(&text).unwrap(), message);
}

#[test]
fn strings_come_back() {
    for text in ["", "\"\\/\u{8}\n\t\r", "ü€😀", "\u{7f}\u{2028}\u{1}", "{\"hex\":\"00\"}"] {
        let message = link_with(|w| w.attr_str(20, text));
        assert_eq!(read(&json(&message)).unwrap(), message, "{text:?}");
    }
    let text = r#"{"type":"RTM_NEWLINK","attrs":{"IFLA_IFALIAS":"\ud83d\ude00\u0041"}}"#;
    let bytes = read(text).unwrap();
    assert_eq!(&bytes[36..], "😀A\0\0\0".as_bytes());
}

#[test]
fn a_person_may_write_less_and_in_another_order() {
    let text = r#" {"attrs": {"mtu": 1400, "18|nested": {"IFLA_INFO_DATA|nested": {"IFLA_BR_AGEING_TIME": 5},
        "IFLA_INFO_KIND": "bridge"}}, "ifinfomsg": {"ifi_flags": ["IFF_UP", 65536], "ifi_index": -1},
        "type": 16, "flags": 1}"#;
    let bytes = read(text).unwrap();
    let view = link::Link::new(&bytes[16..]).unwrap();
    assert_eq!((view.header().ifi_index, view.header().ifi_flags.0), (-1, 0x1_0001));
    assert_eq!(view.mtu(), Some(1400));
    let bridge = view.linkinfo().unwrap().bridge().unwrap();
    assert_eq!(bridge.ageing_time(), Some(5));
    assert_eq!(Message::parse(&bytes).unwrap().flags(), 1);
}

#[test]
fn routes_with_several_hops_come_back() {
    let request = route::add("192.0.2.0/24".parse().unwrap()).with(|r| {
        r.hops(|h| {
            h.hop(route::hop::RtNexthop::default(), |hop| {
                hop.gateway("192.0.2.1".parse().unwrap());
            });
            h.hop(route::hop::RtNexthop::default(), |_| ());
        });
    });
    let message = request.message().unwrap();
    let text = json(message);
    assert!(text.contains(r#""RTA_MULTIPATH":[{"rtnexthop":{"rtnh_flags":[],"rtnh_hops":0,"rtnh_ifindex":0},"attrs":{"RTA_GATEWAY":"192.0.2.1"}},{"#), "{text}");
    assert_eq!(read(&text).unwrap(), message);
}

#[test]
fn errors_have_a_place_and_a_reason() {
    /// The place of the error is marked with a `^`.
    #[track_caller]
    fn check(text: &str, expected: &str) {
        let (before, after) = text.split_once('^').unwrap();
        let expected = format!("{expected} (offset {} of the JSON)", before.len());
        assert_eq!(read(&format!("{before}{after}")).map(|_| ()), Err(expected), "{text}");
    }
    #[track_caller]
    fn attrs(inner: &str, expected: &str) {
        check(&format!(r#"{{"type":16,"attrs":{{{inner}}}}}"#), expected);
    }
    check("^", "expected an object");
    check("^{}", "expected a message with a \"type\"");
    check(r#"{"type":^"RTM_X"}"#, "the protocol has no message type of this name");
    check(r#"{"type":^65536}"#, "the number does not fit the integer");
    check(r#"{"type":16,^"type":16}"#, "given twice");
    check(r#"{"type":16,^"ndmsg":{}}"#, "no member of a message is called so");
    check(r#"{"type":16,"flags":[^"NLM_F_X"]}"#, "no value is called so");
    check(r#"{"type":16,"ifinfomsg":{^"x":1}}"#, "the struct has no field of this name");
    check(r#"{"type":16,"ifinfomsg":{"ifi_index":1,^"ifi_index":1}}"#, "given twice");
    check(r#"{"type":16,"ifinfomsg":{"ifi_family":^256}}"#, "the number does not fit the integer");
    check(r#"{"type":16,"ifinfomsg":{"ifi_index":^2147483648}}"#, "the number does not fit the integer");
    check(
        r#"{"type":16,"ifinfomsg":{"ifi_family":^{"hex":"0000"}}}"#,
        "expected as many bytes as the field or element has",
    );
    check(r#"{"type":16,"payload":{"hex":""},"attrs":^{}}"#, "expected either a payload or attributes");
    check(r#"{"type":9999,"attrs":^{}}"#, "expected \"payload\": this type has no attributes that are known");
    attrs(r#"^"IFLA_X":1"#, "the set has no attribute of this name");
    attrs(r#"^"16384":{"hex":""}"#, "the set has no attribute of this name");
    attrs(r#""IFLA_MTU":^-1"#, "the number does not fit the integer");
    attrs(r#""IFLA_MTU":^"x""#, "expected an integer");
    attrs(r#""IFLA_MTU":1 ^"IFLA_GROUP":1"#, "expected a comma or the end of the object");
    attrs(r#""IFLA_MTU":{"hex":^"0"}"#, "expected an even number of hexadecimal digits");
    attrs(r#""IFLA_MTU":{"hex":"^zz"}"#, "expected hexadecimal digits");
    attrs(r#""IFLA_MTU":{"hex":"00",^"x":1}"#, "expected the end of the object");
    attrs(r#""IFLA_IFNAME":"^a23456789012345x""#, "too long");
    attrs(r#""IFLA_IFNAME":"a^\u0000""#, "expected text without a NUL, or {\"hex\":\"…\"}");
    attrs(r#""IFLA_OPERSTATE":^"IF_OPER_X""#, "no value is called so");
    attrs(r#""IFLA_ADDRESS":^"0:1""#, "expected a link-layer address");
    attrs(r#""IFLA_LINKINFO":{"IFLA_INFO_DATA":^{"IFLA_BR_AGEING_TIME":1}}"#, "expected {\"hex\":\"…\"}");
    attrs(r#""~":{"hex":""},^"IFLA_MTU":1"#, "expected nothing behind \"~\"");
    attrs(r#""IFLA_MTU":1,"~":{^"cut":1}"#, "expected no more than the padding of the last attribute");
}

#[test]
#[cfg_attr(miri, ignore = "takes minutes")]
fn too_much_is_refused() {
    let attrs = |inner: &str| format!(r#"{{"type":16,"attrs":{{{inner}}}}}"#);
    let digits = "00".repeat(65_530);
    let long = attrs(&format!(r#""IFLA_LINKINFO":{{"IFLA_INFO_XSTATS":{{"hex":"{digits}"}}}}"#));
    assert!(read(&long).unwrap_err().starts_with(&JsonFault::NoRoom.to_string()));
    let deep = attrs(&format!("\"x\":{}", "[".repeat(200)));
    assert!(read(&deep).unwrap_err().starts_with("nested too deeply"));
}

#[test]
fn a_full_buffer_is_left_as_it_was() {
    let text = json(&link_with(|w| w.attr_str(3, "eth0")));
    for size in 0..44 {
        let mut buffer = vec![0; size];
        let mut w = Writer::new(&mut buffer);
        assert_eq!(read_message(&text, &ROUTE, &mut w).unwrap_err().reason, JsonFault::NoRoom, "{size}");
        assert!(w.is_empty() && !w.overflowed());
    }
}

#[test]
fn long_lists_take_no_time_by_the_square() {
    let mut buffer = vec![0; 400_000];
    let mut w = Writer::new(&mut buffer);
    w.message(route::RTM_NEWROUTE, 0, 0, 0, |w| {
        w.bytes(&[0; 12]);
        for _ in 0..if cfg!(miri) { 60 } else { 40_000 } {
            w.attr(22, &[]);
        }
        w.attr(21, &[1, 0]);
    });
    let bytes = w.finish().unwrap();
    let text = json(bytes);
    let mut buffer = vec![0; 400_000];
    let mut w = Writer::new(&mut buffer);
    read_message(&text, &ROUTE, &mut w).unwrap();
    assert_eq!(w.finish().unwrap(), bytes);
}

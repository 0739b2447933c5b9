//! Lists: the same command lines, the same namespace, the same output.

use crate::scene::{first_difference, masked};
use crate::{Folder, able, difference, in_namespace, json};

/// With `-j` values are compared, otherwise bytes.
const COMMANDS: &[&str] = &[
    // Links.
    "link",
    "link show",
    "-d link show",
    "-s -s link show dev lo",
    "-o link show",
    "-br link",
    "-j link show",
    "-d -j link show",
    "-s -j link show",
    "-s -s -d -p -j link show",
    "-br -j link show",
    "-N -d link show",
    "-N -d -j link show",
    "-c=always link show",
    "link show dev v0",
    "link show v3",
    "link show dev long-alternative-name",
    "link show other",
    "-j link show dev vx4",
    "-d -j link show dev n0",
    "-d link show dev tap0",
    "link show master br0",
    "-j link show master br0",
    "link show nomaster",
    "link show type veth",
    "-j link show type veth",
    "-d -j link show type vxlan",
    "-j link show type bridge_slave",
    "link show up",
    "-j link show up",
    "-j -br link show up",
    "link show group 7",
    "-j link show group 7",
    "-j link show group default",
    "link show dev v0 up",
    "-j link show dev v2 up",
    "-j link show type veth up",
    "link show dev if1",
    // Addresses.
    "addr",
    "address show",
    "-d addr show",
    "-s addr show dev lo",
    "-o addr show",
    "-br addr show",
    "-4 addr show",
    "-6 addr show",
    "-4 -br addr",
    "-0 addr show",
    "-j addr show",
    "-d -j addr show",
    "-s -j addr show",
    "-o -j addr show",
    "-br -j addr show",
    "-4 -j addr show",
    "-6 -j addr show",
    "-6 -d -j addr show",
    "addr show dev v0",
    "-j addr show dev v0",
    "-4 -j addr show dev v0",
    "addr show up",
    "-j addr show up",
    "addr show to 10.0.0.0/24",
    "-j addr show to 10.0.0.0/24",
    "-4 addr show to 10.0.0.1",
    "-6 -j addr show to 2001:db8::/32",
    "addr show scope link",
    "-j addr show scope link",
    "addr show label v0:*",
    "-j addr show label v0:*",
    "-4 -j addr show label v0",
    "-o addr show label v0*",
    "-br addr show label v0*",
    "-j link show label v0",
    "addr show permanent",
    "-j addr show dynamic",
    "-6 -j addr show deprecated",
    "-6 addr show -deprecated",
    "addr show master br0",
    "addr show type bridge",
    "-j addr show group 7",
    // Routes.
    "route",
    "-4 route show",
    "-6 route",
    "route show table all",
    "-4 route show table all",
    "-6 route show table all",
    "-M route show table all",
    "-4 -j route show table all",
    "-6 -j route show table all",
    "-M -j route show",
    "-d -4 -j route show table all",
    "-d -4 route show",
    "-d -o route show 10.16.0.0/16",
    "-d -6 -j route show table all",
    "-N -j route show table all",
    "-p -j route show",
    "-o route show",
    "route show table 77",
    "-j route show table local",
    "route show dev v0",
    "route show iif v0",
    "route get 10.0.0.9/24",
    "-j route show dev v0",
    "route show via 10.0.0.9",
    "route show via inet6 fe80::1",
    "-j route show via inet fe80::1",
    "route show realms 3/4 table 77",
    "route show realm 5 table all",
    "-j route show realms 3/ table all",
    "route show table default",
    "route show proto static table 77",
    "-j route show proto kernel",
    "route show scope link",
    "route show type blackhole",
    "-j route show metric 7",
    "route show src 10.0.0.1 table all",
    "route show 10.7.0.0/16",
    "route show exact 10.7.0.0/16",
    "-j route show root 10.8.0.0/13",
    "route show match 10.7.1.1",
    "route show default",
    "-6 -j route show root 2001:db8:11::/64",
    "-6 route show from 2001:db8:99::/48",
    "route show table nope",
    "route get 10.0.0.3",
    "-j route get 10.7.1.1",
    "-j route get 10.8.0.1 mark 16",
    "-d route get 10.0.0.1",
    "route get fibmatch 10.10.0.1",
    "-6 -j route get 2001:db8:11::1",
    "route get 10.0.0.7 from 10.0.0.1 oif v0",
    "route get 10.12.1.1",
    "route get 10.11.1.1",
    // Rules.
    "rule",
    "rule show",
    "-d rule show",
    "-j rule show",
    "-6 rule show",
    "-6 -j rule show",
    "-d -N -j rule show",
    "-j rule show table 77",
    "rule show from 10.0.0.0/8",
    "rule show iif v0",
    "rule show not",
    "rule show pref 200",
    "rule show from all",
    "rule show from 10.1.0.0/16",
    "-j rule show fwmark 0x10/0xff",
    "rule show fwmark 0x10/0xf0",
    "rule show uidrange 5-10",
    "rule show sport 10-20",
    "-j rule show dport 80",
    "rule show tun_id 77",
    "rule show proto static",
    "rule show 10.9.9.9",
    "rule show realms 7",
    "-M rule show",
    // Neighbours.
    "neigh",
    "-br neigh show dev v0",
    "-br -j neigh show dev v0",
    "neigh show",
    "-4 neigh show",
    "-6 -j neigh show",
    "-s neigh show",
    "-j neigh show",
    "-s -j neigh show",
    "-d -j neigh show",
    "-br neigh show",
    "-br -j neigh show",
    "-f bridge neigh show",
    "-f bridge -j neigh show dev vx6",
    "neigh show dev v0",
    "-j neigh show dev v0",
    "neigh show nud permanent",
    "-j neigh show nud stale",
    "neigh show nud all",
    "neigh show to 10.0.0.0/29",
    "neigh show 10.0.0.9",
    "neigh show proxy",
    "-j neigh show proxy",
    "neigh show proto static",
    "neigh get 10.0.0.9 dev v0",
    // (`ip -j neigh get` of 6.1 prints text.)
    "-s neigh get 10.0.4.9 dev br0",
    "neigh get 10.0.0.99 dev v0",
    // What cannot be done.
    "link show dev nope",
    "addr show dev nope",
    "route show dev nope",
    "neigh show dev nope",
    "addr show vrf nope",
    "link show master nope",
    "route get nope",
    "link show to 10.0.0.0/8",
    "-z link",
    "nope",
    "link nope",
    "rule show pref x",
];

#[test]
fn lists_are_those_of_ip() {
    if !able("lists_are_those_of_ip") {
        return;
    }
    let folder = Folder::new("compare");
    folder.write("commands", &(COMMANDS.join("\n") + "\n"));
    in_namespace("compare.sh", &[folder.0.to_str().unwrap()]);
    let (mut bad, mut bytes, mut printed) = (0, 0, 0);
    for (n, command) in COMMANDS.iter().enumerate() {
        let file = |end: &str| folder.read(&format!("{}.{end}", n + 1));
        let (ours, theirs) = (file("ours"), file("ip"));
        bytes += theirs.len();
        printed += usize::from(theirs.len() > 3);
        let mut differences = Vec::new();
        if file("ours.status") != file("ip.status") {
            let (status, expected) = (file("ours.status"), file("ip.status"));
            differences.push(format!("status {} instead of {}", status.trim(), expected.trim()));
        }
        if command.split(' ').any(|word| word == "-j") && !theirs.is_empty() {
            differences.extend(difference(&json(&ours, command), &json(&theirs, command), ""));
        } else if masked(&ours) != masked(&theirs) {
            differences.push(first_difference(&masked(&ours), &masked(&theirs)));
        }
        let errors = file("ours.error");
        let mut errors_only = errors.lines().filter(|line| !line.starts_with("Warning: "));
        if file("ours.status").trim() != "0" && (errors_only.next().is_none() || errors_only.next().is_some())
        {
            differences.push(format!("not one line of error: {errors:?}"));
        }
        bad += usize::from(!differences.is_empty());
        differences.iter().for_each(|difference| println!("{command}: {difference}\n{errors}"));
    }
    println!("{} command lines compared, {bytes} bytes of ip's", COMMANDS.len());
    assert!(printed > COMMANDS.len() * 3 / 4, "ip printed something for {printed} command lines only");
    assert_eq!(bad, 0, "command lines differ; what they printed is in {}", folder.0.display());
}

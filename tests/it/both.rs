//! What holds on every kernel, real or simulated: the same words of the same program, and only the socket differs.

use netplumb::conn::{BATCH_MAX, Config, Connection, Event};
use netplumb::machine::Machine;
use netplumb::{AsRequest, Block, Client, Errno, Session, addr, link};

pub(crate) fn links_are_made_changed_read_and_deleted<L: Block>(net: &mut Client<L>) {
    net.execute(link::create("br0").bridge(|b| {
        b.ageing_time(12_300);
    }))
    .unwrap();
    let bridge = net.get(link::get("br0"), |l| l.header().ifi_index).unwrap().cast_unsigned();
    for (port, peer) in [("p0", "q0"), ("p1", "q1")] {
        net.execute(link::create(port).veth(peer).master(bridge).up()).unwrap();
    }
    net.execute(link::set(bridge).mtu(1400).up()).unwrap();
    net.execute(addr::add(bridge, "192.0.2.1/24".parse().unwrap())).unwrap();

    let dump = net.dump(link::dump()).unwrap();
    let names: Vec<_> = dump.iter().filter_map(|l| l.ifname()).collect();
    // The other end of a pair comes first.
    assert_eq!(names, ["lo", "br0", "q0", "p0", "q1", "p1"]);
    let br0 = dump.iter().find(|l| l.ifname() == Some("br0")).unwrap();
    assert_eq!(br0.mtu(), Some(1400));
    assert_eq!(br0.linkinfo().unwrap().bridge().unwrap().ageing_time(), Some(12_300));
    assert_eq!(dump.iter().filter(|l| l.master() == Some(bridge)).count(), 2);
    let local = net.dump(addr::dump().dev(bridge)).unwrap().iter().find_map(|a| a.local());
    assert_eq!(local, Some("192.0.2.1".parse().unwrap()));

    net.execute(link::delete("p0")).unwrap();
    let gone = net.get(link::get("q0"), |_| ()).unwrap_err();
    assert_eq!(gone.errno(), Some(Errno::ENODEV));
}

pub(crate) fn errors_carry_the_kernels_words_and_the_attribute<L: Block>(net: &mut Client<L>) {
    let mut errors = Vec::new();
    let lo = || "127.0.0.2/8".parse().unwrap();
    net.execute(addr::add(1, lo())).unwrap();
    errors.push(net.execute(addr::add(1, lo())).unwrap_err().to_string());
    errors.push(net.execute(link::create("x").kind("no-such-kind")).unwrap_err().to_string());
    errors.push(net.execute(link::delete("nothing")).unwrap_err().to_string());
    let bad_id = link::create("x").linkinfo(|i| {
        i.kind("vxlan").data(|w| w.attr(1, &[1, 0]));
    });
    errors.push(net.execute(bad_id).unwrap_err().to_string());
    assert_eq!(
        errors,
        [
            "RTM_NEWADDR: File exists: ipv4: Address already assigned",
            "RTM_NEWLINK: Operation not supported: Unknown device type",
            "RTM_DELLINK: No such device",
            "RTM_NEWLINK: Numerical result out of range: Attribute failed policy validation \
             (IFLA_LINKINFO.IFLA_INFO_DATA.IFLA_VXLAN_ID)",
        ]
    );
}

/// How many requests of the storm.
pub(crate) const STORM: usize = 2_000;

/// [`STORM`] requests that each want an acknowledgement, in one datagram, against a receive buffer of 8,192 bytes that holds
/// a handful: the kernel carries all of them out and drops most acknowledgements behind one `ENOBUFS`. Returns how many
/// were known to have finished.
pub(crate) fn an_overrun_leaves_no_request_open<L: Block>(socket: L, port: u32) -> usize {
    const { assert!(STORM <= BATCH_MAX) };
    let config = Config { receive_buffer: usize::MAX, max_datagram: 1 << 20, ..Config::new(port) };
    let mut session = Session::new(Connection::<_, 4>::new(vec![0u8; 1 << 20], config), socket);
    let mut batch = session.machine().batch().unwrap();
    batch.acknowledge_each();
    for n in 0..STORM {
        let address = format!("127.{}.{}.1/32", n / 250 + 1, n % 250);
        batch.push(addr::add(1, address.parse().unwrap()).message().unwrap()).unwrap();
    }
    let submitted = batch.commit();
    let transmit = session.machine().poll_transmit().unwrap();
    assert!(transmit.bytes.len() >= STORM * 40, "everything goes in one datagram");

    let (mut finished, mut unknown, mut overruns) = (0, 0, 0);
    let mut ended = vec![0u8; STORM];
    while let Some(events) = session.wait().unwrap() {
        for event in events {
            match event {
                Event::Finished(id, result) => {
                    result.unwrap();
                    finished += 1;
                    ended[submitted.index(id).unwrap()] += 1;
                }
                Event::Unknown(id) => {
                    unknown += 1;
                    ended[submitted.index(id).unwrap()] += 1;
                }
                Event::Overrun => overruns += 1,
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(finished + unknown, STORM);
    assert!(ended.iter().all(|n| *n == 1), "each request ends exactly once");
    assert!(finished > 0 && unknown > 0 && overruns == 1, "{finished} {unknown} {overruns}");
    assert!(session.machine().is_idle());
    finished
}

//! Links above each other: how many there can be, and that there are no circles.

use netplumb_core::Errno;
use netplumb_core::family::link::{self, LinkRequest};
use netplumb_core::request::AsRequest;
use netplumb_simulator::{NetnsId, SocketId, SocketOptions, World};

struct Host {
    world: World,
    socket: SocketId,
}

impl Host {
    fn new() -> Self {
        let mut world = World::new(1);
        let socket = world.open(NetnsId(0), SocketOptions::default());
        Self { world, socket }
    }

    /// Carries out a request; the error number, 0 for none.
    fn ask(&mut self, request: &LinkRequest) -> i32 {
        let mut bytes = request.message().unwrap().to_vec();
        bytes[6] |= 5;
        self.world.send(self.socket, &bytes).unwrap();
        let mut buffer = vec![0; 8192];
        let mut errno = None;
        while let Ok(got) = self.world.recv(self.socket, &mut buffer) {
            if got.len >= 20 && buffer[4..6] == 2u16.to_ne_bytes() {
                errno = Some(-i32::from_ne_bytes(buffer[16..20].try_into().unwrap()));
            }
        }
        assert_eq!(self.world.check(), Vec::<String>::new());
        errno.unwrap()
    }
}

fn vlan(name: &str, lower: u32) -> LinkRequest {
    link::create(name).link(lower).linkinfo(|info| {
        info.vlan(|vlan| {
            vlan.id(5);
        });
    })
}

#[test]
fn eight_links_can_stand_on_each_other() {
    let mut host = Host::new();
    assert_eq!(host.ask(&link::create("d0").kind("ifb").up()), 0);
    for lower in 2..9 {
        assert_eq!(host.ask(&vlan(&format!("v{lower}"), lower)), 0, "{lower}");
    }
    assert_eq!(host.ask(&vlan("one-more", 9)), Errno::EMLINK.0);
    // A bridge counts like the others: under the topmost it is one too many, under the one below it is not.
    assert_eq!(host.ask(&link::create("br0").kind("bridge")), 0);
    assert_eq!(host.ask(&link::set(9u32).master(10)), Errno::EMLINK.0);
    assert_eq!(host.ask(&link::set(8u32).master(10)), 0);
    assert_eq!(host.ask(&vlan("br0.5", 10)), Errno::EMLINK.0);
    assert_eq!(host.ask(&link::delete(2u32)), 0);
    assert_eq!(host.ask(&vlan("br0.5", 10)), 0);
}

#[test]
fn no_link_is_above_itself() {
    let mut host = Host::new();
    for (name, kind) in [("br0", "bridge"), ("bond0", "bond"), ("bond1", "bond")] {
        assert_eq!(host.ask(&link::create(name).kind(kind)), 0);
    }
    assert_eq!(host.ask(&vlan("br0.5", 2)), 0);
    assert_eq!(host.ask(&link::set(5u32).master(2)), Errno::EBUSY.0);
    assert_eq!(host.ask(&link::set(4u32).master(3)), 0);
    assert_eq!(host.ask(&link::set(3u32).master(4)), Errno::EBUSY.0);
    assert_eq!(host.ask(&link::set(2u32).up()), 0);
}

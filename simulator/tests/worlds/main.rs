//! Worlds as text, and what is true of every world, over sequences of operations.

mod hand;
mod operation;

use netplumb_core::request::AsRequest;
use netplumb_core::wire::{NLM_F_DUMP, NLM_F_REQUEST, Writer};
use netplumb_simulator::{NetnsId, SocketId, SocketOptions, World};
use operation::Operation;
use proptest::prelude::*;

/// Carries out a request; the error number, if one was answered.
fn ask(world: &mut World, socket: SocketId, request: impl AsRequest) -> Option<i32> {
    let mut bytes = request.message().unwrap().to_vec();
    bytes[6] |= 5;
    send(world, socket, &bytes)
}

fn send(world: &mut World, socket: SocketId, message: &[u8]) -> Option<i32> {
    world.send(socket, message).unwrap();
    let mut buffer = vec![0; 65_536];
    let mut errno = None;
    while let Ok(got) = world.recv(socket, &mut buffer) {
        if got.len >= 20 && buffer[4..6] == 2u16.to_ne_bytes() {
            errno = Some(-i32::from_ne_bytes(buffer[16..20].try_into().unwrap()));
        }
    }
    errno
}

/// Everything that dumps of all namespaces say.
fn dumps(world: &mut World) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    let namespaces: Vec<NetnsId> = world.namespaces().collect();
    for netns in namespaces {
        for (kind, header, families) in [
            (18u16, 16, &[0u8][..]),
            (22, 8, &[2, 10]),
            (26, 12, &[2, 10]),
            (30, 12, &[0, 7]),
            (34, 12, &[0]),
        ] {
            for family in families {
                // Ports are drawn by chance: one socket each, so that only the first of a world counts.
                let socket = world.open(netns, SocketOptions { strict: false, ..SocketOptions::default() });
                let mut message = [0; 64];
                let mut w = Writer::new(&mut message);
                w.message(kind, NLM_F_REQUEST | NLM_F_DUMP, 1, 0, |w| {
                    w.bytes(&[*family]);
                    w.zeros(header - 1);
                });
                world.send(socket, w.finish().unwrap()).unwrap();
                let mut buffer = vec![0; 65_536];
                while let Ok(got) = world.recv(socket, &mut buffer) {
                    all.push(buffer[..got.len].to_vec());
                }
                world.close(socket);
            }
        }
    }
    all
}

/// Requests that change links, addresses and neighbours of all namespaces.
fn change_something(world: &mut World) {
    let namespaces: Vec<NetnsId> = world.namespaces().collect();
    for netns in namespaces {
        let socket = world.open(netns, SocketOptions::default());
        for index in 1..6 {
            for operation in [
                Operation::Veth { name: 4, peer: 5 },
                Operation::Up { index, up: true },
                Operation::Master { index, master: 4 },
                Operation::Address {
                    index,
                    host: 3,
                    length: 24,
                    v6: index % 2 == 0,
                    delete: false,
                    lifetime: 0,
                },
                Operation::Neigh {
                    index,
                    host: 9,
                    v6: false,
                    state: 0x80,
                    flags: 0,
                    ext: 0,
                    create: 0x400,
                    delete: false,
                },
                Operation::Change { index, what: 2, value: index },
                Operation::Up { index, up: false },
                Operation::Delete { index: 6 - index },
            ] {
                operation.carry_out(world, socket);
            }
        }
        world.close(socket);
    }
}

/// What holds of every world: nothing is wrong, its text is that of the world that is loaded from it, and the dumps of the two
/// are the same bytes.
fn holds(world: &World) {
    assert_eq!(world.check(), Vec::<String>::new());
    let text = world.save();
    let mut loaded = World::load(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(loaded.save(), text);
    // Sockets are not a part of the text.
    let mut original = world.clone();
    let namespaces: Vec<_> = original.namespaces().collect();
    for socket in 0..8 {
        original.close(SocketId(socket));
    }
    assert_eq!(loaded.namespaces().collect::<Vec<_>>(), namespaces);
    assert_eq!(dumps(&mut loaded), dumps(&mut original), "{text}");
    // And they go on alike, whatever is asked of them.
    change_something(&mut original);
    change_something(&mut loaded);
    assert_eq!(loaded.check(), Vec::<String>::new(), "{text}");
    for _ in 0..3 {
        let later = original.now().after_ns(4_000_000_000);
        original.advance(later);
        loaded.advance(later);
    }
    assert_eq!(loaded.save(), original.save(), "{text}");
}

/// Cases of each property: `PROPTEST_CASES` or few enough to be quick.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(96)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(cases()))]
    #[test]
    fn any_world_can_be_written_down(
        seed in any::<u64>(),
        operations in proptest::collection::vec(any::<Operation>(), 1..40),
    ) {
        let mut world = World::new(seed);
        let socket = world.open(NetnsId(0), SocketOptions::default());
        for operation in &operations {
            operation.carry_out(&mut world, socket);
            prop_assert_eq!(world.check(), Vec::<String>::new(), "{:?}", operation);
        }
        holds(&world);
    }

    #[test]
    fn no_text_is_too_strange(text in "(netplumb world 1\n)?(clock 5\n)?(netns 0( [a-z_=0-9]{0,20})?\n)?([a-z]{4,5} .{0,60}\n){0,4}") {
        if let Ok(world) = World::load(&text) {
            holds(&world);
        }
    }

    #[test]
    fn damaged_texts_are_refused_or_are_worlds(
        operations in proptest::collection::vec(any::<Operation>(), 1..12),
        at in any::<prop::sample::Index>(),
        with in "[ -~]{0,3}",
        gone in 0usize..4,
    ) {
        let mut world = World::new(3);
        let socket = world.open(NetnsId(0), SocketOptions::default());
        for operation in &operations {
            operation.carry_out(&mut world, socket);
        }
        let text = world.save();
        let at = at.index(text.len());
        if let (Some(before), Some(after)) = (text.get(..at), text.get(at + gone..)) {
            let damaged = format!("{before}{with}{after}");
            if let Ok(world) = World::load(&damaged) {
                holds(&world);
            }
        }
    }
}

//! The same commands on the simulated kernel and on the running one: what fails must fail with the same words, and what both
//! look like afterwards, as JSON, must be equal.
//!
//! Needs root for its own network namespace; without it only the simulator's half runs, and says so.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

const NETPLUMB: &str = env!("CARGO_BIN_EXE_netplumb");

/// How both are looked at.
const LOOKS: &[&str] = &[
    "-d -j link show",
    "-j link show",
    "-d -j addr show",
    "-4 -j route show table all",
    "-6 -j route show table all",
    "-4 -d -j route show table all",
    "-j rule show",
    "-6 -j rule show",
    "-d -j neigh show",
    "-j neigh show proxy",
];

/// What changes by itself between two looks, and what depends on the machine (queues: on the number of processors).
const VOLATILE: &[&str] = &[
    "gc_timer",
    "hello_timer",
    "tcn_timer",
    "topology_change_timer",
    "hold_timer",
    "forward_delay_timer",
    "message_age_timer",
    "num_tx_queues",
    "num_rx_queues",
    "carrier_changes",
    "carrier_up_count",
    "carrier_down_count",
];

fn normalize(value: &mut Value) {
    match value {
        Value::Object(map) => {
            for key in VOLATILE {
                map.remove(*key);
            }
            map.values_mut().for_each(normalize);
        }
        Value::Array(list) => list.iter_mut().for_each(normalize),
        _ => {}
    }
}

fn parse(output: &Output, what: &str) -> Value {
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    let mut value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{what}: {e}: {}", String::from_utf8_lossy(&output.stdout)));
    normalize(&mut value);
    value
}

/// The order of neighbours is that of a hash table with a random seed. Proxies without a link outlive their namespace in Linux,
/// and show up in a new one that is put in the same place of memory.
fn in_order(mut value: Value) -> Value {
    if let Value::Array(list) = &mut value {
        list.retain(|neighbour| neighbour["dev"].is_string());
        list.sort_by_key(Value::to_string);
    }
    value
}

/// Routes that every link gets for itself come in the order in which the links got ready, and that is a matter of time.
fn settle_ready(value: &mut Value) {
    let Value::Array(list) = value else { return };
    let own = |route: &Value| matches!(route["dst"].as_str(), Some("fe80::/64" | "ff00::/8"));
    for run in list.chunk_by_mut(|a, b| own(a) && a["dst"] == b["dst"]) {
        run.sort_by_key(|route| route["dev"].to_string());
    }
}

/// What links called `drawn…` were given by chance: their addresses, and those that they made of them. Names stand for them.
fn drawn(looks: &[Value]) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let links = looks.iter().filter_map(Value::as_array).flatten();
    for link in links.filter(|l| l["ifname"].as_str().is_some_and(|name| name.starts_with("drawn"))) {
        let name = link["ifname"].as_str().unwrap_or("");
        let mac = link["address"].as_str().unwrap_or("");
        if !mac.starts_with("02:00:00:00:") && mac != "00:00:00:00:00:00" {
            out.push((mac.to_owned(), format!("mac-{name}")));
        }
        for info in link["addr_info"].as_array().into_iter().flatten() {
            if let Some(local) = info["local"].as_str().filter(|a| a.starts_with("fe80:")) {
                out.push((local.to_owned(), format!("local-{name}")));
            }
        }
    }
    out
}

/// Puts names in the place of what was drawn.
fn settle_drawn(looks: &mut [Value]) {
    let pairs = drawn(looks);
    for look in looks {
        let mut text = look.to_string();
        for (value, name) in &pairs {
            text = text.replace(&format!("\"{value}\""), &format!("\"{name}\""));
        }
        *look = serde_json::from_str(&text).unwrap();
        let is_own = |route: &Value| route["dst"].as_str().is_some_and(|dst| dst.starts_with("local-"));
        for run in
            look.as_array_mut().into_iter().flat_map(|list| list.chunk_by_mut(|a, b| is_own(a) && is_own(b)))
        {
            run.sort_by_key(|route| route["dst"].to_string());
        }
    }
}

/// Where two values differ, as paths.
fn differences(path: &str, ours: &Value, theirs: &Value, out: &mut Vec<String>) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let null = &Value::Null;
                let (x, y) = (a.get(key).unwrap_or(null), b.get(key).unwrap_or(null));
                differences(&format!("{path}.{key}"), x, y, out);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (n, (x, y)) in a.iter().zip(b).enumerate() {
                let name = x["ifname"].as_str().or(x["dst"].as_str()).unwrap_or("");
                differences(&format!("{path}[{n} {name}]"), x, y, out);
            }
        }
        (a, b) if a != b => out.push(format!("{path}: simulated {a}, real {b}")),
        _ => {}
    }
}

struct Seen {
    complaints: Vec<String>,
    looks: Vec<Value>,
}

fn words(line: &str) -> Vec<&str> {
    line.split(' ').collect()
}

fn complaints(output: &Output) -> Vec<String> {
    let text = String::from_utf8_lossy(&output.stderr);
    // The place in the file stands in a line of its own, with the file's name.
    text.lines().map(|line| line.replace(commands().to_str().unwrap(), "FILE")).collect()
}

fn commands() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/script/commands.txt")
}

fn simulated() -> Seen {
    let dir = std::env::temp_dir().join(format!("netplumb-script-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let state = dir.join("world.txt");
    let state = state.to_str().unwrap();
    let run =
        |arguments: &[&str]| Command::new(NETPLUMB).args(["--sim", state]).args(arguments).output().unwrap();
    let output = run(&["-force", "-b", commands().to_str().unwrap()]);
    let looks = LOOKS.iter().map(|look| parse(&run(&words(look)), look)).collect();
    std::fs::remove_dir_all(&dir).unwrap();
    Seen { complaints: complaints(&output), looks }
}

/// `None` where no namespace can be made.
fn real() -> Option<Seen> {
    let works = Command::new("unshare").args(["-n", "true"]).stderr(Stdio::null()).status();
    if !works.is_ok_and(|status| status.success()) {
        return None;
    }
    // A process that keeps the namespace while commands come and go.
    let mut keeper = Command::new("unshare").args(["-n", "sleep", "600"]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let pid = keeper.id().to_string();
    let run = |arguments: &[&str]| {
        Command::new("nsenter").args(["-n", "-t", &pid, NETPLUMB]).args(arguments).output().unwrap()
    };
    let output = run(&["-force", "-b", commands().to_str().unwrap()]);
    // Carriers are announced and addresses are tried within this time.
    std::thread::sleep(Duration::from_secs(4));
    let looks = LOOKS.iter().map(|look| parse(&run(&words(look)), look)).collect();
    keeper.kill().unwrap();
    keeper.wait().unwrap();
    Some(Seen { complaints: complaints(&output), looks })
}

#[test]
fn the_same_commands_give_the_same_state() {
    let count = std::fs::read_to_string(commands()).unwrap().lines().filter(|l| !l.starts_with('#')).count();
    assert!(count >= 60, "{count}");
    let mut ours = simulated();
    for (look, value) in LOOKS.iter().zip(&ours.looks) {
        println!("simulated {look}: {} objects", value.as_array().map_or(0, Vec::len));
    }
    let Some(mut theirs) = real() else {
        println!("SKIPPED the comparison with the running kernel: needs root");
        return;
    };
    settle_drawn(&mut ours.looks);
    settle_drawn(&mut theirs.looks);
    let mut out = Vec::new();
    let (mut left, mut right) = (ours.complaints.iter(), theirs.complaints.iter());
    loop {
        match (left.next(), right.next()) {
            (None, None) => break,
            (a, b) if a != b => out.push(format!("complaint: simulated {a:?}, real {b:?}")),
            _ => {}
        }
    }
    for (n, look) in LOOKS.iter().enumerate() {
        let (mut ours, mut theirs) = (ours.looks[n].clone(), theirs.looks[n].clone());
        if look.contains("neigh") {
            (ours, theirs) = (in_order(ours), in_order(theirs));
        }
        settle_ready(&mut ours);
        settle_ready(&mut theirs);
        if let (Value::Array(a), Value::Array(b)) = (&ours, &theirs)
            && a.len() != b.len()
        {
            let only = |x: &[Value], y: &[Value]| {
                let only: Vec<_> = x.iter().filter(|v| !y.contains(v)).map(Value::to_string).collect();
                only.join("\n      ")
            };
            out.push(format!(
                "{look}: only simulated:\n      {}\n   only real:\n      {}",
                only(a, b),
                only(b, a)
            ));
            continue;
        }
        differences(look, &ours, &theirs, &mut out);
    }
    println!("{count} commands, {} complaints, {} looks", theirs.complaints.len(), LOOKS.len());
    assert!(out.is_empty(), "{} differences:\n{}", out.len(), out.join("\n"));
}

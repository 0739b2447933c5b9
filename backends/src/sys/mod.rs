//! System calls: the only unsafe code of the workspace.

pub mod netlink;

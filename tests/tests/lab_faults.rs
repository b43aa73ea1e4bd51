//! What breaks while calls are up, on a real Asterisk: the connection in the middle of each operation, the gateway, the PBX, fifty
//! phones.

#[path = "lab_faults/gateway.rs"]
mod gateway;
#[path = "lab_faults/pbx.rs"]
mod pbx;
#[path = "lab_faults/phones.rs"]
mod phones;
#[path = "lab_faults/wire.rs"]
mod wire;

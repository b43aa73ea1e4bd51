//! What breaks while calls are up, on a real Asterisk: the connection in the middle of each operation, the gateway, the PBX, fifty
//! phones.

mod gateway;
mod pbx;
mod phones;
mod wire;

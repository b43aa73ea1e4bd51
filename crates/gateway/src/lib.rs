//! Serves the Uncall Webservices API, WSDL included, on a PBX; a simulated one is built in.
//!
//! ```no_run
//! # async fn demo() -> std::io::Result<()> {
//! use uncall_gateway::{Settings, serve};
//! use uncall_simulator::{Options, Simulator};
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let pbx = Simulator::start(Options { traffic: Some(42), ..Default::default() });
//! serve(listener, pbx, None, Settings::default(), std::future::pending()).await
//! # }
//! ```
//!
//! - [`pbx`]: the port. [`simulator`] is one adapter behind it; another PBX is another adapter, and touches nothing else;
//! - [`recordings`]: the files of an adapter's recordings, found by uid;
//! - [`calls`]: the call table that every adapter feeds: who is in which call, and what an agent may do;
//! - [`access`]: who may do what;
//! - [`serve`]: HTTP. SOAP, the push stream, recordings, health and metrics.

pub mod access;
mod operations;
mod server;
pub mod settings;

pub use server::serve;
pub use settings::Settings;

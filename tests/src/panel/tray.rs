//! The desktop's side of the tray: the watcher that indicators register with, and a reader of the item and its menu.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use anyhow::Context;
use zbus::{Connection, OwnedObjectPath, OwnedVariant, Proxy, Variant, connection, interface, message::Header};

use super::desktop::until;

/// The watcher, and what has registered.
#[derive(Debug, Clone)]
pub struct Tray {
    connection: Connection,
    items: Arc<Mutex<Vec<(String, String)>>>,
}

struct Watcher {
    items: Arc<Mutex<Vec<(String, String)>>>,
}

/// <https://www.freedesktop.org/wiki/Specifications/StatusNotifierItem/StatusNotifierWatcher/>
#[interface(name = "org.kde.StatusNotifierWatcher")]
impl Watcher {
    fn register_status_notifier_item(&self, service: &str, #[zbus(header)] header: Header<'_>) {
        let sender = header.sender().map(ToString::to_string).unwrap_or_default();
        let item = if service.starts_with('/') {
            (sender, service.to_owned())
        } else {
            (service.to_owned(), "/StatusNotifierItem".to_owned())
        };
        if let Ok(mut items) = self.items.lock() {
            items.push(item);
        }
    }

    fn register_status_notifier_host(&self, _service: &str) {}

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.items
            .lock()
            .map(|items| items.iter().map(|(bus, path)| format!("{bus}{path}")).collect())
            .unwrap_or_default()
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

/// A line of the tray's menu.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number, to press it.
    pub id: i32,
    /// Its words.
    pub label: String,
    /// Whether it can be pressed.
    pub enabled: bool,
}

type Layout = (i32, HashMap<String, OwnedVariant>, Vec<OwnedVariant>);

impl Tray {
    /// The watcher, which nobody can find yet.
    pub async fn new(bus: &str) -> anyhow::Result<Tray> {
        let items = Arc::new(Mutex::new(Vec::new()));
        let watcher = Watcher { items: Arc::clone(&items) };
        let connection = connection::Builder::address(bus).serve_at("/StatusNotifierWatcher", watcher).build().await?;
        Ok(Tray { connection, items })
    }

    /// Takes the name under which indicators look for a tray.
    pub async fn appear(&self) -> anyhow::Result<()> {
        Ok(self.connection.request_name("org.kde.StatusNotifierWatcher").await?)
    }

    async fn item(&self) -> anyhow::Result<Proxy<'static>> {
        let (bus, path) = until("a tray item registers", async || self.items.lock().ok()?.last().cloned()).await?;
        Ok(Proxy::new(&self.connection, bus, path, "org.kde.StatusNotifierItem").await?)
    }

    /// The picture that the tray shows, as a file's bytes.
    pub async fn picture(&self) -> anyhow::Result<Vec<u8>> {
        let name: String = self.item().await?.get_property("IconName").await?;
        std::fs::read(&name).with_context(|| format!("the tray's picture {name}"))
    }

    /// The menu's lines, separators left out.
    pub async fn menu(&self) -> anyhow::Result<Vec<Line>> {
        let (_revision, root): (u32, Layout) =
            self.menu_proxy().await?.call("GetLayout", &(0_i32, -1_i32, Vec::<&str>::new())).await?;
        let mut lines = Vec::new();
        for child in root.2 {
            let (id, properties, _children) = Layout::try_from(child)?;
            let text = |name: &str| properties.get(name).and_then(|value| <&str>::try_from(value).ok());
            let enabled = properties.get("enabled").and_then(|value| bool::try_from(value).ok()).unwrap_or(true);
            if let Some(label) = text("label") {
                // GTK marks mnemonics with an underscore and doubles real ones.
                lines.push(Line { id, label: label.replace("__", "_"), enabled });
            }
        }
        Ok(lines)
    }

    /// Presses the line with these words.
    pub async fn press(&self, label: &str) -> anyhow::Result<()> {
        let line = until(&format!("the tray's menu offers {label}"), async || {
            self.menu().await.ok()?.into_iter().find(|line| line.label == label && line.enabled)
        })
        .await?;
        let event = (line.id, "clicked", Variant::from(0_i32), 0_u32);
        Ok(self.menu_proxy().await?.call("Event", &event).await?)
    }

    async fn menu_proxy(&self) -> anyhow::Result<Proxy<'static>> {
        let item = self.item().await?;
        let menu: OwnedObjectPath = item.get_property("Menu").await?;
        Ok(Proxy::new(&self.connection, item.destination().to_owned(), menu, "com.canonical.dbusmenu").await?)
    }
}

/// The pixels of a PNG, so that two pictures can be compared however they were compressed.
pub fn pixels(picture: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut decoder = png::Decoder::new(std::io::Cursor::new(picture));
    decoder.set_transformations(png::Transformations::normalize_to_color8() | png::Transformations::ALPHA);
    let mut reader = decoder.read_info()?;
    let size = reader.output_buffer_size().context("a picture of a sane size")?;
    let mut pixels = vec![0; size];
    let info = reader.next_frame(&mut pixels)?;
    pixels.truncate(info.buffer_size());
    Ok(pixels)
}

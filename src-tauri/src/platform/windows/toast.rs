//! Toasts through the system's own interface, because notify-rust gives them no tag, and without one the end of one call would
//! remove the toasts of all calls.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::oneshot;
use windows::{
    Data::Xml::Dom::{IXmlNode, XmlDocument, XmlElement},
    Foundation::TypedEventHandler,
    UI::Notifications::{
        ToastActivatedEventArgs, ToastDismissedEventArgs, ToastFailedEventArgs, ToastNotification,
        ToastNotificationManager,
    },
    core::{HSTRING, IInspectable, Interface as _, h},
};

use super::APP_USER_MODEL_ID;
use crate::notification::{Content, Pressed};

const GROUP: &str = "panel";

/// Shows a toast until it is pressed, dismissed, or `close` fires. It is silent (the phone rings). One that stays is a
/// `reminder`, which needs a button to be one. A press beside the buttons opens the panel.
pub(crate) async fn show_notification(content: Content, close: oneshot::Receiver<()>) -> Pressed {
    static TOASTS: AtomicU64 = AtomicU64::new(1);
    // A tag has at most 16 characters on the first versions of Windows 10; a call's uid may have more.
    let tag = HSTRING::from(format!("{}", TOASTS.fetch_add(1, Ordering::Relaxed)));
    let (press, pressed) = oneshot::channel();
    let own = tag.clone();
    let shown = tokio::task::spawn_blocking(move || show(&content, &own, press)).await;
    // Handlers live as long as the toast object, and that as long as this.
    let _toast = match shown {
        Ok(Ok(toast)) => toast,
        Ok(Err(error)) => {
            tracing::warn!("the toast was not shown: {error}");
            return Pressed::Nothing;
        }
        Err(_) => return Pressed::Nothing,
    };
    tokio::select! {
        pressed = pressed => pressed.unwrap_or(Pressed::Nothing),
        _ = close => {
            take_back(tag).await;
            Pressed::Nothing
        }
    }
}

/// Removes one toast from the screen and the notification centre.
async fn take_back(tag: HSTRING) {
    let taken = tokio::task::spawn_blocking(move || {
        let id = HSTRING::from(APP_USER_MODEL_ID);
        ToastNotificationManager::History()?.RemoveGroupedTagWithId(&tag, &HSTRING::from(GROUP), &id)
    });
    if let Ok(Err(error)) = taken.await {
        tracing::debug!("the toast could not be taken back: {error}");
    }
}

fn show(content: &Content, tag: &HSTRING, press: oneshot::Sender<Pressed>) -> windows::core::Result<ToastNotification> {
    let toast = ToastNotification::CreateToastNotification(&document(content)?)?;
    toast.SetTag(tag)?;
    toast.SetGroup(&HSTRING::from(GROUP))?;
    let press = std::sync::Arc::new(Mutex::new(Some(press)));
    let tell = move |pressed: Pressed| {
        if let Some(press) = press.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let _closed_meanwhile = press.send(pressed);
        }
    };
    let own = tell.clone();
    toast.Activated(&TypedEventHandler::<ToastNotification, IInspectable>::new(move |_, arguments| {
        let arguments = arguments.as_ref().and_then(|told| told.cast::<ToastActivatedEventArgs>().ok());
        let button = arguments.and_then(|told| told.Arguments().ok()).filter(|name| !name.is_empty());
        own(button.map_or(Pressed::Open, |name| Pressed::Button(name.to_string_lossy())));
        Ok(())
    }))?;
    let own = tell.clone();
    toast.Dismissed(&TypedEventHandler::<ToastNotification, ToastDismissedEventArgs>::new(move |_, _| {
        own(Pressed::Nothing);
        Ok(())
    }))?;
    toast.Failed(&TypedEventHandler::<ToastNotification, ToastFailedEventArgs>::new(move |_, _| {
        tell(Pressed::Nothing);
        Ok(())
    }))?;
    ToastNotificationManager::CreateToastNotifierWithId(&HSTRING::from(APP_USER_MODEL_ID))?.Show(&toast)?;
    Ok(toast)
}

/// <https://learn.microsoft.com/en-us/uwp/schemas/tiles/toastschema/schema-root>
fn document(content: &Content) -> windows::core::Result<XmlDocument> {
    let document = XmlDocument::new()?;
    let add = |parent: &IXmlNode, name: &HSTRING| -> windows::core::Result<XmlElement> {
        let element = document.CreateElement(name)?;
        parent.AppendChild(&element)?;
        Ok(element)
    };
    let toast = add(&document.cast()?, h!("toast"))?;
    if content.stays {
        toast.SetAttribute(h!("scenario"), h!("reminder"))?;
        toast.SetAttribute(h!("duration"), h!("long"))?;
    }
    let visual = add(&toast.cast()?, h!("visual"))?;
    let binding = add(&visual.cast()?, h!("binding"))?;
    binding.SetAttribute(h!("template"), h!("ToastGeneric"))?;
    for text in [&content.title, &content.body] {
        add(&binding.cast()?, h!("text"))?.SetInnerText(&HSTRING::from(text.as_str()))?;
    }
    add(&toast.cast()?, h!("audio"))?.SetAttribute(h!("silent"), h!("true"))?;
    if !content.buttons.is_empty() {
        let actions = add(&toast.cast()?, h!("actions"))?;
        for (name, label) in &content.buttons {
            let action = add(&actions.cast()?, h!("action"))?;
            action.SetAttribute(h!("content"), &HSTRING::from(label.as_str()))?;
            action.SetAttribute(h!("arguments"), &HSTRING::from(*name))?;
        }
    }
    Ok(document)
}

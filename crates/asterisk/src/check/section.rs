//! Lines of one section of a file, and the files.

/// The files, in the order of the guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum File {
    /// modules.conf
    Modules,
    /// pjsip.conf
    Pjsip,
    /// musiconhold.conf
    MusicOnHold,
    /// extensions.conf
    Extensions,
    /// manager.conf
    Manager,
    /// The gateway's own configuration.
    Gateway,
}

impl File {
    pub(super) const ALL: [File; 6] =
        [File::Modules, File::Pjsip, File::MusicOnHold, File::Extensions, File::Manager, File::Gateway];

    /// Its name, what makes it count, and what begins a remark in it.
    pub(super) const fn known_as(self) -> (&'static str, &'static str, char) {
        match self {
            File::Modules => ("modules.conf", "start Asterisk again", ';'),
            File::Pjsip => ("pjsip.conf", "asterisk -rx 'module reload res_pjsip.so'", ';'),
            File::MusicOnHold => ("musiconhold.conf", "asterisk -rx 'moh reload'", ';'),
            File::Extensions => ("extensions.conf", "asterisk -rx 'dialplan reload'", ';'),
            File::Manager => ("manager.conf", "asterisk -rx 'manager reload'", ';'),
            File::Gateway => ("the gateway's configuration", "start the gateway again", '#'),
        }
    }
}

/// Lines of one section of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines {
    pub(super) file: File,
    /// With its brackets; empty for lines outside of any.
    pub(super) section: String,
    pub(super) text: String,
}

//! End to end, as one program: it is linked once. Names beginning with `panel_` drive windows, those beginning with `lab_`
//! (and every `on_asterisk`) an Asterisk; `.config/nextest.toml` says how many of them run at a time.

mod both_adapters;
mod certificates;
mod command_line;
mod command_line_day;
mod foreign_clients;
mod lab_calls;
mod lab_check;
mod lab_faults;
mod lab_own_dialplan;
mod lab_phones;
mod lab_recordings;
mod lab_several_phones;
mod old_proxies;
mod page;
mod panel_asterisk;
mod panel_call;
mod panel_chromium;
mod panel_demo;
mod panel_link;
mod panel_login;
mod panel_notifications;
mod panel_number;
mod panel_player;
mod panel_settings;
mod panel_start;
mod panel_team;
mod panel_tray;
mod panel_trouble;
mod panel_windows;
mod php_packing;
mod php_server;
mod php_sessions;
mod raw_wire;
mod recordings_on_s3;

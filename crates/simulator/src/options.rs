//! The options of a simulator.

use std::time::Duration;

/// How the simulated PBX behaves. Times are how long something lasts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// Phones do not answer by themselves, and [`Hands`](crate::pbx::Hands) operate them. Default: no.
    pub control: bool,
    /// Makes calls by itself, the same ones for the same seed. Default: none.
    pub traffic: Option<u64>,
    /// The extensions. Default 801 to 810.
    pub extensions: Vec<String>,
    /// The queues: a name, which is also the number, and the permanent members. Default `600` with 801, 802 and 803, and `601`
    /// without members, for agents who log in.
    pub queues: Vec<(String, Vec<String>)>,
    /// The time until an extension's phone answers by itself. Default 4 s.
    pub phone_answers: Duration,
    /// The time until an outside number answers by itself. Default 3 s.
    pub number_answers: Duration,
    /// How long a phone rings at most for a call, click-to-dial's first leg included. Default 60 s.
    pub phone_rings: Duration,
    /// How long a queue rings each member. Default 10 s.
    pub queue_rings: Duration,
    /// The pause between two attempts of a queue. Default 1 s.
    pub queue_retry: Duration,
    /// How long an outside number rings at most. Default 45 s.
    pub number_rings: Duration,
    /// How long a transfer's target rings at most. Default 15 s.
    pub transfer_rings: Duration,
    /// How long a listener's phone rings at most. Default 30 s.
    pub listener_rings: Duration,
    /// How long the agent's phone rings at most for a held call. Default 30 s.
    pub recall_rings: Duration,
    /// How long a call is on hold before the agent is rung once. Default 10 min.
    pub hold_reminder: Duration,
    /// How long a caller hears that the line is busy. Default 2 s.
    pub busy_tone: Duration,
    /// How long the survey waits for a rating. Default 10 s.
    pub survey: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            control: false,
            traffic: None,
            extensions: (801..=810).map(|exten| exten.to_string()).collect(),
            queues: vec![
                ("600".to_owned(), (801..=803).map(|exten| exten.to_string()).collect()),
                ("601".to_owned(), Vec::new()),
            ],
            phone_answers: Duration::from_secs(4),
            number_answers: Duration::from_secs(3),
            phone_rings: Duration::from_secs(60),
            queue_rings: Duration::from_secs(10),
            queue_retry: Duration::from_secs(1),
            number_rings: Duration::from_secs(45),
            transfer_rings: Duration::from_secs(15),
            listener_rings: Duration::from_secs(30),
            recall_rings: Duration::from_secs(30),
            hold_reminder: Duration::from_secs(600),
            busy_tone: Duration::from_secs(2),
            survey: Duration::from_secs(10),
        }
    }
}

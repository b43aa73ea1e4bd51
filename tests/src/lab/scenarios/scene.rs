use anyhow::{Context, Result, ensure};

use super::super::{
    CUSTOMER, Lab,
    deadline::{SOON, until},
    manager::{Manager, Message},
    phone::{Phone, Stage},
};

/// A lab with three agents, a customer, and a manager's user with the rights of the gateway.
#[derive(Debug)]
pub struct Scene {
    /// The PBX.
    pub lab: Lab,
    /// What the gateway would see.
    pub manager: Manager,
    /// The phone 801.
    pub agent: Phone,
    /// The phone 802.
    pub colleague: Phone,
    /// The phone 803.
    pub supervisor: Phone,
    /// The outside numbers.
    pub customer: Phone,
}

impl Scene {
    /// Starts everything; nobody calls yet, and nobody answers by himself.
    pub async fn start() -> Result<Scene> {
        let lab = Lab::start().await?;
        let (agent, colleague, supervisor, customer) =
            tokio::try_join!(lab.phone("801"), lab.phone("802"), lab.phone("803"), lab.customer())?;
        let manager = lab.manager("uncall").await?;
        Ok(Scene { lab, manager, agent, colleague, supervisor, customer })
    }

    /// Writes down what the people do.
    pub fn remark(&self, text: &str) {
        self.manager.remark(text);
    }

    /// Sends an action that the PBX has to accept.
    pub async fn act(&mut self, action: &[(&str, &str)]) -> Result<Message> {
        let answer = self.manager.ask(action).await?;
        ensure!(answer.get("Response") == "Success", "{action:?}: {answer:?}");
        Ok(answer)
    }

    /// The newest leg of an endpoint.
    pub fn leg(&self, endpoint: &str) -> Result<String> {
        let begin = format!("PJSIP/{endpoint}-");
        let legs = self.manager.since(0).into_iter().filter(|message| message.get("Event") == "Newchannel");
        let mut legs = legs.map(|message| message.get("Channel").to_owned());
        legs.rfind(|leg| leg.starts_with(&begin)).with_context(|| format!("{endpoint} has no leg"))
    }

    /// Waits until both are in one bridge, since `from`.
    pub async fn together(&self, from: usize, one: &str, other: &str) -> Result<()> {
        let what = format!("{one} and {other} in one bridge");
        until(&what, SOON, async || {
            let messages = self.manager.since(from);
            let bridge = |leg: &str| {
                let mut entered =
                    messages.iter().filter(|message| message.has(&[("Event", "BridgeEnter"), ("Channel", leg)]));
                entered.next_back().map(|message| message.get("BridgeUniqueid").to_owned())
            };
            Ok((bridge(one).is_some() && bridge(one) == bridge(other)).then_some(()))
        })
        .await
    }

    /// The customer calls 801, who answers. Gives the agent's leg and the customer's.
    pub async fn talk(&mut self) -> Result<(String, String)> {
        let from = self.manager.here();
        self.remark("13632510278 calls 801");
        self.customer.call("801").await?;
        self.agent.at(Stage::Ringing).await?;
        self.remark("801 answers");
        self.agent.answer().await?;
        self.manager.event(from, &[("Event", "DialEnd"), ("DialStatus", "ANSWER")]).await?;
        let legs = (self.leg("801")?, self.leg("trunk")?);
        self.together(from, &legs.0, &legs.1).await?;
        Ok(legs)
    }

    /// Rings the phone of an extension; when it has answered, the number is dialled.
    pub async fn click(&mut self, exten: &str, number: &str, timeout: &str) -> Result<Message> {
        self.act(&[
            ("Action", "Originate"),
            ("Channel", &format!("PJSIP/{exten}")),
            ("Context", "uncall-click"),
            ("Exten", number),
            ("Priority", "1"),
            ("Timeout", timeout),
            ("CallerID", number),
            ("Variable", &format!("__UNCALL_EXTEN={exten}")),
            ("Async", "true"),
        ])
        .await
    }

    /// The customer hears music, the agent silence.
    pub async fn hold(&mut self, agent: &str, other: &str, recall: &str) -> Result<()> {
        let from = self.manager.here();
        self.set(other, "UNCALL_PEER", agent).await?;
        self.set(other, "UNCALL_RECALL", recall).await?;
        self.redirect((other, "uncall-hold", "s"), (agent, "uncall-hold-agent", "s")).await?;
        self.arrived(from, other, "hold").await?;
        self.arrived(from, agent, "hold-agent").await
    }

    /// Fetches the other party back to the agent's leg.
    pub async fn restore(&mut self, agent: &str, other: &str) -> Result<()> {
        let from = self.manager.here();
        self.act(&[("Action", "Bridge"), ("Channel1", agent), ("Channel2", other)]).await?;
        self.together(from, agent, other).await?;
        self.set(other, "UNCALL_PEER", "").await
    }

    /// The other party's leg dials the target; both legs have arrived when this returns.
    pub async fn transfer(&mut self, agent: &str, other: &str, target: &str, seconds: &str) -> Result<usize> {
        let from = self.manager.here();
        self.set(other, "UNCALL_PEER", agent).await?;
        self.set(other, "UNCALL_TIMEOUT", seconds).await?;
        self.redirect((other, "uncall-xfer", target), (agent, "uncall-xfer-agent", "s")).await?;
        self.arrived(from, other, "xfer").await?;
        self.arrived(from, agent, "xfer-agent").await?;
        Ok(from)
    }

    /// Sets a variable of a leg.
    pub async fn set(&mut self, leg: &str, variable: &str, value: &str) -> Result<()> {
        let action = [("Action", "Setvar"), ("Channel", leg), ("Variable", variable), ("Value", value)];
        self.act(&action).await.map(drop)
    }

    async fn redirect(&mut self, other: (&str, &str, &str), agent: (&str, &str, &str)) -> Result<()> {
        let ((leg, context, exten), (extra, extra_context, extra_exten)) = (other, agent);
        self.act(&[
            ("Action", "Redirect"),
            ("Channel", leg),
            ("Context", context),
            ("Exten", exten),
            ("Priority", "1"),
            ("ExtraChannel", extra),
            ("ExtraContext", extra_context),
            ("ExtraExten", extra_exten),
            ("ExtraPriority", "1"),
        ])
        .await
        .map(drop)
    }

    async fn arrived(&self, from: usize, leg: &str, state: &str) -> Result<()> {
        let event = [("Event", "UserEvent"), ("UserEvent", "UncallLeg"), ("Channel", leg), ("State", state)];
        self.manager.event(from, &event).await.map(drop)
    }

    /// Waits for the end of a leg.
    pub async fn ended(&self, leg: &str) -> Result<Message> {
        self.manager.event(0, &[("Event", "Hangup"), ("Channel", leg)]).await
    }

    /// The customer hangs up.
    pub async fn customer_hangs_up(&self) -> Result<()> {
        self.remark(&format!("{CUSTOMER} hangs up"));
        self.customer.hang_up().await
    }

    /// Waits until every leg that began has ended, for who looks at the whole.
    pub async fn over(&self) -> Result<()> {
        until("all legs have ended", SOON, async || {
            let messages = self.manager.since(0);
            let count = |event: &str| messages.iter().filter(|message| message.get("Event") == event).count();
            Ok((self.manager.closed() || count("Newchannel") == count("Hangup")).then_some(()))
        })
        .await?;
        // The phones' states come last, up to half a second later.
        let from = self.manager.since(0).iter().rposition(|message| message.get("Event") == "Newchannel").unwrap_or(0);
        for phone in [&self.agent, &self.colleague, &self.supervisor] {
            let device = format!("PJSIP/{}", phone.number());
            until(&format!("{device} is known to be idle"), SOON, async || {
                let messages = self.manager.since(from);
                let mut states = messages
                    .iter()
                    .filter(|message| message.has(&[("Event", "DeviceStateChange"), ("Device", &device)]));
                let last = states.next_back().map_or("", |message| message.get("State"));
                Ok((self.manager.closed() || ["", "NOT_INUSE", "UNAVAILABLE"].contains(&last)).then_some(()))
            })
            .await?;
        }
        Ok(())
    }
}

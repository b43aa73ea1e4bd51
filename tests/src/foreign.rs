//! Callers that others wrote: PHP's SoapClient, zeep and suds, each in a process that is told line by line what to call.

use std::{path::PathBuf, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};

use crate::document;

/// A start with its WSDL, or a call; a transfer rings 15 s.
const DEADLINE: Duration = Duration::from_secs(60);

/// A running foreign client.
#[derive(Debug)]
pub struct ForeignClient {
    /// The operations that it found in the WSDL.
    pub operations: Vec<String>,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    _process: Child,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answered {
    /// The content of the inner document's `uncall`.
    Document(Value),
    /// A SOAP fault of the server: its code without the prefix, and its reason.
    Fault {
        /// `Client`, `Server` or `MustUnderstand`.
        code: String,
        /// In words.
        reason: String,
    },
    /// The client refused to send it.
    Unsent(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Line {
    Ready(Vec<String>),
    Fault {
        code: String,
        reason: String,
    },
    Error(String),
    #[serde(untagged)]
    Answer {
        answer: String,
        document: Option<Value>,
    },
}

impl ForeignClient {
    /// PHP's SoapClient, from the server's WSDL.
    pub async fn php(wsdl: &str) -> Result<ForeignClient> {
        ForeignClient::start("php".into(), "php_client.php", &[wsdl]).await
    }

    /// The same with SoapClient's options `login` and `password`.
    pub async fn php_with_login(wsdl: &str, login: &str, password: &str) -> Result<ForeignClient> {
        let environment = [("UNCALL_LOGIN", login), ("UNCALL_PASSWORD", password)];
        ForeignClient::start_with("php".into(), "php_client.php", &[wsdl], &environment).await
    }

    /// PHP's SoapClient without a WSDL: rpc/encoded in `namespace`, arguments by position.
    pub async fn php_old(endpoint: &str, namespace: &str) -> Result<ForeignClient> {
        ForeignClient::start("php".into(), "php_client.php", &["--old", endpoint, namespace]).await
    }

    /// Python's zeep, from the server's WSDL.
    pub async fn zeep(wsdl: &str) -> Result<ForeignClient> {
        ForeignClient::start(python()?, "zeep_client.py", &[wsdl]).await
    }

    /// Python's suds, from the server's WSDL.
    pub async fn suds(wsdl: &str) -> Result<ForeignClient> {
        ForeignClient::start(python()?, "suds_client.py", &[wsdl]).await
    }

    async fn start(interpreter: PathBuf, script: &str, arguments: &[&str]) -> Result<ForeignClient> {
        ForeignClient::start_with(interpreter, script, arguments, &[]).await
    }

    async fn start_with(
        interpreter: PathBuf,
        script: &str,
        arguments: &[&str],
        environment: &[(&str, &str)],
    ) -> Result<ForeignClient> {
        let mut process = Command::new(&interpreter)
            .arg(crate::tests_folder().join("foreign").join(script))
            .args(arguments)
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .env("PYTHONUTF8", "1")
            .envs(environment.iter().copied())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("{} does not start; run `cargo xtask test`", interpreter.display()))?;
        let orders = process.stdin.take().context("no stdin")?;
        let answers = BufReader::new(process.stdout.take().context("no stdout")?).lines();
        let mut client = ForeignClient { operations: Vec::new(), orders, answers, _process: process };
        let Line::Ready(mut operations) = client.line().await.with_context(|| format!("{script} did not start"))?
        else {
            bail!("{script} did not say what it found in the WSDL");
        };
        operations.sort();
        client.operations = operations;
        Ok(client)
    }

    /// Calls an operation and waits for the answer.
    pub async fn call(&mut self, operation: &str, arguments: &[&str]) -> Result<Answered> {
        let arguments: Vec<_> = arguments.iter().copied().map(Some).collect();
        self.call_with(operation, &arguments).await
    }

    /// Calls an operation, leaving out the arguments that are `None`.
    pub async fn call_with(&mut self, operation: &str, arguments: &[Option<&str>]) -> Result<Answered> {
        self.order(&json!({"operation": operation, "arguments": arguments})).await?;
        self.answer().await
    }

    /// Calls an operation with the argument elements named (a client from [`ForeignClient::php_old`] only).
    pub async fn call_named(&mut self, operation: &str, arguments: &[(&str, &str)]) -> Result<Answered> {
        let (names, values): (Vec<_>, Vec<_>) = arguments.iter().copied().unzip();
        self.order(&json!({"operation": operation, "arguments": values, "names": names})).await?;
        self.answer().await
    }

    /// Calls an operation with a header block of `namespace` that the server has to understand.
    pub async fn call_with_header(&mut self, operation: &str, arguments: &[&str], namespace: &str) -> Result<Answered> {
        self.order(&json!({"operation": operation, "arguments": arguments, "header": namespace})).await?;
        self.answer().await
    }

    /// Calls an operation that waits for a phone: `hands` runs while the call is under way.
    pub async fn call_while(
        &mut self,
        operation: &str,
        arguments: &[&str],
        hands: impl Future<Output = Result<()>>,
    ) -> Result<Answered> {
        let (answered, handled) = tokio::join!(self.call(operation, arguments), hands);
        handled.with_context(|| format!("{operation} answered {answered:?}"))?;
        answered
    }

    async fn order(&mut self, line: &Value) -> Result<()> {
        self.orders.write_all(format!("{line}\n").as_bytes()).await?;
        Ok(self.orders.flush().await?)
    }

    async fn answer(&mut self) -> Result<Answered> {
        match self.line().await? {
            Line::Ready(_) => bail!("the client started twice"),
            Line::Fault { code, reason } => {
                let code = code.rsplit(':').next().unwrap_or_default().to_owned();
                Ok(Answered::Fault { code, reason })
            }
            Line::Error(error) => Ok(Answered::Unsent(error)),
            Line::Answer { answer, document } => {
                let read = document::read(&answer)?;
                if let Some(theirs) = document {
                    ensure!(theirs == read, "their XML parser read {theirs}, ours {read}");
                }
                Ok(Answered::Document(read))
            }
        }
    }

    async fn line(&mut self) -> Result<Line> {
        let line = timeout(DEADLINE, self.answers.next_line()).await.context("the client says nothing")??;
        let line = line.context("the client ended; its own words stand above")?;
        serde_json::from_str(&line).with_context(|| format!("not the protocol of tests/foreign: {line}"))
    }
}

pub(crate) fn python() -> Result<PathBuf> {
    let python = crate::target_folder()?.join("venv-tests/bin/python");
    ensure!(
        python.exists(),
        "{} is missing: run `cargo xtask test`, which installs tests/foreign/requirements.txt",
        python.display()
    );
    Ok(python)
}

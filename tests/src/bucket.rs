//! An S3-compatible store that others wrote: moto's, which checks the signature of every request.

use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
    time::timeout,
};
use uncall_files::Secret;
use uncall_recordings::{BucketOptions, Key};

/// For a start, and for an order.
const DEADLINE: Duration = Duration::from_secs(60);

/// The running store, with an empty bucket.
#[derive(Debug)]
pub struct Bucket {
    there: There,
    orders: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
    process: Child,
}

#[derive(Debug, Deserialize)]
struct There {
    endpoint: String,
    id: String,
    secret: String,
}

impl Bucket {
    /// Starts the store.
    pub async fn start() -> Result<Bucket> {
        let mut process = Command::new(crate::foreign::python()?)
            .arg(crate::tests_folder().join("foreign/s3_server.py"))
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context("the S3 server does not start; run `cargo xtask test`")?;
        let orders = process.stdin.take().context("no stdin")?;
        let mut answers = BufReader::new(process.stdout.take().context("no stdout")?).lines();
        let line = timeout(DEADLINE, answers.next_line()).await.context("the S3 server says nothing")??;
        let there = serde_json::from_str(&line.context("the S3 server ended")?)?;
        Ok(Bucket { there, orders, answers, process })
    }

    /// How to reach it, from a prefix on.
    pub fn options(&self, prefix: &str) -> BucketOptions {
        BucketOptions {
            bucket: "recordings".to_owned(),
            region: "us-east-1".to_owned(),
            endpoint: Some(self.there.endpoint.clone()),
            prefix: prefix.to_owned(),
            virtual_host: false,
            key: Some(Key { id: self.there.id.clone(), secret: Secret::new(&self.there.secret), token: None }),
        }
    }

    /// Keeps an object; the bytes in base64.
    pub async fn put(&mut self, key: &str, base64: &str) -> Result<()> {
        self.order(&json!({"put": key, "base64": base64})).await
    }

    /// Keeps a hundred bytes under each of these keys.
    pub async fn put_small(&mut self, keys: &[String]) -> Result<()> {
        self.order(&json!({"small": keys})).await
    }

    /// Deletes an object.
    pub async fn delete(&mut self, key: &str) -> Result<()> {
        self.order(&json!({"delete": key})).await
    }

    /// How many requests have come so far, those of the other orders too.
    pub async fn requests(&mut self) -> Result<usize> {
        Ok(self.ask(&json!({"requests": true})).await?.parse()?)
    }

    /// Ends the store.
    pub async fn stop(mut self) -> Result<()> {
        Ok(self.process.kill().await?)
    }

    async fn order(&mut self, order: &Value) -> Result<()> {
        let done = self.ask(order).await?;
        ensure!(done == "ok", "the S3 server said {done:?}");
        Ok(())
    }

    async fn ask(&mut self, order: &Value) -> Result<String> {
        self.orders.write_all(format!("{order}\n").as_bytes()).await?;
        self.orders.flush().await?;
        let done = timeout(DEADLINE, self.answers.next_line()).await.context("the S3 server says nothing")??;
        done.context("the S3 server ended")
    }
}

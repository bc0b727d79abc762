//! A CPython that is asked about one program after the other.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use anyhow::{Context, ensure};
use serde_json::Value;

/// Programs that are under way to the child.
const AHEAD: usize = 256;

/// A running interpreter.
pub(crate) struct Python {
    child: Child,
    answers: BufReader<ChildStdout>,
    programs: Option<SyncSender<Vec<u8>>>,
    writer: Option<JoinHandle<()>>,
    /// Its version, as it says it.
    pub(crate) version: String,
}

impl Python {
    /// Starts `command`, which runs `child.py` in some way.
    pub(crate) fn start(command: &[String]) -> anyhow::Result<Self> {
        let (program, arguments) = command.split_first().context("no interpreter")?;
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("starting {program}"))?;
        let (stdin, stdout) = (child.stdin.take().context("stdin")?, child.stdout.take().context("stdout")?);
        let (programs, queue) = sync_channel(AHEAD);
        let writer = std::thread::spawn(move || write(stdin, &queue));
        let mut python = Self {
            child,
            answers: BufReader::new(stdout),
            programs: Some(programs),
            writer: Some(writer),
            version: String::new(),
        };
        let hello = python.line()?;
        python.version =
            format!("{} (filter of system calls: {})", hello[0].as_str().unwrap_or("?"), hello[1]);
        Ok(python)
    }

    /// Hands over a program; its answer is the next one that was not yet taken.
    pub(crate) fn ask(&self, encoding: u8, program: &[u8]) -> anyhow::Result<()> {
        let length = u32::try_from(program.len())?;
        let frame = [length.to_le_bytes().as_slice(), &[encoding], program].concat();
        self.programs.as_ref().context("closed")?.send(frame).context("the child is gone")
    }

    /// The next answer: for each reader its events, and how it ended.
    pub(crate) fn answer(&mut self) -> anyhow::Result<Vec<(Vec<Value>, String)>> {
        let Value::Array(records) = self.line()? else { anyhow::bail!("an answer is no list") };
        let readers = records.into_iter().map(|mut record| {
            let end = record[1].as_str().unwrap_or("?").to_owned();
            let Value::Array(events) = record[0].take() else { anyhow::bail!("events are no list") };
            Ok((events, end))
        });
        readers.collect()
    }

    fn line(&mut self) -> anyhow::Result<Value> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        ensure!(!line.is_empty(), "the child ended: {:?}", self.child.try_wait()?);
        Ok(serde_json::from_str(&line)?)
    }
}

fn write(mut stdin: ChildStdin, queue: &Receiver<Vec<u8>>) {
    while let Ok(frame) = queue.recv() {
        if stdin.write_all(&frame).is_err() {
            return;
        }
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        self.programs = None;
        let written = self.writer.take().map(JoinHandle::join);
        let ended = self.child.wait();
        if let (Some(Err(_)), _) | (_, Err(_)) = (written, ended) {
            eprintln!("the child did not end as it should");
        }
    }
}

//! Real servers on loopback, ended with the test.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, ensure};

use crate::programs::{python, tests_folder};

/// A server process; dropping it ends it.
pub struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// A Hugging Face endpoint that serves the repositories in `folder`, each at `ORGANISATION/NAME`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn hub(folder: &Path) -> anyhow::Result<Self> {
        let mut child = Command::new(python()?)
            .arg(tests_folder().join("servers/hub.py"))
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting the hub")?;
        let mut port = String::new();
        BufReader::new(child.stdout.take().context("the hub has no output")?).read_line(&mut port)?;
        let port: u16 = port.trim().parse().context("the hub's port")?;
        Ok(Self { child, address: ([127, 0, 0, 1], port).into() })
    }

    /// Debian's `docker-registry`, keeping its data in `folder` and notifying `endpoint` with `Authorization: secret`.
    ///
    /// # Errors
    /// When it is not installed or does not listen.
    pub fn registry(folder: &Path, endpoint: &str, secret: &str) -> anyhow::Result<Self> {
        let address = free_address()?;
        let config = folder.join("registry.yml");
        let data = folder.join("registry-data");
        std::fs::write(
            &config,
            format!(
                "version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: '{}'}}}}\n\
                 http: {{addr: '{address}', secret: s}}\n\
                 notifications:\n  endpoints:\n    - name: assay\n      url: '{endpoint}'\n      timeout: 5s\n      \
                 threshold: 3\n      backoff: 1s\n      headers: {{Authorization: ['{secret}']}}\n",
                data.display()
            ),
        )?;
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(&config)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("starting docker-registry")?;
        let server = Self { child, address };
        server.wait_listening()?;
        Ok(server)
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    fn wait_listening(&self) -> anyhow::Result<()> {
        let deadline = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect(self.address).is_err() {
            ensure!(Instant::now() < deadline, "nothing listens at {}", self.address);
            std::thread::park_timeout(Duration::from_millis(20));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An address on loopback that was free a moment ago.
///
/// # Errors
/// When there is none.
pub fn free_address() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?)
}

//! Connecting: the address without its secrets, TLS where the server has it, and bounds on time.

use super::super::failure;
use super::told;
use crate::diagnostic::Diagnostic;
use postgres::config::Host;
use postgres::{Client, Config};
use rustls_platform_verifier::ConfigVerifierExt;
use std::str::FromStr;
use std::time::Duration;
use tokio_postgres_rustls::MakeRustlsConnect;

/// How long a connection may take to be made.
const CONNECT: Duration = Duration::from_secs(5);

/// How long the server may work at one question, as it counts: milliseconds.
const STATEMENT_MS: u32 = 20_000;

/// Knows how to connect.
pub struct Connector {
    config: Config,
    /// For people: host, port and database.
    name: String,
}

impl Connector {
    /// # Errors
    /// `bad-provider`: the address is none, or has a password in it.
    pub fn new(url: &str, password: Option<String>) -> Result<Self, Box<Diagnostic>> {
        let mut config = Config::from_str(url).map_err(|e| {
            // What it says may quote the address, and that may hold a password.
            let _ = e;
            let problem = Diagnostic::usage("bad-provider", "this is no address of PostgreSQL");
            Box::new(problem.hint("write it as `postgres://user@host:5432/database`"))
        })?;
        if config.get_password().is_some() {
            let problem = Diagnostic::usage("bad-provider", "the address holds a password")
                .note("a Memefile is read by many, and shown in messages")
                .hint(
                    "put the password into the environment, and name the variable in `secret-env`",
                );
            return Err(Box::new(problem));
        }
        if let Some(password) = password {
            config.password(password);
        }
        config.connect_timeout(CONNECT).application_name("memebuild");
        let host = match config.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => "localhost".to_owned(),
        };
        let port = config.get_ports().first().copied().unwrap_or(5432);
        let database = config.get_dbname().unwrap_or("the user's database");
        let name = format!("PostgreSQL {host}:{port}/{database}");
        Ok(Self { config, name })
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// A connection that looks into one schema only.
    ///
    /// # Errors
    /// `provider`: nobody answers, or not to us.
    pub fn connect(&self, schema: &str) -> Result<Client, Box<Diagnostic>> {
        // Who is first to need it installs it; the same one serves all.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let tls =
            rustls::ClientConfig::with_platform_verifier().map_err(|e| failure(&self.name, e))?;
        let mut client = self.config.connect(MakeRustlsConnect::new(tls)).map_err(|e| {
            let problem = failure(&self.name, told(&e));
            Box::new(problem.hint("is the server up, and are user, database and password right?"))
        })?;
        client
            .batch_execute(&format!(
                "SET search_path TO {schema}, public; SET statement_timeout TO {STATEMENT_MS}; \
                 SET jit TO off; \
                 SET client_min_messages TO warning"
            ))
            .map_err(|e| failure(&self.name, told(&e)))?;
        Ok(client)
    }
}

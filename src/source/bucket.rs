//! Objects of a bucket: listed, chosen by glob and sample, fetched.

use super::listed::{self, Wanted, block_on};
use super::part::Part;
use super::sample::sample;
use super::transfer::{Answer, Body, Known, Remote, Trouble};
use super::{Job, Report, http, name};
use crate::contract::origin::{Bucket, Terms};
use crate::contract::rights::Provenance;
use crate::diagnostic::Diagnostic;
use futures_util::StreamExt;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use object_store::aws::AmazonS3Builder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::{ClientOptions, Error, GetOptions, GetRange, ObjectStore, RetryConfig};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Most objects that a listing may have.
const MOST: usize = 1_000_000;

pub(super) fn fetch(job: &Job<'_>, bucket: &Bucket) -> Result<Report, Diagnostic> {
    let place = Place::parse(&bucket.url);
    let pinned = job.pinned.filter(|pinned| pinned.selection == job.selection());
    if job.mode.locked && pinned.is_none() {
        return Err(job.locked("what is declared is not what is pinned"));
    }
    let store = Store { place: place.clone(), opened: OnceLock::new() };
    let keys: BTreeMap<String, Option<String>> = match pinned {
        Some(pinned) if !job.mode.update => {
            let before = pinned.items.keys().cloned();
            let missing = if job.mode.locked { Default::default() } else { job.folder().missing() };
            before.chain(missing.into_keys()).map(|key| (key, None)).collect()
        }
        _ if job.mode.offline => return Err(job.offline("has to be listed")),
        _ => match block_on(job.cancel, list(&store, job.terms)) {
            Ok(Some(Ok(listed))) if listed.is_empty() => {
                let message = format!("`{}` has no objects that are asked for", bucket.url);
                return Ok(undecided(job, Diagnostic::error("empty-bucket", message)));
            }
            Ok(Some(Ok(listed))) => choose(listed, bucket.sample, job.seed),
            Ok(Some(Err(why))) => {
                let message = format!("cannot list `{}`: {why}", bucket.url);
                let problem = Diagnostic::error("bucket", message);
                return Ok(undecided(job, problem.hint(place.hint())));
            }
            Ok(None) => return Ok(Report { cancelled: true, ..unchanged(job) }),
            Err(problem) => return Err(problem),
        },
    };
    let wanted = keys
        .into_iter()
        .map(|(key, etag)| {
            let url = place.url_of(&key);
            let wanted = Wanted {
                file: name::file_name(&key),
                provenance: Provenance {
                    source_url: Some(url).filter(|url| url.len() <= 2000),
                    platform: Some(place.platform()),
                    ..Provenance::default()
                },
                checksum: None,
                etag,
                remote: key.clone(),
            };
            (key, wanted)
        })
        .collect();
    Ok(listed::fetch(job, wanted, |key| Object {
        store: &store,
        key: Key::parse(key).unwrap_or_default(),
    }))
}

/// What was pinned stays as it is.
fn unchanged(job: &Job<'_>) -> Report {
    let lock = job.pinned.cloned().unwrap_or_default();
    Report { lock, undecided: true, ..Report::default() }
}

fn undecided(job: &Job<'_>, problem: Diagnostic) -> Report {
    Report { failures: vec![problem], ..unchanged(job) }
}

/// Keys, and what the listing calls their version.
type Listed = BTreeMap<String, Option<String>>;

fn choose(mut listed: Listed, count: Option<u32>, seed: u64) -> Listed {
    let Some(count) = count else { return listed };
    let drawn = sample(listed.keys().cloned().collect(), count, seed);
    drawn.into_iter().filter_map(|key| listed.remove_entry(&key)).collect()
}

async fn list(store: &Store, terms: &Terms) -> Result<Listed, String> {
    let opened = store.open()?;
    let prefix = store.place.prefix();
    let (include, exclude) = (globs(&terms.include), globs(&terms.exclude));
    let mut found = Listed::new();
    let mut stream = opened.list(Some(&prefix).filter(|prefix| !prefix.as_ref().is_empty()));
    while let Some(meta) = stream.next().await {
        let meta = meta.map_err(|error| shown(&error))?;
        let key = meta.location.to_string();
        let below = key.strip_prefix(prefix.as_ref()).unwrap_or(&key).trim_start_matches('/');
        let asked =
            (terms.include.is_empty() || include.is_match(below)) && !exclude.is_match(below);
        // Empty objects stand for folders.
        if asked && meta.size > 0 {
            found.insert(key, meta.e_tag);
        }
        if found.len() > MOST {
            return Err(format!("there are more than {MOST} objects; name a longer prefix"));
        }
    }
    Ok(found)
}

/// The globs of a source; they were compiled once when it was declared.
pub(super) fn globs(patterns: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        if let Ok(glob) = GlobBuilder::new(pattern).literal_separator(true).build() {
            set.add(glob);
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}

/// Where objects lie.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    S3 { bucket: String, prefix: String },
    Google { bucket: String, prefix: String },
    Folder(PathBuf),
}

impl Place {
    fn parse(url: &str) -> Self {
        let split = |rest: &str| {
            let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
            (bucket.to_owned(), prefix.trim_matches('/').to_owned())
        };
        if let Some((bucket, prefix)) = url.strip_prefix("s3://").map(split) {
            Self::S3 { bucket, prefix }
        } else if let Some((bucket, prefix)) = url.strip_prefix("gs://").map(split) {
            Self::Google { bucket, prefix }
        } else {
            Self::Folder(url.trim_start_matches("file://").into())
        }
    }

    fn prefix(&self) -> Key {
        match self {
            Self::S3 { prefix, .. } | Self::Google { prefix, .. } => Key::from(prefix.as_str()),
            Self::Folder(_) => Key::default(),
        }
    }

    fn platform(&self) -> String {
        match self {
            Self::S3 { bucket, .. } => format!("s3://{bucket}"),
            Self::Google { bucket, .. } => format!("gs://{bucket}"),
            Self::Folder(folder) => format!("file://{}", folder.display()),
        }
    }

    fn url_of(&self, key: &str) -> String {
        format!("{}/{key}", self.platform().trim_end_matches('/'))
    }

    /// What people look at where it cannot be reached.
    fn hint(&self) -> &'static str {
        match self {
            Self::S3 { .. } => {
                "credentials and endpoint come from the environment: AWS_ACCESS_KEY_ID, \
                 AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL; for a public bucket \
                 AWS_SKIP_SIGNATURE=true"
            }
            Self::Google { .. } => {
                "credentials come from the environment: GOOGLE_APPLICATION_CREDENTIALS; for a \
                 public bucket GOOGLE_SKIP_SIGNATURE=true"
            }
            Self::Folder(_) => "check the path; it is absolute",
        }
    }
}

/// A store that is opened when something is asked of it.
struct Store {
    place: Place,
    opened: OnceLock<Result<Arc<dyn ObjectStore>, String>>,
}

impl Store {
    fn open(&self) -> Result<&Arc<dyn ObjectStore>, String> {
        let opened = self.opened.get_or_init(|| open(&self.place).map_err(|error| shown(&error)));
        opened.as_ref().map_err(Clone::clone)
    }
}

fn open(place: &Place) -> Result<Arc<dyn ObjectStore>, Error> {
    http::tls();
    // Attempts are counted in one place, and that is not here.
    let retry = RetryConfig {
        max_retries: 1,
        retry_timeout: Duration::from_secs(30),
        ..RetryConfig::default()
    };
    let insecure = |endpoint: Option<String>| {
        let plain = endpoint.is_some_and(|endpoint| endpoint.starts_with("http://"));
        ClientOptions::new().with_allow_http(plain).with_connect_timeout(Duration::from_secs(10))
    };
    Ok(match place {
        Place::S3 { bucket, .. } => {
            let named = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"];
            let endpoint = named.iter().find_map(|name| std::env::var(name).ok());
            let builder = AmazonS3Builder::from_env().with_bucket_name(bucket).with_retry(retry);
            Arc::new(builder.with_client_options(insecure(endpoint)).build()?)
        }
        Place::Google { bucket, .. } => {
            let builder =
                GoogleCloudStorageBuilder::from_env().with_bucket_name(bucket).with_retry(retry);
            let emulator = std::env::var("STORAGE_EMULATOR_HOST").ok().filter(|h| !h.is_empty());
            let Some(host) = emulator else { return Ok(Arc::new(builder.build()?)) };
            let url = if host.contains("://") { host } else { format!("http://{host}") };
            let builder = builder.with_base_url(&url).with_skip_signature(true);
            Arc::new(builder.with_client_options(insecure(Some(url))).build()?)
        }
        Place::Folder(folder) => Arc::new(LocalFileSystem::new_with_prefix(folder)?),
    })
}

/// One object to ask for.
struct Object<'s> {
    store: &'s Store,
    key: Key,
}

impl Remote for Object<'_> {
    async fn open(&self, part: &Part, resume: bool, known: Known<'_>) -> Result<Answer, Trouble> {
        let store = self.store.open().map_err(Trouble::Lasting)?;
        self.stays_inside()?;
        let mut options = GetOptions::default();
        if resume {
            options.range = Some(GetRange::Offset(part.len()));
            options.if_match = part.validator().map(str::to_owned);
        } else {
            options.if_none_match = known.etag.map(str::to_owned);
        }
        let got = match store.get_opts(&self.key, options).await {
            Ok(got) => got,
            Err(Error::NotModified { .. }) => return Ok(Answer::Same),
            Err(Error::Precondition { .. }) if resume => {
                return Ok(Answer::Changed);
            }
            Err(error @ (Error::Generic { .. } | Error::JoinError { .. })) => {
                return Err(Trouble::passing(shown(&error)));
            }
            Err(error) => return Err(Trouble::Lasting(shown(&error))),
        };
        let (start, total) = (got.range.start, Some(got.meta.size));
        let etag = got.meta.e_tag.clone();
        let modified = None;
        let bytes = got.into_stream().map(|chunk| chunk.map_err(|error| shown(&error))).boxed();
        Ok(Answer::Body(Body { start, total, etag, modified, name: None, bytes }))
    }
}

impl Object<'_> {
    /// A link in a folder may not lead out of it.
    fn stays_inside(&self) -> Result<(), Trouble> {
        let Place::Folder(folder) = &self.store.place else { return Ok(()) };
        let home = folder.canonicalize();
        let real = folder.join(self.key.as_ref()).canonicalize();
        match (home, real) {
            (Ok(home), Ok(real)) if !real.starts_with(&home) => {
                Err(Trouble::Lasting("it is a link that leads out of the folder".to_owned()))
            }
            _ => Ok(()),
        }
    }
}

/// A store's error in one line, without addresses that it asked.
fn shown(error: &Error) -> String {
    let why = match error {
        Error::NotFound { .. } => return "there is no such object".to_owned(),
        Error::PermissionDenied { .. } => return "permission was denied".to_owned(),
        Error::Unauthenticated { .. } => return "the credentials were not accepted".to_owned(),
        other => {
            let mut last: &dyn std::error::Error = other;
            while let Some(inner) = last.source() {
                last = inner;
            }
            last.to_string()
        }
    };
    let words: Vec<&str> = why.split_whitespace().filter(|word| !word.contains("://")).collect();
    name::line(&words.join(" "), 300).unwrap_or_else(|| "it failed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_read_as_declared() {
        let place = Place::parse("s3://memes/music/loud/");
        assert_eq!(place, Place::S3 { bucket: "memes".into(), prefix: "music/loud".into() });
        assert_eq!(place.url_of("music/loud/a.mp3"), "s3://memes/music/loud/a.mp3");
        assert_eq!(Place::parse("file:///srv/memes"), Place::Folder("/srv/memes".into()));
        assert_eq!(Place::parse("gs://memes").prefix(), Key::default());
    }
}

//! Recordings on an S3-compatible store.

mod http;

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3, AmazonS3Builder};
use object_store::list::{PaginatedListOptions, PaginatedListStore};
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectStore, ObjectStoreExt, RetryConfig};
use uncall_switch::Version;

use super::index::Place;
use super::opened::{Listed, Opened, Source};
use super::options::BucketOptions;

/// An agent is waiting, so try only twice more, and no longer than this.
const RETRIES: usize = 2;
const PATIENCE: Duration = Duration::from_secs(10);

/// The bucket, from a prefix on.
pub(super) struct Bucket {
    store: Arc<AmazonS3>,
    name: String,
    /// Without slashes at the ends.
    prefix: String,
}

/// An object as it was when it was opened.
#[derive(Debug, Clone)]
struct Object {
    store: Arc<AmazonS3>,
    path: Path,
    tag: Option<String>,
}

impl Bucket {
    /// The error says which options do not fit.
    pub(super) fn new(options: &BucketOptions) -> io::Result<Bucket> {
        let mut builder = AmazonS3Builder::new()
            .with_bucket_name(&options.bucket)
            .with_region(&options.region)
            .with_virtual_hosted_style_request(options.virtual_host)
            .with_retry(RetryConfig { max_retries: RETRIES, retry_timeout: PATIENCE, ..RetryConfig::default() })
            .with_http_connector(http::Connector::new()?);
        if let Some(endpoint) = &options.endpoint {
            // A store on the local network may do without TLS; http in the settings is intended.
            builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
        }
        if let Some(key) = &options.key {
            builder = builder.with_access_key_id(&key.id).with_secret_access_key(key.secret.expose());
            if let Some(token) = &key.token {
                builder = builder.with_token(token.expose());
            }
        }
        let store = Arc::new(builder.build().map_err(io::Error::from)?);
        Ok(Bucket { store, name: options.bucket.clone(), prefix: options.prefix.trim_matches('/').to_owned() })
    }

    /// The key for this path, without a slash at its end.
    fn key(&self, path: &str) -> String {
        let parts = [self.prefix.as_str(), path];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    }

    pub(super) fn list(&self, path: &str) -> BoxStream<'static, io::Result<Vec<Listed>>> {
        let key = self.key(path);
        let prefix = (!key.is_empty()).then(|| format!("{key}/"));
        let store = Arc::clone(&self.store);
        /// The progress of a listing.
        enum At {
            Page(Option<String>),
            End,
        }
        stream::try_unfold(At::Page(None), move |at| {
            let (store, prefix) = (Arc::clone(&store), prefix.clone());
            async move {
                let At::Page(page_token) = at else { return Ok(None) };
                let wanted =
                    PaginatedListOptions { delimiter: Some("/".into()), page_token, ..PaginatedListOptions::default() };
                let page = store.list_paginated(prefix.as_deref(), wanted).await.map_err(io::Error::from)?;
                let name = |path: &Path| path.filename().map(str::to_owned);
                let folders = page.result.common_prefixes.iter().filter_map(name).map(Listed::Folder);
                let files = page.result.objects.iter().filter_map(|object| name(&object.location)).map(Listed::File);
                let listed = folders.chain(files).collect::<Vec<_>>();
                Ok(Some((listed, page.page_token.map_or(At::End, |token| At::Page(Some(token))))))
            }
        })
        .boxed()
    }

    pub(super) async fn open(&self, place: &Place) -> io::Result<Option<Opened>> {
        // Names come from listings, and none in the index has a character that would be escaped.
        let path = Path::parse(self.key(&format!("{}/{}", place.folder, place.name)).replace("//", "/"))
            .map_err(io::Error::other)?;
        let meta = match self.store.head(&path).await {
            Ok(meta) => meta,
            Err(object_store::Error::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let modified = SystemTime::from(meta.last_modified);
        let tag = match &meta.e_tag {
            Some(tag) => tag.trim_matches('"').to_owned(),
            None => format!("{:x}-{:x}", meta.last_modified.timestamp_millis(), meta.size),
        };
        let object = Object { store: Arc::clone(&self.store), path, tag: meta.e_tag };
        let version = Version { tag, modified: Some(modified) };
        Ok(Some(Opened { length: meta.size, version, bytes: Box::new(object) }))
    }

    pub(super) fn described(&self) -> String {
        format!("the bucket {}/{}", self.name, self.prefix)
    }
}

impl Source for Object {
    /// Makes one request for all of it when the first byte is polled for.
    fn read(&self, range: Range<u64>) -> BoxStream<'static, io::Result<Bytes>> {
        if range.start >= range.end {
            return stream::empty().boxed();
        }
        let object = self.clone();
        let opened = async move {
            let wanted =
                GetOptions { range: Some(GetRange::Bounded(range)), if_match: object.tag, ..GetOptions::default() };
            let got = object.store.get_opts(&object.path, wanted).await.map_err(io::Error::from)?;
            Ok::<_, io::Error>(got.into_stream().map_err(io::Error::from))
        };
        stream::once(opened).try_flatten().boxed()
    }
}

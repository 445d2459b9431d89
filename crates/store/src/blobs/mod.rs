//! Large content objects: files or S3.
//!
//! Both are reached through `object_store`. An object's path is its id behind the id's last two letters, which are random, so that no folder
//! grows large. Files are written under a temporary name, flushed, renamed, and their folder is flushed
//! (`LocalFileSystem::with_fsync`; without it nothing is flushed). Deleting is not flushed; it need not be, since the keys are gone by then.
//!
//! Writing holds one part in memory: small for files, 5 MiB for S3, whose multipart uploads demand it. An object of one part is put
//! in one request, on the condition that there is none of this name.
//!
//! A writer that died leaves something behind: a whole object that no row refers to, or an upload without an end, which is a file `name#1`
//! here and an open multipart upload there. The sweep finds the first by [`BlobWalk`] and the second in [`unfinished`].

mod unfinished;

use std::{ops::Range, sync::Arc};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream, stream::BoxStream};
use jiff::Timestamp;
use model::id::BlobId;
use object_store::{
    GetOptions, GetRange, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutMode, PutOptions,
    aws::AmazonS3Builder, local::LocalFileSystem, path::Path,
};
use tokio::runtime::Handle;

use crate::{BlobSettings, S3Settings, StoreError};
use unfinished::Uploads;

/// Bytes of a part of a file.
const FILE_PART_BYTES: usize = 512 * 1024;
/// Bytes of a part of an S3 upload: the least that S3 allows for all but the last.
const S3_PART_BYTES: usize = 5 * 1024 * 1024;
/// The letters that ids are shown in.
const LETTERS: &str = "abcdefghijklmnopqrstuvwxyz234567";
/// Every how many of them can end an id: its last letter stands for three bits only.
const LAST_LETTERS_STEP: usize = 4;

/// The blob store.
#[derive(Clone)]
pub(crate) struct BlobStore {
    objects: Arc<dyn ObjectStore>,
    uploads: Uploads,
    part_bytes: usize,
}

fn unavailable(error: impl std::fmt::Display) -> StoreError {
    StoreError::Unavailable(error.to_string())
}

fn settings(error: impl std::fmt::Display) -> StoreError {
    StoreError::Settings(error.to_string())
}

/// The path of an object: `7q/…7q`.
fn path(id: BlobId) -> Path {
    let shown = id.to_string();
    let folder = shown.get(shown.len() - 2..).unwrap_or_default();
    Path::from(format!("{folder}/{shown}"))
}

/// The folders that objects lie in. Whatever else lies beside them, such as the `lost+found` of a file system, is not even looked into.
fn folders() -> impl Iterator<Item = String> {
    LETTERS
        .chars()
        .flat_map(|first| LETTERS.chars().step_by(LAST_LETTERS_STEP).map(move |last| format!("{first}{last}")))
}

impl BlobStore {
    pub(crate) fn open(blobs: BlobSettings) -> Result<Self, StoreError> {
        match blobs {
            BlobSettings::Files { dir } => {
                std::fs::create_dir_all(&dir).map_err(settings)?;
                let files = LocalFileSystem::new_with_prefix(&dir).map_err(settings)?.with_fsync(true);
                Ok(Self { objects: Arc::new(files), uploads: Uploads::in_files(dir), part_bytes: FILE_PART_BYTES })
            }
            BlobSettings::S3(s3) => {
                let allow_http = is_plain(&s3.endpoint)?;
                let bucket = Arc::new(open_s3(s3, allow_http)?);
                let uploads = Uploads::in_bucket(Arc::clone(&bucket), allow_http)?;
                Ok(Self { objects: bucket, uploads, part_bytes: S3_PART_BYTES })
            }
        }
    }

    /// Whether the store answers: looks for an object that is not there.
    pub(crate) async fn ping(&self) -> Result<(), StoreError> {
        match self.objects.head(&path(BlobId::from_bytes([0; 16]))).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }

    pub(crate) fn writer(&self, id: BlobId) -> BlobWriter {
        BlobWriter { store: self.clone(), path: path(id), upload: None, part: Vec::new(), size_bytes: 0 }
    }

    pub(crate) async fn reader(&self, id: BlobId, range: Option<Range<u64>>) -> Result<Option<BlobReader>, StoreError> {
        if range.as_ref().is_some_and(Range::is_empty) {
            return Ok(Some(BlobReader::inline(Vec::new(), None)));
        }
        let options = GetOptions { range: range.clone().map(GetRange::Bounded), ..GetOptions::default() };
        match self.objects.get_opts(&path(id), options).await {
            Ok(found) => Ok(Some(BlobReader { stream: found.into_stream().map_err(unavailable).boxed() })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => {
                self.beyond_end(id, range).await?.map_or_else(|| Err(unavailable(error)), |empty| Ok(Some(empty)))
            }
        }
    }

    /// An empty reader if the range begins at or beyond the end of the object, which stores refuse to read.
    async fn beyond_end(&self, id: BlobId, range: Option<Range<u64>>) -> Result<Option<BlobReader>, StoreError> {
        let Some(range) = range else { return Ok(None) };
        let size_bytes = self.objects.head(&path(id)).await.map_err(unavailable)?.size;
        Ok((range.start >= size_bytes).then(|| BlobReader::inline(Vec::new(), None)))
    }

    pub(crate) async fn delete(&self, id: BlobId) -> Result<(), StoreError> {
        match self.objects.delete(&path(id)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(unavailable(error)),
        }
    }

    pub(crate) fn walk(&self, written: Range<Timestamp>) -> BlobWalk {
        let objects = Arc::clone(&self.objects);
        let found = stream::iter(folders()).flat_map(move |folder| objects.list(Some(&Path::from(folder))));
        let blobs = found.map_err(unavailable).try_filter_map(move |object| {
            let blob = blob_of(&object).map(|blob| (blob, created_at(blob)));
            std::future::ready(Ok(blob.filter(|(_, created_at)| is_within(&written, *created_at, written_at(&object)))))
        });
        BlobWalk { blobs: blobs.fuse().boxed() }
    }

    pub(crate) async fn abort_unfinished(&self, before: Timestamp) -> Result<u64, StoreError> {
        self.uploads.abort_before(before).await
    }
}

/// The content object that lies there, if it is one: a bucket may hold other things too.
fn blob_of(object: &ObjectMeta) -> Option<BlobId> {
    let id: BlobId = object.location.filename()?.parse().ok()?;
    (path(id) == object.location).then_some(id)
}

fn written_at(object: &ObjectMeta) -> Timestamp {
    Timestamp::from_microsecond(object.last_modified.timestamp_micros()).unwrap_or(Timestamp::MAX)
}

/// When an object was begun, to the millisecond, as its id says. Copying the blob store keeps this, whereas it dates every file anew.
fn created_at(id: BlobId) -> Timestamp {
    let millis = id.as_bytes().iter().take(6).fold(0, |millis, byte| millis << 8 | i64::from(*byte));
    Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX)
}

/// Whether an object was begun in this span of time, and ended before its end.
fn is_within(span: &Range<Timestamp>, created_at: Timestamp, written_at: Timestamp) -> bool {
    let from_start = created_at.as_millisecond() >= span.start.as_millisecond();
    from_start && created_at < span.end && written_at < span.end
}

/// Whether the endpoint is spoken to without TLS, which is allowed on this machine only (P1).
fn is_plain(endpoint: &str) -> Result<bool, StoreError> {
    let plain = endpoint.strip_prefix("http://");
    let allowed = match plain {
        Some(rest) => is_loopback(rest.split(['/', '?', '#']).next().unwrap_or_default()),
        None => endpoint.starts_with("https://"),
    };
    if !allowed {
        return Err(StoreError::Settings("the S3 endpoint must be https, except on loopback".into()));
    }
    Ok(plain.is_some())
}

fn open_s3(s3: S3Settings, allow_http: bool) -> Result<object_store::aws::AmazonS3, StoreError> {
    AmazonS3Builder::new()
        .with_allow_http(allow_http)
        .with_endpoint(s3.endpoint)
        .with_bucket_name(s3.bucket)
        .with_region(s3.region)
        .with_access_key_id(s3.access_key_id)
        .with_secret_access_key(s3.secret_access_key)
        .build()
        .map_err(settings)
}

/// Whether `host:port` is on this machine.
fn is_loopback(authority: &str) -> bool {
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Writes a large content object piece by piece. Dropped without [`BlobWriter::finish`], it leaves nothing.
pub struct BlobWriter {
    store: BlobStore,
    path: Path,
    upload: Option<Box<dyn MultipartUpload>>,
    part: Vec<u8>,
    size_bytes: u64,
}

impl BlobWriter {
    /// Appends bytes.
    pub async fn write(&mut self, mut bytes: &[u8]) -> Result<(), StoreError> {
        self.size_bytes += bytes.len() as u64;
        while self.part.len() + bytes.len() > self.store.part_bytes {
            let (now, later) = bytes.split_at(self.store.part_bytes - self.part.len());
            self.part.extend_from_slice(now);
            bytes = later;
            self.flush_part().await?;
        }
        self.part.extend_from_slice(bytes);
        Ok(())
    }

    /// Makes the object durable under its name. Answers its size in bytes.
    pub async fn finish(mut self) -> Result<u64, StoreError> {
        if self.upload.is_none() {
            let options = PutOptions { mode: PutMode::Create, ..PutOptions::default() };
            let part = std::mem::take(&mut self.part);
            self.store.objects.put_opts(&self.path, part.into(), options).await.map_err(unavailable)?;
            return Ok(self.size_bytes);
        }
        self.flush_part().await?;
        if let Some(upload) = &mut self.upload {
            upload.complete().await.map_err(unavailable)?;
        }
        self.upload = None;
        Ok(self.size_bytes)
    }

    async fn flush_part(&mut self) -> Result<(), StoreError> {
        let part = std::mem::take(&mut self.part);
        let upload = match &mut self.upload {
            Some(upload) => upload,
            None => self.upload.insert(self.store.objects.put_multipart(&self.path).await.map_err(unavailable)?),
        };
        upload.put_part(part.into()).await.map_err(unavailable)
    }
}

/// An unfinished upload is given up. Nobody waits for that: what is cut off by a shutdown is found by the sweep.
impl Drop for BlobWriter {
    fn drop(&mut self) {
        if let (Some(mut upload), Ok(runtime)) = (self.upload.take(), Handle::try_current()) {
            runtime.spawn(async move {
                if let Err(error) = upload.abort().await {
                    tracing::debug!(%error, "an unfinished upload is left for the sweep");
                }
            });
        }
    }
}

/// Walks over the large content objects, in no order, with a bounded number in memory.
pub struct BlobWalk {
    blobs: BoxStream<'static, Result<(BlobId, Timestamp), StoreError>>,
}

impl BlobWalk {
    /// The next objects and when they were begun, at most `count`; none at the end.
    pub async fn next(&mut self, count: usize) -> Result<Vec<(BlobId, Timestamp)>, StoreError> {
        self.blobs.by_ref().take(count).try_collect().await
    }
}

/// Reads a content object piece by piece.
pub struct BlobReader {
    stream: BoxStream<'static, Result<Bytes, StoreError>>,
}

impl BlobReader {
    pub(crate) fn inline(bytes: Vec<u8>, range: Option<Range<u64>>) -> Self {
        let bytes = Bytes::from(bytes);
        let bytes = match range {
            Some(range) => {
                let [start, end] =
                    [range.start, range.end].map(|at| usize::try_from(at).unwrap_or(usize::MAX).min(bytes.len()));
                bytes.slice(start..end.max(start))
            }
            None => bytes,
        };
        Self { stream: futures_util::stream::iter([Ok(bytes)]).boxed() }
    }

    /// The next piece, `None` at the end. Pieces have any size.
    pub async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        self.stream.next().await.transpose()
    }

    /// Reads all that is left, if it is no more than `bytes_max`.
    pub async fn read_all(mut self, bytes_max: u64) -> Result<Vec<u8>, StoreError> {
        let mut all = Vec::new();
        while let Some(piece) = self.next().await? {
            if (all.len() + piece.len()) as u64 > bytes_max {
                return Err(StoreError::TooLarge { what: "blob to be read whole", bytes_max });
            }
            all.extend_from_slice(&piece);
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_lies_in_one_of_the_folders() {
        let folders: Vec<_> = folders().collect();
        assert_eq!(folders.len(), 256);
        for low in 0..=u8::MAX {
            let id = BlobId::from_bytes([low; 16]);
            let path = path(id).to_string();
            assert!(folders.iter().any(|folder| path.starts_with(&format!("{folder}/"))), "{path}");
        }
        for other in ["lost+found", "AA", "a", "a1"] {
            assert!(!folders.iter().any(|folder| folder == other));
        }
    }

    #[test]
    fn a_copied_object_is_still_from_when_it_was_begun() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut bytes = [0xff; 16];
        bytes[..6].copy_from_slice(&1_790_000_000_123_u64.to_be_bytes()[2..]);
        let created = created_at(BlobId::from_bytes(bytes));
        assert_eq!(created, Timestamp::from_millisecond(1_790_000_000_123).unwrap());
        let span = Timestamp::from_microsecond(1_790_000_000_123_456).unwrap()..at(1_790_000_060);
        assert!(is_within(&span, created, at(1_790_000_059)), "an id knows milliseconds only");
        assert!(!is_within(&span, created, span.end), "it was written, or copied, too lately");
        assert!(!is_within(&span, at(1_789_999_999), at(1_790_000_059)), "copied later, but begun before the span");
        assert!(!is_within(&span, span.end, at(1_790_000_059)));
        let undatable = created_at(BlobId::from_bytes([0xff; 16]));
        assert!(!is_within(&(Timestamp::MIN..Timestamp::MAX), undatable, created));
    }
}

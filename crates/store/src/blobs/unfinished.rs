//! Uploads that were begun and never finished, because their process died: they hold room, and nobody will ever read them.
//!
//! In files they are the temporary names that a file is written under, `ID#1`. In S3 they are open multipart uploads, which
//! `object_store` cannot list; so this asks for them itself (`ListMultipartUploads` of the S3 interface), with a signed URL.

use std::{
    fs, io,
    path::{Path as FilePath, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use futures_util::{Stream, TryStreamExt};
use jiff::Timestamp;
use model::id::BlobId;
use object_store::{
    ClientOptions,
    aws::AmazonS3,
    client::{HttpClient, HttpConnector, HttpRequest, HttpRequestBody, ReqwestConnector},
    multipart::MultipartStore,
    path::Path,
    signer::{Method, SignedUrlOptions, Signer},
};
use serde::Deserialize;

use super::{folders, path, settings, unavailable};
use crate::StoreError;

/// How long a signed URL is good for; it is used at once.
const SIGNED_FOR: Duration = Duration::from_mins(5);
/// The largest answer that is read: a page has at most 1000 uploads.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// How many uploads may fail to be given up before the rest waits for another time.
const FAILURES_MAX: u32 = 20;

/// Where unfinished uploads are found.
#[derive(Clone)]
pub(super) enum Uploads {
    Files(PathBuf),
    Bucket(Bucket),
}

/// A bucket, and what asks it.
#[derive(Clone)]
pub(super) struct Bucket {
    objects: Arc<AmazonS3>,
    client: HttpClient,
}

/// One page of open multipart uploads, as the S3 interface writes it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page {
    #[serde(default, rename = "Upload")]
    uploads: Vec<Upload>,
    #[serde(default)]
    is_truncated: bool,
    #[serde(default)]
    next_key_marker: String,
    #[serde(default)]
    next_upload_id_marker: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Upload {
    key: String,
    #[serde(rename = "UploadId")]
    id: String,
    initiated: Timestamp,
}

impl Uploads {
    pub(super) const fn in_files(dir: PathBuf) -> Self {
        Self::Files(dir)
    }

    pub(super) fn in_bucket(objects: Arc<AmazonS3>, allow_http: bool) -> Result<Self, StoreError> {
        let options = ClientOptions::new().with_allow_http(allow_http);
        let client = ReqwestConnector::default().connect(&options).map_err(settings)?;
        Ok(Self::Bucket(Bucket { objects, client }))
    }

    /// Gives up what was begun before `before`. Answers how many uploads that were.
    pub(super) async fn abort_before(&self, before: Timestamp) -> Result<u64, StoreError> {
        match self {
            Self::Files(dir) => {
                let dir = dir.clone();
                tokio::task::spawn_blocking(move || remove_temporary(&dir, before.into())).await.map_err(unavailable)
            }
            Self::Bucket(bucket) => bucket.abort_before(before).await,
        }
    }
}

impl Bucket {
    async fn abort_before(&self, before: Timestamp) -> Result<u64, StoreError> {
        let (mut aborted, mut failures) = (0, 0);
        let mut page = Page::default();
        loop {
            page = self.page_after(&page).await?;
            for upload in page.uploads.iter().filter(|upload| upload.initiated < before) {
                let Some(path) = path_of(&upload.key) else { continue };
                match self.objects.abort_multipart(&path, &upload.id).await {
                    Ok(()) => aborted += 1,
                    // It ended meanwhile.
                    Err(object_store::Error::NotFound { .. }) => {}
                    Err(error) if failures < FAILURES_MAX => {
                        failures += 1;
                        tracing::warn!(%path, %error, "an open upload could not be given up");
                    }
                    Err(error) => return Err(unavailable(error)),
                }
            }
            if !page.is_truncated {
                return Ok(aborted);
            }
        }
    }

    async fn page_after(&self, before: &Page) -> Result<Page, StoreError> {
        let mut query = vec![("uploads", "")];
        if before.is_truncated {
            query.push(("key-marker", before.next_key_marker.as_str()));
            query.push(("upload-id-marker", before.next_upload_id_marker.as_str()));
        }
        let options = SignedUrlOptions::new().with_query(query);
        let url = self.objects.signed_url_opts(Method::GET, &Path::default(), SIGNED_FOR, &options).await;
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        *request.uri_mut() = url.map_err(unavailable)?.as_str().parse().map_err(unavailable)?;
        let response = self.client.execute(request).await.map_err(unavailable)?;
        if !response.status().is_success() {
            return Err(unavailable(format!("open uploads cannot be listed: {}", response.status())));
        }
        let bytes = read_page(response.into_body().bytes_stream()).await?;
        let page: Page = quick_xml::de::from_reader(bytes.as_slice()).map_err(unavailable)?;
        if page.leads_back_to(before) {
            return Err(unavailable("the list of open uploads does not go on"));
        }
        Ok(page)
    }
}

impl Page {
    /// Whether asking for what follows would answer the same page again, for ever.
    fn leads_back_to(&self, before: &Self) -> bool {
        let next = |page: &Self| (page.next_key_marker.clone(), page.next_upload_id_marker.clone());
        self.is_truncated && next(self) == next(before)
    }
}

/// Reads an answer, no further than to its limit.
async fn read_page<E: std::fmt::Display>(body: impl Stream<Item = Result<Bytes, E>>) -> Result<Vec<u8>, StoreError> {
    let mut body = std::pin::pin!(body);
    let mut page = Vec::new();
    while let Some(piece) = body.try_next().await.map_err(unavailable)? {
        if page.len() + piece.len() > PAGE_BYTES_MAX {
            return Err(unavailable("the list of open uploads is too large"));
        }
        page.extend_from_slice(&piece);
    }
    Ok(page)
}

/// The path of a key that a content object can have; other things in the bucket are left alone.
fn path_of(key: &str) -> Option<Path> {
    let id: BlobId = key.rsplit('/').next()?.parse().ok()?;
    Some(path(id)).filter(|path| path.as_ref() == key)
}

/// Removes temporary files of content objects that were last written before `before`. What cannot be read or removed is left.
fn remove_temporary(dir: &FilePath, before: SystemTime) -> u64 {
    folders().map(|folder| remove_temporary_in(&dir.join(folder), before)).sum()
}

fn remove_temporary_in(folder: &FilePath, before: SystemTime) -> u64 {
    let files = match fs::read_dir(folder) {
        Ok(files) => files,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return 0,
        Err(error) => {
            tracing::warn!(folder = %folder.display(), %error, "half-written files are not looked for");
            return 0;
        }
    };
    let mut removed = 0;
    for file in files.filter_map(Result::ok) {
        match remove_if_temporary(&file, before) {
            Ok(gone) => removed += u64::from(gone),
            Err(error) => tracing::warn!(file = %file.path().display(), %error, "a half-written file is left there"),
        }
    }
    removed
}

fn remove_if_temporary(file: &fs::DirEntry, before: SystemTime) -> io::Result<bool> {
    if !is_temporary(&file.file_name().to_string_lossy()) || !is_older(file, before)? {
        return Ok(false);
    }
    Ok(unless_gone(fs::remove_file(file.path()))?.is_some())
}

/// `ID#` and a number.
fn is_temporary(name: &str) -> bool {
    name.split_once('#').is_some_and(|(id, number)| id.parse::<BlobId>().is_ok() && number.parse::<u32>().is_ok())
}

fn is_older(file: &fs::DirEntry, before: SystemTime) -> io::Result<bool> {
    let written = unless_gone(file.metadata())?.map(|metadata| metadata.modified()).transpose()?;
    Ok(written.is_some_and(|at| at < before))
}

/// `None` where the file has gone meanwhile, finished or removed by somebody else.
fn unless_gone<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::{StreamExt, stream};

    use super::*;

    #[test]
    fn a_page_is_read_as_the_interface_writes_it() {
        let page: Page = quick_xml::de::from_str(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <ListMultipartUploadsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>blobs</Bucket><KeyMarker/>\
             <NextKeyMarker>ab/x&amp;y</NextKeyMarker><NextUploadIdMarker>u+/=</NextUploadIdMarker><MaxUploads>2</MaxUploads>\
             <IsTruncated>true</IsTruncated>\
             <Upload><Key>ab/one</Key><UploadId>1</UploadId><StorageClass>STANDARD</StorageClass>\
             <Initiated>2010-11-10T20:48:33.000Z</Initiated></Upload>\
             <Upload><Key>ab/two</Key><UploadId>2</UploadId><Initiated>2026-11-22T08:00:00Z</Initiated></Upload>\
             </ListMultipartUploadsResult>",
        )
        .unwrap();
        let keys: Vec<_> =
            page.uploads.iter().map(|upload| (upload.key.as_str(), upload.initiated.as_second())).collect();
        assert_eq!(keys, [("ab/one", 1_289_422_113), ("ab/two", 1_795_334_400)]);
        assert_eq!((page.is_truncated, page.next_key_marker.as_str()), (true, "ab/x&y"));
        assert_eq!(page.next_upload_id_marker, "u+/=");
        let empty: Page = quick_xml::de::from_str("<ListMultipartUploadsResult/>").unwrap();
        assert!(empty.uploads.is_empty() && !empty.is_truncated);
    }

    #[test]
    fn a_list_that_does_not_go_on_is_noticed() {
        let page = |is_truncated, key: &str, upload: &str| Page {
            is_truncated,
            next_key_marker: key.into(),
            next_upload_id_marker: upload.into(),
            ..Page::default()
        };
        let first = page(true, "k", "1");
        for next in [page(true, "k", "2"), page(true, "l", "1"), page(false, "k", "1")] {
            assert!(!next.leads_back_to(&first));
        }
        assert!(first.leads_back_to(&first));
        assert!(!first.leads_back_to(&Page::default()));
        assert!(page(true, "", "").leads_back_to(&Page::default()), "it says that there is more, and not where");
        assert!(!Page::default().leads_back_to(&Page::default()), "an empty list");
    }

    #[tokio::test]
    async fn an_answer_is_read_up_to_its_limit() {
        let piece = Bytes::from(vec![b'x'; PAGE_BYTES_MAX / 4]);
        let pieces = |count| stream::iter(vec![Ok::<_, String>(piece.clone()); count]);
        assert_eq!(read_page(pieces(4)).await.map(|page| page.len()), Ok(PAGE_BYTES_MAX));
        let more = pieces(4).chain(stream::iter([Ok(Bytes::from_static(b"x"))]));
        assert!(read_page(more).await.is_err());
        assert!(read_page(stream::repeat(Ok::<_, String>(piece.clone()))).await.is_err(), "it has no end");
        assert!(read_page(stream::iter([Err("cut off")])).await.is_err());
    }

    #[test]
    fn what_cannot_be_removed_or_is_not_ours_does_not_stop_the_rest() {
        let dir = tempfile::tempdir().unwrap();
        let temporary = |low| {
            let id = BlobId::from_bytes([low; 16]);
            dir.path().join(format!("{}#1", path(id)))
        };
        let (stuck, file) = (temporary(1), temporary(2));
        fs::create_dir_all(stuck.join("not a file")).unwrap();
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(&file, "half").unwrap();
        fs::write(dir.path().join("aa"), "no folder").unwrap();
        let other = dir.path().join("lost+found").join(file.file_name().unwrap());
        fs::create_dir_all(other.parent().unwrap()).unwrap();
        fs::write(&other, "of the file system").unwrap();
        let later = file.metadata().unwrap().modified().unwrap() + Duration::from_mins(1);
        assert_eq!(remove_temporary(dir.path(), later), 1);
        assert!(!file.exists() && stuck.exists() && other.exists());
    }

    #[test]
    fn only_what_content_objects_are_called_is_touched() {
        let id = BlobId::from_bytes([7; 16]);
        let key = path(id);
        assert_eq!(path_of(key.as_ref()), Some(key.clone()));
        for other in [format!("x/{key}"), id.to_string(), format!("zz/{id}"), "report.pdf".into()] {
            assert_eq!(path_of(&other), None, "{other}");
        }
        assert!(is_temporary(&format!("{id}#1")));
        for other in [id.to_string(), format!("{id}#"), format!("{id}#x"), "notes#1".into()] {
            assert!(!is_temporary(&other), "{other}");
        }
    }
}

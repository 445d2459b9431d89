//! The sweep: content that nobody refers to goes, and nothing else.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    path::PathBuf,
    sync::{Arc, Mutex, mpsc},
    thread,
    time::SystemTime,
};

use app::{
    read, sweep,
    write::{self, Upload},
};
use jiff::{SignedDuration, Timestamp};
use model::id::BlobId;
use store::{Folder, S3Settings, testing::S3Server};

use crate::{
    delivery::given_up_anywhere,
    house::{ADA, House, on_both},
    mails::{envelope, special},
};

on_both! {
    p2_what_a_crash_left_behind_goes_and_what_was_accepted_stays
    p2_content_is_left_alone_while_it_may_still_be_on_its_way
    p2_uploads_and_sweeps_at_the_same_time_lose_nothing
    content_from_before_the_database_is_left_alone
    p2_a_database_older_than_its_content_removes_nothing
    one_process_sweeps_and_once_a_day
}

const SECOND: SignedDuration = SignedDuration::from_secs(1);

impl House {
    /// Sets the clock by the file system's, and a little behind.
    fn follow_files(&self) {
        let mark = self.dir.path().join("mark");
        fs::write(&mark, "").unwrap();
        let time = Timestamp::try_from(mark.metadata().unwrap().modified().unwrap()).unwrap();
        self.advance(time.duration_since(self.app.now()) - SignedDuration::from_mins(1));
    }

    /// The files of large content.
    fn large(&self) -> Vec<PathBuf> {
        let folders = fs::read_dir(self.dir.path().join("blobs")).unwrap();
        folders
            .flat_map(|folder| fs::read_dir(folder.unwrap().path()).unwrap())
            .map(|file| file.unwrap().path())
            .collect()
    }

    /// Makes all large content look as if it had been written so long ago.
    fn age_files(&self, age: SignedDuration) {
        let written_at = SystemTime::from(self.app.now() - age);
        for path in self.large() {
            // A half-written file may go while this looks at it.
            if let Ok(file) = File::options().write(true).open(path) {
                file.set_modified(written_at).unwrap();
            }
        }
    }

    /// Writes large content that no row refers to.
    async fn orphan(&self) -> BlobId {
        let id = BlobId::new(self.app.now(), &mut *self.app.entropy());
        let mut writer = self.app.store.blob_writer(id);
        writer.write(b"sealed under a key that nobody has").await.unwrap();
        writer.finish().await.unwrap();
        id
    }

    async fn sweep_now(&self) -> sweep::Swept {
        sweep::schedule(&self.app).await.unwrap();
        sweep::work(&self.app).await.unwrap().expect("it was due")
    }
}

async fn p2_what_a_crash_left_behind_goes_and_what_was_accepted_stays(house: &House) {
    house.follow_files();
    let owner = house.ada().await;
    let recipient = house.judge(ADA).await.unwrap();
    let raw = special("Groß", &"viel Text ".repeat(40_000));
    given_up_anywhere(|| house.accept_with(&raw, envelope(vec![recipient.clone()]))).await.1.unwrap();
    house.pump().await;
    let accepted = house.events().await.iter().filter(|event| *event == "deposited").count() - 1;
    assert!(house.large().len() > accepted, "what was given up between content and transaction left content behind");

    house.advance(sweep::GRACE * 2);
    let mut gone = 0;
    // What was given up may still be on its way to the disk, so that it takes more than one sweep.
    for _ in 0..100 {
        house.age_files(sweep::GRACE + SECOND);
        let swept = house.sweep_now().await;
        gone += swept.blobs + swept.uploads;
        if house.large().len() == accepted {
            break;
        }
    }
    assert!(gone > 0);
    assert_eq!(house.large().len(), accepted);
    let list = read::list(&house.app, &owner, Folder::Inbox, read::Place::Newest, 100).await.unwrap();
    for entry in list.entries.iter().filter(|entry| entry.header.subject == "Groß") {
        assert_eq!(house.eml(&owner, entry.id).await, raw);
    }
}

async fn p2_content_is_left_alone_while_it_may_still_be_on_its_way(house: &House) {
    house.follow_files();
    house.ada().await;
    house.orphan().await;
    house.advance(sweep::GRACE * 2);
    for (age, gone) in [(SECOND, 0), (sweep::GRACE - SECOND, 0), (sweep::GRACE, 0), (sweep::GRACE + SECOND, 1)] {
        house.age_files(age);
        assert_eq!(house.sweep_now().await, sweep::Swept { blobs: gone, ..sweep::Swept::default() }, "{age} old");
    }
    assert!(house.large().is_empty());
}

async fn p2_uploads_and_sweeps_at_the_same_time_lose_nothing(house: &House) {
    house.follow_files();
    let owner = house.ada().await;
    let draft = write::begin(&house.app, &owner, None).await.unwrap();
    let bytes = vec![7; 300_000];
    house.advance(SignedDuration::from_hours(2));
    let uploads = async {
        for number in 0..8 {
            let mut upload = Upload::begin(&house.app, &owner, draft).await.unwrap();
            for piece in bytes.chunks(50_000) {
                upload.write(piece).await.unwrap();
                tokio::task::yield_now().await;
            }
            upload.finish(&format!("{number}.bin"), "application/octet-stream").await.unwrap();
        }
    };
    let sweeps = async {
        for _ in 0..40 {
            assert_eq!(house.sweep_now().await, sweep::Swept::default());
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(uploads, sweeps);
    house.advance(sweep::GRACE * 2);
    assert_eq!(house.sweep_now().await, sweep::Swept::default(), "a draft needs its files however old they are");
    assert_eq!(house.large().len(), 8);
    write::discard(&house.app, &owner, draft).await.unwrap();
    assert_eq!(house.sweep_now().await.blobs, 8, "nobody needs them any more");
}

async fn content_from_before_the_database_is_left_alone(house: &House) {
    house.follow_files();
    house.orphan().await;
    house.advance(sweep::GRACE * 2);
    assert_eq!(house.sweep_now().await, sweep::Swept::default(), "the database remembers nothing at all");
    house.ada().await;
    house.advance(sweep::GRACE * 2);
    house.age_files(sweep::GRACE + SECOND); // as a copy of the blob store is younger than its content
    assert_eq!(
        house.sweep_now().await,
        sweep::Swept::default(),
        "it is another database's, such as one to be restored"
    );
    assert_eq!(house.large().len(), 1);
}

async fn p2_a_database_older_than_its_content_removes_nothing(house: &House) {
    house.follow_files();
    house.ada().await;
    for _ in 0..sweep::LOST_BLOBS_MAX {
        house.orphan().await;
    }
    house.advance(SignedDuration::from_hours(1));
    house.orphan().await;
    house.advance(sweep::GRACE * 2);
    let lost = sweep::LOST_BLOBS_MAX + 1;
    let kept = sweep::Swept { withheld: lost, ..sweep::Swept::default() };
    assert_eq!(house.sweep_now().await, kept);
    assert_eq!(house.large().len() as u64, lost);
    assert_eq!(sweep::work(&house.app).await.unwrap(), None, "it is not tried again soon");
    house.advance(sweep::EVERY);
    assert_eq!(sweep::work(&house.app).await.unwrap(), Some(kept), "but daily");
    fs::remove_file(house.large().pop().unwrap()).unwrap();
    assert_eq!(house.sweep_now().await.blobs, sweep::LOST_BLOBS_MAX, "so few a crash explains");
    assert!(house.large().is_empty());
}

async fn one_process_sweeps_and_once_a_day(house: &House) {
    let app = &house.app;
    assert_eq!(sweep::work(app).await.unwrap(), None, "nothing was scheduled");
    let (one, other) = tokio::join!(sweep::schedule(app), sweep::schedule(app));
    one.and(other).unwrap();
    let (one, other) = tokio::join!(sweep::work(app), sweep::work(app));
    assert_eq!([one.unwrap(), other.unwrap()].iter().flatten().count(), 1);
    assert_eq!(sweep::work(app).await.unwrap(), None);
    house.advance(sweep::EVERY - SECOND);
    assert_eq!(sweep::work(app).await.unwrap(), None);
    house.advance(SECOND);
    assert!(sweep::work(app).await.unwrap().is_some(), "a day later");
    // Another process has begun, and this one starts.
    sweep::schedule(app).await.unwrap();
    let mut tx = app.store.begin().await.unwrap();
    assert_eq!(tx.jobs().lease("sweep", 9, app.now(), app.now() + SECOND).await.unwrap().len(), 1);
    tx.commit().await.unwrap();
    sweep::schedule(app).await.unwrap();
    assert_eq!(sweep::work(app).await.unwrap(), None, "one is under way");
    house.advance(SECOND);
    assert!(sweep::work(app).await.unwrap().is_some(), "it died");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_bucket_is_swept_too() {
    let server = S3Server::start().unwrap();
    let house = House::with_bucket(server.settings()).await;
    house.follow_files();
    let owner = house.ada().await;
    let raw = special("Groß", &"viel Text ".repeat(40_000));
    house.accept(&raw, &[ADA]).await;
    house.pump().await;
    let orphan = house.orphan().await;
    let mut dead = house.app.store.blob_writer(BlobId::from_bytes([7; 16]));
    dead.write(&vec![0; 6 << 20]).await.unwrap();
    std::mem::forget(dead);
    assert_eq!(server.open_uploads().unwrap(), 1);
    house.advance(sweep::GRACE * 2);
    assert_eq!(house.sweep_now().await, sweep::Swept { blobs: 1, uploads: 1, ..sweep::Swept::default() });
    assert_eq!(server.open_uploads().unwrap(), 0);
    assert!(house.app.store.blob_reader(orphan, None).await.unwrap().is_none());
    assert_eq!(house.eml(&owner, house.newest(&owner, Folder::Inbox).await).await, raw);
}

/// A bucket that lists these objects and lets those be removed that are not `stuck`. Before it lists, it waits as it is told to.
#[derive(Clone, Default)]
struct Bucket {
    blobs: Arc<Mutex<Vec<BlobId>>>,
    stuck: Arc<Mutex<Vec<BlobId>>>,
}

impl Bucket {
    fn serve(&self, mut before_listing: impl FnMut() + Send + 'static) -> S3Settings {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let bucket = self.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let (request, body) = Self::read(&mut stream);
                let answer = if request.starts_with("POST") {
                    bucket.remove(&body)
                } else {
                    before_listing();
                    bucket.list(&request)
                };
                let length = answer.len();
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
                stream.get_mut().write_all((head + &answer).as_bytes()).unwrap();
            }
        });
        let [bucket, region, access_key_id, secret_access_key] =
            ["blobs", "eu-central-1", "id", "secret"].map(Into::into);
        S3Settings { endpoint, bucket, region, access_key_id, secret_access_key }
    }

    fn read(stream: &mut impl BufRead) -> (String, String) {
        let mut lines = Vec::new();
        while lines.last().is_none_or(|last: &String| !last.trim().is_empty()) {
            let mut line = String::new();
            stream.read_line(&mut line).unwrap();
            lines.push(line);
        }
        let length =
            lines.iter().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
        let mut body = String::new();
        stream.take(length.unwrap_or(0)).read_to_string(&mut body).unwrap();
        (lines.swap_remove(0), body)
    }

    fn list(&self, request: &str) -> String {
        let blobs = self.blobs.lock().unwrap();
        let asked = blobs
            .iter()
            .map(ToString::to_string)
            .map(|blob| (blob[24..].to_owned(), blob))
            .filter(|(folder, _)| request.contains(&format!("prefix={folder}")));
        let written = "<Size>1</Size><LastModified>2010-01-01T00:00:00.000Z</LastModified>";
        let contents: Vec<_> =
            asked.map(|(folder, blob)| format!("<Contents><Key>{folder}/{blob}</Key>{written}</Contents>")).collect();
        let contents = contents.concat();
        format!("<Result>{contents}</Result>")
    }

    fn remove(&self, body: &str) -> String {
        let key = body.split("<Key>").nth(1).unwrap().split("</Key>").next().unwrap();
        let blob: BlobId = key.rsplit('/').next().unwrap().parse().unwrap();
        if self.stuck.lock().unwrap().contains(&blob) {
            let error = format!("<Error><Key>{key}</Key><Code>AccessDenied</Code><Message>locked</Message></Error>");
            return format!("<DeleteResult>{error}</DeleteResult>");
        }
        self.blobs.lock().unwrap().retain(|there| *there != blob);
        format!("<DeleteResult><Deleted><Key>{key}</Key></Deleted></DeleteResult>")
    }
}

impl House {
    /// Puts content into the bucket that no row refers to.
    fn orphan_in(&self, bucket: &Bucket) -> BlobId {
        let id = BlobId::new(self.app.now(), &mut *self.app.entropy());
        bucket.blobs.lock().unwrap().push(id);
        id
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_removed_does_not_stop_a_sweep() {
    let bucket = Bucket::default();
    let house = House::with_bucket(bucket.serve(|| ())).await;
    house.ada().await;
    house.orphan_in(&bucket);
    for _ in 0..sweep::FAILURES_MAX {
        let id = house.orphan_in(&bucket);
        bucket.stuck.lock().unwrap().push(id);
    }
    house.orphan_in(&bucket);
    house.advance(sweep::GRACE * 2);
    let expected = sweep::Swept { blobs: 2, failed: sweep::FAILURES_MAX, ..sweep::Swept::default() };
    assert_eq!(house.sweep_now().await, expected);
    assert_eq!(*bucket.blobs.lock().unwrap(), *bucket.stuck.lock().unwrap());
    let id = house.orphan_in(&bucket);
    bucket.stuck.lock().unwrap().push(id);
    house.advance(sweep::GRACE * 2);
    sweep::schedule(&house.app).await.unwrap();
    assert!(sweep::work(&house.app).await.is_err(), "nothing can be removed, so it is tried again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_that_another_process_took_over_ends_at_once() {
    let bucket = Bucket::default();
    let (listing, mut listed) = tokio::sync::mpsc::unbounded_channel();
    let (go_on, wait) = mpsc::channel::<()>();
    let settings = bucket.serve(move || {
        listing.send(()).ok();
        wait.recv().ok();
    });
    let house = House::with_bucket(settings).await;
    house.ada().await;
    house.orphan_in(&bucket);
    house.advance(sweep::GRACE * 2);
    let app = &house.app;
    sweep::schedule(app).await.unwrap();
    let take_over = async {
        listed.recv().await.unwrap();
        house.advance(SignedDuration::from_hours(1));
        let mut tx = app.store.begin().await.unwrap();
        let job = tx.jobs().lease("sweep", 1, app.now(), app.now() + SECOND).await.unwrap().pop();
        tx.commit().await.unwrap();
        drop(go_on);
        job.expect("the lease is over")
    };
    let (swept, job) = tokio::join!(sweep::work(app), take_over);
    assert_eq!(swept, Ok(None));
    assert_eq!(bucket.blobs.lock().unwrap().len(), 1, "what it found is the other's to remove");
    let mut tx = app.store.begin().await.unwrap();
    assert!(tx.jobs().complete(&job).await.unwrap(), "it is the other's still");
}

//! The server's side: workers that wait, deadlines, and what is done when one dies.

use std::{
    io,
    path::PathBuf,
    process::Stdio,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use app::export::{SetError, Setting, Typesetting};
use document::{
    Form, Mail, Pages, Refused,
    work::{Answer, JOB_BYTES_MAX, Job, PDF_BYTES_MAX},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    process::{Child, ChildStdin, ChildStdout, Command},
    sync::Semaphore,
    time::timeout,
};

/// How long a mail may take in each form that is tried.
const DEADLINE: Duration = Duration::from_secs(10);
/// Jobs after which a worker is replaced: what it remembers of them goes with it.
const JOBS_MAX: u32 = 500;
/// Workers at the same time.
const WORKERS_MAX: usize = 4;

/// Workers that wait for jobs.
#[derive(Debug)]
pub struct Pool {
    program: PathBuf,
    deadline: Duration,
    idle: Mutex<Vec<Worker>>,
    places: Semaphore,
}

impl Pool {
    /// A pool of copies of this program, as many as there are processors.
    pub fn new() -> Self {
        // The program that runs, even when another one lies in its place meanwhile.
        Self::of("/proc/self/exe".into(), DEADLINE)
    }

    /// A pool of this program, with this deadline for each form of a mail.
    pub fn of(program: PathBuf, deadline: Duration) -> Self {
        let places = std::thread::available_parallelism().map_or(1, usize::from).min(WORKERS_MAX);
        Self { program, deadline, idle: Mutex::default(), places: Semaphore::new(places) }
    }

    /// Starts the first worker, so that nobody waits for it.
    pub fn warm(&self) {
        match Worker::start(&self.program) {
            Ok(worker) => self.rest(worker),
            Err(error) => tracing::warn!(%error, "no worker for pages can be started"),
        }
    }

    fn rest(&self, worker: Worker) {
        if worker.jobs < JOBS_MAX {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
        }
    }

    async fn mail(&self, mail: Mail) -> Result<Pages, SetError> {
        let unavailable = |error: &dyn std::fmt::Display| SetError::Unavailable(error.to_string());
        let _place = self.places.acquire().await.map_err(|error| unavailable(&error))?;
        let mut job = Job { mail, form: Form::LaidOut };
        loop {
            let rested = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let mut worker = match rested {
                Some(worker) => worker,
                None => Worker::start(&self.program).map_err(|error| unavailable(&error))?,
            };
            let frame = job.frame().map_err(|error| SetError::Refused(error.to_string()))?;
            let fault = match timeout(self.deadline, worker.set(&frame)).await {
                Ok(Ok(answer)) => {
                    self.rest(worker);
                    return answer.map_err(|refused| SetError::Refused(refused.to_string()));
                }
                Ok(Err(error)) => error,
                Err(_) => io::ErrorKind::TimedOut.into(),
            };
            // The worker is killed when it is dropped. Another one tries what is easier.
            drop(worker);
            job.form = match job.form {
                Form::LaidOut => Form::Plain,
                Form::Plain => Form::Text,
                Form::Text => return Err(SetError::Refused(fault.to_string())),
            };
            tracing::warn!(error = %fault, next = ?job.form, "a worker for pages had to be given up");
        }
    }
}

impl Default for Pool {
    fn default() -> Self {
        Self::new()
    }
}

impl Typesetting for Pool {
    fn set(&self, mail: Mail) -> Setting<'_> {
        Box::pin(self.mail(mail))
    }
}

/// A process that sets pages. It dies with its value.
#[derive(Debug)]
struct Worker {
    _child: Child,
    jobs_in: ChildStdin,
    answers: ChildStdout,
    jobs: u32,
}

impl Worker {
    fn start(program: &std::path::Path) -> io::Result<Self> {
        let mut child = Command::new(program)
            .arg("document-worker")
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            // Its last words may hold mail.
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let (jobs_in, answers) = child.stdin.take().zip(child.stdout.take()).ok_or(io::ErrorKind::BrokenPipe)?;
        Ok(Self { _child: child, jobs_in, answers, jobs: 0 })
    }

    async fn set(&mut self, frame: &[u8]) -> io::Result<Result<Pages, Refused>> {
        self.jobs += 1;
        self.jobs_in.write_all(frame).await?;
        self.jobs_in.flush().await?;
        let answer = self.frame(JOB_BYTES_MAX).await?;
        let pdf = self.frame(PDF_BYTES_MAX).await?;
        Ok(serde_json::from_slice::<Answer>(&answer)?.pages(pdf))
    }

    async fn frame(&mut self, most: u32) -> io::Result<Vec<u8>> {
        let length = self.answers.read_u32().await?;
        if length > most {
            return Err(io::Error::other("the answer is too large"));
        }
        let mut frame = Vec::new();
        (&mut self.answers).take(u64::from(length)).read_to_end(&mut frame).await?;
        if frame.len() as u64 == u64::from(length) { Ok(frame) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

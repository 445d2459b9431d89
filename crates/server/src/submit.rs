//! Hands one mail in over SMTP on loopback, as the demo's sample does.

use std::net::SocketAddr;

use anyhow::{bail, ensure};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use wire::{
    address::{Domain, ReversePath, TypedAddress},
    smtp::{
        Transport,
        client::{ClientSettings, Envelope, EnvelopeRecipient, Event, Session, Verdict},
        command::Body,
    },
};

/// Hands `mail` in at `intake`, which is on this machine.
pub(crate) async fn submit(intake: SocketAddr, from: &str, to: &str, mail: &[u8]) -> anyhow::Result<()> {
    ensure!(intake.ip().is_loopback(), "{intake} is not on this machine");
    let envelope = Envelope {
        reverse_path: ReversePath::parse(from)?,
        recipients: vec![EnvelopeRecipient::new(TypedAddress::parse(to)?)],
        content_bytes: mail.len() as u64,
        body: if mail.is_ascii() { Body::SevenBit } else { Body::EightBitMime },
        utf8_header: false,
        require_tls: false,
        ret: None,
        envelope_id: None,
    };
    let mut stream = TcpStream::connect(intake).await?;
    let mut session = Session::new(ClientSettings::new(Domain::parse("localhost")?), Transport::Clear);
    let mut rest = mail;
    let mut verdicts: Option<Vec<Verdict>> = None;
    loop {
        let event = session.next_event()?;
        if matches!(event, Event::Read | Event::Write) {
            stream.write_all(session.output()).await?;
            session.clear_output();
        }
        match event {
            Event::Write => {}
            Event::Read => {
                ensure!(stream.read_buf(session.input_buffer()).await? > 0, "the intake closed the connection");
            }
            Event::Ready if verdicts.is_some() => session.quit(),
            Event::Ready => session.send(&envelope)?,
            Event::StartTls => bail!("STARTTLS was not asked for"),
            Event::SendContent if rest.is_empty() => session.content_end()?,
            Event::SendContent => {
                let taken = session.content(rest)?;
                rest = rest.get(taken..).unwrap_or_default();
            }
            Event::Sent(outcome) => verdicts = Some(outcome),
            Event::Closed => break,
        }
    }
    match verdicts.as_deref() {
        Some([Verdict::Accepted(_)]) => Ok(()),
        Some([verdict]) => bail!("the intake said: {}", verdict.reply()),
        _ => bail!("the intake gave no answer"),
    }
}

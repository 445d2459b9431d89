//! Replies that are late, cut short, too long, without end, or to another question.

use domain::base::Rtype;
use resolve::testing::Reply;

use super::{KEYS, Row, TLSA, UNSIGNED, fails, forge::alias, hangs, holds};

pub(super) const ROWS: &[Row] = &[
    holds("cut short over UDP", TLSA, |_, asked, reply| {
        let truncated = !asked.over_tcp;
        let answer = if truncated { Vec::new() } else { reply.answer.clone() };
        Some(Reply { truncated, answer, ..reply })
    }),
    hangs("cut short for ever", TLSA, |_, _, reply| Some(Reply { truncated: true, answer: Vec::new(), ..reply })),
    hangs("another number", TLSA, |_, _, reply| Some(Reply { id: reply.id.wrapping_add(1), ..reply })),
    hangs("another question", TLSA, |seat, _, reply| {
        Some(Reply { id: reply.id, ..seat.ask("_25._tcp.mx.hashed.test", Rtype::TLSA)? })
    }),
    hangs("another number over TCP", TLSA, |_, asked, reply| {
        let id = if asked.over_tcp { reply.id.wrapping_add(1) } else { reply.id };
        Some(Reply { id, truncated: !asked.over_tcp, ..reply })
    }),
    hangs("more than was asked for over UDP", TLSA, |seat, _, reply| {
        Some(Reply { authority: seat.ask("x64.signed.test", Rtype::TXT)?.answer, ..reply })
    }),
    hangs("more than is taken over TCP", TLSA, |seat, asked, reply| {
        let text = seat.ask("x64.signed.test", Rtype::TXT)?.answer;
        let authority = if asked.over_tcp { [text.clone(), text].concat() } else { Vec::new() };
        Some(Reply { truncated: !asked.over_tcp, authority, ..reply })
    }),
    fails("aliases without end", UNSIGNED, |_, _, reply| {
        let link =
            |number: usize| alias(&format!("a{number}.unsigned.test"), &format!("a{}.unsigned.test", number + 1));
        let first = alias("mx.unsigned.test", "a1.unsigned.test");
        Some(Reply { answer: std::iter::once(first).chain((1..20).map(link)).collect(), ..reply })
    }),
    fails("aliases in a circle", UNSIGNED, |_, _, reply| {
        let alias = alias("mx.unsigned.test", "mx.unsigned.test");
        Some(Reply { answer: vec![alias], ..reply })
    }),
    hangs("silence", TLSA, |_, _, _| None),
    hangs("silence about keys", KEYS, |_, _, _| None),
];

//! Prints what the operations of the vault cost on this machine: `cargo run --release -p siegelpost-vault --example speed`.
#![allow(clippy::print_stdout, reason = "printing is what this program is for")]

use std::{error::Error, hint::black_box, time::Instant};

use model::Entropy;
use vault::{
    DataKey, KeyPair, Parameters, Pepper, Phrase, PrivateKey, Purpose, SecretKey,
    content::{decrypt, encrypt},
    open, open_with,
    password::{salt, stretch},
    seal, seal_to,
};

/// Counts instead of drawing: its cost does not count.
struct Counter(u8);

impl Entropy for Counter {
    fn fill(&mut self, bytes: &mut [u8]) {
        self.0 = self.0.wrapping_add(1);
        bytes.fill(self.0);
    }
}

fn measure<T>(name: &str, rounds: u32, mut operation: impl FnMut() -> T) {
    let start = Instant::now();
    for _ in 0..rounds {
        black_box(operation());
    }
    println!("{name:28} {:>10.1?}", start.elapsed() / rounds);
}

fn main() -> Result<(), Box<dyn Error>> {
    const ID: [u8; 16] = [7; 16];
    let chance = &mut Counter(0);
    let (key, pair, data_key) = (SecretKey::generate(chance), KeyPair::generate(chance), DataKey::generate(chance));
    let text = vec![b'x'; 200];
    let content = vec![b'x'; 1 << 20];
    let small = content.get(..10 * 1024).unwrap_or_default();

    measure("derive a key", 10_000, || key.derive("speed"));
    let sealed = seal(&key, Purpose::HeaderBlock, &ID, &text, chance)?;
    measure("seal 200 bytes", 10_000, || seal(&key, Purpose::HeaderBlock, &ID, &text, chance));
    measure("open 200 bytes", 10_000, || open(&key, Purpose::HeaderBlock, &ID, &sealed));

    let sealed = seal_to(&pair.public, Purpose::HeaderBlock, &ID, &text, chance)?;
    measure("make a key pair", 500, || KeyPair::generate(chance));
    measure("read a private key", 500, || PrivateKey::from_bytes(pair.private.seed().expose()));
    measure("seal 200 bytes to a key", 500, || seal_to(&pair.public, Purpose::HeaderBlock, &ID, &text, chance));
    measure("open 200 bytes with a key", 500, || open_with(&pair.private, Purpose::HeaderBlock, &ID, &sealed));

    let object = encrypt(&data_key, &ID, &content, chance)?;
    measure("encrypt 1 MiB", 200, || encrypt(&data_key, &ID, &content, chance));
    measure("decrypt 1 MiB", 200, || decrypt(&data_key, &ID, &object));
    measure("encrypt 10 KiB", 2_000, || encrypt(&data_key, &ID, small, chance));

    let phrase = Phrase::password("correct horse battery staple")?;
    let (salt, pepper) = (salt(chance), Pepper::new(&key));
    measure("stretch a password", 3, || stretch(&phrase, &salt, Parameters::default(), &pepper));
    Ok(())
}

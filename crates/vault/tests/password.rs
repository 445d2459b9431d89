//! Passwords and answers: what is one phrase, what is refused, and what takes part in the key.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "a test fails by panicking")]

mod ramp;

use proptest::prelude::*;
use ramp::Ramp;
use vault::{
    Parameters, Pepper, Phrase, SecretKey,
    password::{
        ITERATIONS_MAX, LANES_MAX, MEMORY_KIB_MAX, MEMORY_KIB_MIN, PHRASE_CODE_POINTS_MAX, ParametersError,
        PhraseError, salt, stretch,
    },
};

fn answer(typed: &str) -> String {
    Phrase::answer(typed).unwrap().expose().to_owned()
}

fn password(typed: &str) -> String {
    Phrase::password(typed).unwrap().expose().to_owned()
}

#[test]
fn passwords_do_not_depend_on_the_keyboard() {
    assert_eq!(password("Mu\u{308}ller"), "M\u{fc}ller");
    assert_eq!(password("\u{ff21}\u{2460}"), "A1");
    assert_eq!(password(" two  spaces "), " two  spaces ");
    assert_ne!(password("Rosebud"), password("rosebud"));
}

#[test]
fn answers_do_not_depend_on_case_and_spaces() {
    assert_eq!(answer("  Bad \t Homburg\u{a0}"), "bad homburg");
    assert_eq!(answer("HAUPTSTRASSE"), answer("Hauptstraße"));
    assert_eq!(answer("HAUPTSTRAẞE"), answer("hauptstraße"));
    assert_eq!(answer("ΟΔΟΣ"), answer("οδός".replace('ό', "ο").as_str()));
    assert_eq!(answer("MU\u{308}LLER"), "m\u{fc}ller");
}

#[test]
fn empty_and_long_phrases_are_refused_at_the_edge() {
    let longest = "ä".repeat(PHRASE_CODE_POINTS_MAX);
    assert_eq!(Phrase::password(&longest).unwrap().code_points(), PHRASE_CODE_POINTS_MAX);
    assert_eq!(Phrase::password(&format!("{longest}a")).unwrap_err(), PhraseError::TooLong);
    assert_eq!(Phrase::answer(&format!("{longest}a")).unwrap_err(), PhraseError::TooLong);
    // One code point that becomes eighteen in normal form.
    assert_eq!(Phrase::password(&"\u{fdfa}".repeat(15)).unwrap_err(), PhraseError::TooLong);
    assert_eq!(Phrase::password("").unwrap_err(), PhraseError::Empty);
    assert_eq!(Phrase::answer(" \t\u{3000}").unwrap_err(), PhraseError::Empty);
    assert_eq!(format!("{:?}", Phrase::password("rosebud").unwrap()), "Phrase(..)");
}

#[test]
fn parameters_have_bounds_and_a_text() {
    assert_eq!(Parameters::default().to_string(), "argon2id$v=19$m=65536,t=3,p=1");
    assert_eq!("argon2id$v=19$m=65536,t=3,p=1".parse(), Ok(Parameters::default()));
    assert_eq!(Parameters::new(MEMORY_KIB_MIN - 1, 64, 1), Err(ParametersError::Memory));
    assert_eq!(Parameters::new(MEMORY_KIB_MAX + 1, 1, 1), Err(ParametersError::Memory));
    assert!(Parameters::new(MEMORY_KIB_MAX, ITERATIONS_MAX, LANES_MAX).is_ok());
    assert!(Parameters::new(MEMORY_KIB_MIN, 3, 1).is_ok());
    assert_eq!(Parameters::new(MEMORY_KIB_MIN, 2, 1), Err(ParametersError::Weak));
    assert_eq!(Parameters::new(65536, 0, 1), Err(ParametersError::Iterations));
    assert_eq!(Parameters::new(65536, ITERATIONS_MAX + 1, 1), Err(ParametersError::Iterations));
    assert_eq!(Parameters::new(65536, 3, 0), Err(ParametersError::Lanes));
    assert_eq!(Parameters::new(65536, 3, LANES_MAX + 1), Err(ParametersError::Lanes));
    for text in [
        "",
        "argon2i$v=19$m=65536,t=3,p=1",
        "argon2id$v=19$m=65536,t=3",
        "argon2id$v=19$m=65536,t=3,p=1,x=1",
        "argon2id$v=19$t=3,m=65536,p=1",
        "argon2id$v=19$m=-1,t=3,p=1",
        "argon2id$v=19$m=99999999999,t=3,p=1",
    ] {
        assert_eq!(text.parse::<Parameters>(), Err(ParametersError::Text), "{text}");
    }
}

#[test]
fn phrase_salt_parameters_and_pepper_all_take_part() {
    let pepper = |byte| Pepper::new(&SecretKey::from_bytes([byte; 32]));
    let weak = Parameters::new(MEMORY_KIB_MIN, 3, 1).unwrap();
    let phrase = |text| Phrase::password(text).unwrap();
    let key = stretch(&phrase("rosebud"), &[1; 16], weak, &pepper(1)).unwrap();
    assert_eq!(stretch(&phrase("rosebud"), &[1; 16], weak, &pepper(1)).unwrap(), key);
    assert_ne!(stretch(&phrase("Rosebud"), &[1; 16], weak, &pepper(1)).unwrap(), key);
    assert_ne!(stretch(&phrase("rosebud"), &[2; 16], weak, &pepper(1)).unwrap(), key);
    assert_ne!(
        stretch(&phrase("rosebud"), &[1; 16], Parameters::new(MEMORY_KIB_MIN, 4, 1).unwrap(), &pepper(1)).unwrap(),
        key
    );
    assert_ne!(stretch(&phrase("rosebud"), &[1; 16], weak, &pepper(2)).unwrap(), key);
    assert_eq!(key.pepper(), pepper(1).id());
    assert_ne!(salt(&mut Ramp(0)), salt(&mut Ramp(1)));
}

proptest! {
    #[test]
    fn normal_forms_are_stable(typed in "\\PC{0,80}") {
        for normal in [Phrase::password, Phrase::answer] {
            if let Ok(once) = normal(&typed) {
                prop_assert!(once.code_points() <= PHRASE_CODE_POINTS_MAX);
                let twice = normal(once.expose()).unwrap();
                prop_assert_eq!(twice.expose(), once.expose());
            }
        }
    }

    #[test]
    fn texts_that_are_no_parameters_are_refused(text in "\\PC{0,60}") {
        prop_assert!(text.parse::<Parameters>().is_err());
    }
}

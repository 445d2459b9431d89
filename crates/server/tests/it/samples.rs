//! `siegelpost render-samples`: everything a person gets to see, in both languages, with pictures.

use std::{fs, path::Path, process::Output};

use crate::house::siegelpost;

fn render(folder: &Path, more: &[&str]) -> Output {
    let out = folder.join("samples");
    let output = siegelpost().arg("render-samples").arg(out).args(more).current_dir(folder).output();
    output.unwrap()
}

/// What ends like this in a folder of samples.
fn files(folder: &Path, ending: &str) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = names.filter(|name| name.ends_with(ending)).collect();
    names.sort();
    names
}

#[test]
fn p8_every_sample_is_there_in_both_languages_with_pictures() {
    let folder = tempfile::tempdir().unwrap();
    let output = render(folder.path(), &[]);
    assert!(output.status.success(), "{output:?}");
    let samples = folder.path().join("samples");
    let kinds = [("pages", ".html"), ("mails", ".html"), ("letters", ".pdf"), ("documents", ".pdf")];
    let mut count = 0;
    for (kind, ending) in kinds {
        let [german, english] = ["de", "en"].map(|language| files(&samples.join(language).join(kind), ending));
        assert!(!german.is_empty() && german == english, "{kind}");
        count += 2 * german.len();
    }
    for language in ["de", "en"] {
        for kind in ["letters", "documents"] {
            let folder = samples.join(language).join(kind);
            for pdf in files(&folder, ".pdf") {
                let picture = fs::read(folder.join(pdf.replace(".pdf", "-1.png"))).unwrap();
                assert!(picture.starts_with(b"\x89PNG") && picture.len() > 5_000, "{pdf}");
            }
        }
    }
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(said.starts_with(&format!("{count} samples in ")), "{said}");
    let gallery = fs::read_to_string(samples.join("index.html")).unwrap();
    assert!(
        gallery.contains("src=\"de/letters/activation-1.png\"") && gallery.contains("href=\"en/pages/inbox.html\"")
    );
}

/// L1: whoever brands letters edits a file, and is told what is wrong with it and where.
#[test]
fn l1_a_template_of_the_house_is_used_and_its_faults_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert!(siegelpost().args(["init", "house"]).current_dir(folder).status().unwrap().success());
    let config = folder.join("house/siegelpost.toml");
    let with = |lines: &str| {
        let text = fs::read_to_string(&config).unwrap();
        let text = text.replace("[letters]\n", &format!("[letters]\n{lines}"));
        fs::write(folder.join("house/branded.toml"), text).unwrap();
        render(folder, &["--config", "house/branded.toml"])
    };
    let ours = include_str!("../../../document/templates/letter.typ");

    let branded = with("form = \"A\"\nreturn_line = \"Alpenblick · 80331 München\"\nlines = [\"Am Hang 1\"]\n");
    assert!(branded.status.success(), "{branded:?}");
    let plain = fs::read(folder.join("samples/de/letters/lock.pdf")).unwrap();

    fs::write(folder.join("house/letter.typ"), ours.replace("size: 11pt, lang", "size: 10pt, lang")).unwrap();
    let own = with("template_file = \"letter.typ\"\n");
    assert!(own.status.success(), "{own:?}");
    assert_ne!(fs::read(folder.join("samples/de/letters/lock.pdf")).unwrap(), plain);

    fs::write(folder.join("house/letter.typ"), format!("{ours}\n#nothing-like-this\n")).unwrap();
    let line = ours.lines().count() + 2;
    let broken = with("template_file = \"letter.typ\"\n");
    let said = String::from_utf8(broken.stderr).unwrap();
    assert!(!broken.status.success() && said.contains(&line.to_string()), "line {line}: {said}");
    assert!(said.contains("nothing-like-this"), "{said}");

    let lonely = with("font_files = [\"none.ttf\"]\n");
    assert!(
        String::from_utf8(lonely.stderr).unwrap().contains("letters.template_file"),
        "what belongs together is said"
    );
}

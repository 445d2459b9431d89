# What every page has: navigation, footer, facts of a message, buttons.
skip = Zum Inhalt springen
nav-label = Postfach
nav-signed-in-as = Angemeldet als
nav-sign-out = Abmelden
nav-write = Nachricht schreiben
nav-inbox = Eingang
nav-unread = ungelesen
nav-sent = Gesendet
nav-drafts = Entwürfe
nav-settings = Einstellungen
nav-help = Hilfe
footer-accessibility = Barrierefreiheit
footer-privacy = Datenschutz
footer-imprint = Impressum
footer-other-language = English
footer-address = Die Adresse dieses Postfachs von { $organisation }:

next = Weiter
back = Zurück
save = Speichern
cancel = Abbrechen
change = Ändern
try-again = Noch einmal versuchen
to-inbox = Zum Eingang
to-mailbox = Zum Postfach

fact-from = Von
fact-to = An
fact-cc = Kopie an
fact-for = Für
fact-with = Mit
fact-subject = Betreff
fact-date = Gesendet am
fact-progress = Stand
subject-none = (ohne Betreff)

contact-none = Fragen beantwortet { $organisation }. Am besten wählen Sie die Telefonnummer, die Sie schon kennen, etwa aus Ihren Unterlagen.
contact-phone = Telefon:
contact-email = E-Mail:

problem-title = Bitte prüfen:
problem-summary = Bitte prüfen Sie noch einmal
problem-prefix = Hinweis:

flash-activated = Willkommen! Ihr Postfach ist aktiv.
flash-password-changed = Ihr Passwort ist geändert.
flash-question-changed = Ihre Sicherheitsfrage ist geändert.
flash-language-changed = Die Sprache ist geändert.
flash-session-ended = Das Gerät ist abgemeldet.
flash-message-deleted = Die Nachricht ist gelöscht.
flash-draft-saved = Ihr Entwurf ist gespeichert.
flash-draft-deleted = Der Entwurf ist gelöscht.
flash-form-outdated = Die Seite war zu lange offen. Was Sie geschrieben haben, steht noch da. Bitte senden Sie es noch einmal.

# Settings.
settings-lead = Für das Postfach
settings-password-set = zuletzt geändert am { $date }
settings-password-change = Ein neues Passwort wählen
settings-question = Sicherheitsfrage
settings-language = Sprache
settings-sessions = Angemeldete Geräte
settings-sessions-count = { $count ->
        [one] nur dieses Gerät
       *[other] { $count } Geräte
    }
settings-archive-hint = In einer Datei, als PDF und E-Mail
settings-delete = Postfach löschen
settings-delete-hint = Mit allen Nachrichten, endgültig
password-change-title = Passwort ändern
password-change-lead = Danach sind alle anderen Geräte abgemeldet.
password-change-button = Passwort ändern
question-change-title = Sicherheitsfrage ändern
sessions-lead = Auf diesen Geräten ist Ihr Postfach gerade offen. Kennen Sie eines nicht? Melden Sie sich überall ab und ändern Sie Ihr Passwort.
session-unknown = Unbekanntes Gerät
session-this = dieses Gerät
session-started = Angemeldet: { $time }
session-used = Zuletzt benutzt: { $time }
session-end = Abmelden
sessions-all = Überall abmelden
sessions-all-hint = Das meldet alle Geräte ab, auch dieses.
mailbox-delete-lead = { $count ->
        [0] In Ihrem Postfach liegt keine Nachricht.
        [one] In Ihrem Postfach liegt 1 Nachricht. Sie wird mit gelöscht.
       *[other] In Ihrem Postfach liegen { $count } Nachrichten. Sie werden mit gelöscht.
    }
mailbox-delete-final = Das lässt sich nicht rückgängig machen, auch nicht von uns.
mailbox-delete-save = Speichern Sie vorher, was Sie noch brauchen.
mailbox-delete-later = Schreibt { $organisation } Ihnen später wieder vertraulich, bekommen Sie ein neues, leeres Postfach.
mailbox-delete-sure = Ja, ich möchte das Postfach { $address } mit allen Nachrichten löschen.
mailbox-delete-button = Postfach endgültig löschen
mailbox-deleted-title = Ihr Postfach ist gelöscht
mailbox-deleted-text = Das Postfach { $address } und alle Nachrichten darin sind gelöscht. Wir haben Ihnen das auch per E-Mail bestätigt.
mailbox-deleted-later = Schreibt { $organisation } Ihnen später wieder vertraulich, bekommen Sie eine E-Mail mit einem neuen Link.

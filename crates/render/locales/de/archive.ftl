# Das ganze Postfach in einer Datei.
archive-title = Alle Nachrichten speichern
archive-lead = { $count ->
        [0] In Ihrem Postfach liegt keine Nachricht.
        [one] Eine Nachricht, in einer Datei.
       *[other] Alle { $count } Nachrichten in einer Datei: empfangene und gesendete.
    }
archive-what = Sie bekommen eine ZIP-Datei. Darin liegt jede Nachricht zweimal: als PDF zum Lesen und Drucken, mit ihren Anhängen, und als E-Mail-Datei, genau wie sie gesendet wurde. Öffnen Sie zuerst „index.html“, dort finden Sie alle Nachrichten in einer Liste. Entwürfe sind nicht dabei.
archive-size = Ihre Nachrichten sind zusammen { $size } groß. Je mehr es sind, desto länger dauert das Speichern.
archive-button = Alle Nachrichten speichern
archive-saved-at = Zuletzt gespeichert am { $time }
archive-running-title = Ihre Nachrichten werden gespeichert
archive-running = Ihr Browser lädt die Datei gerade herunter. Sie können hier weiterlesen. Melden Sie sich aber erst ab, wenn sie ganz da ist.
archive-running-start = Bei Ihnen beginnt kein Download?
archive-running-again = Datei herunterladen
archive-progress = Stand des Speicherns
archive-soon = Gleich geht es los.
archive-now = { $done } von { $count } Nachrichten
archive-ended = Fertig. Alle Nachrichten sind in der Datei.
archive-on = Weiter
archive-broken = Das Speichern ist abgebrochen.
archive-broken-hint = Die Datei ist unvollständig: { $done } von { $count } Nachrichten. Löschen Sie sie und beginnen Sie bitte noch einmal. In Ihrem Postfach ist alles noch da.
archive-complete-title = Ihre Nachrichten sind gespeichert
archive-complete = { $count ->
        [one] Die Datei ist fertig. Sie enthält 1 Nachricht.
       *[other] Die Datei ist fertig. Sie enthält { $count } Nachrichten.
    }
archive-missing = { $count ->
        [one] Eine Nachricht ließ sich nicht lesen und fehlt. „index.html“ nennt sie.
       *[other] { $count } Nachrichten ließen sich nicht lesen und fehlen. „index.html“ nennt sie.
    } Bitte wenden Sie sich an { $organisation }.
archive-check = Sie liegt dort, wo Ihr Browser Downloads ablegt. Entpacken Sie sie und öffnen Sie zur Probe „index.html“.
archive-care = Die Datei ist nicht mehr verschlüsselt, und sie enthält alles. Speichern Sie sie nur dort, wo niemand anders sie lesen kann.
archive-after-title = Brauchen Sie dieses Postfach noch?
archive-after = Solange Sie es behalten, bekommen Sie vertrauliche Post weiter hierher. Wenn Sie es nicht mehr möchten, können Sie es löschen.
archive-again = Noch einmal speichern

# Die Liste in der Datei
archive-index-title = Postfach { $address }
archive-index-saved = { $count ->
        [one] 1 Nachricht, gespeichert am { $time }.
       *[other] { $count } Nachrichten, gespeichert am { $time }.
    }
archive-index-missing = { $count ->
        [one] Eine Nachricht ließ sich nicht lesen.
       *[other] { $count } Nachrichten ließen sich nicht lesen.
    } Bitte wenden Sie sich an { $organisation }.
archive-index-files = Der Betreff öffnet die Nachricht als PDF. Ihre Anhänge stecken in der PDF-Datei. Daneben liegt jede Nachricht als E-Mail-Datei, genau wie sie gesendet wurde.
archive-index-nav = Ordner
archive-index-original = E-Mail-Datei
archive-index-plain = Diese Nachricht gibt es nur als E-Mail-Datei.
archive-index-lost = Diese Nachricht ließ sich nicht lesen.
archive-index-care = Diese Dateien sind nicht mehr verschlüsselt. Bewahren Sie sie nur dort auf, wo niemand anders sie lesen kann.
archive-index-sums = In „SHA256SUMS“ stehen Prüfsummen aller Dateien. Damit lässt sich später feststellen, dass keine verändert wurde.

# Lists, messages, writing.
search-label = Nachrichten durchsuchen
search-placeholder = Name oder Betreff
search-button = Suchen
search-found = Suche nach:
search-all = Alle zeigen
search-empty = Nichts gefunden
search-empty-hint = Versuchen Sie es mit einem anderen oder kürzeren Wort.
inbox-empty = Ihr Postfach ist leer
inbox-empty-hint = Wenn { $organisation } Ihnen vertraulich schreibt, bekommen Sie eine E-Mail. Die Nachricht liegt dann hier.
sent-empty = Sie haben noch nichts gesendet
sent-empty-hint = Was Sie schreiben, liegt danach hier.
drafts-empty = Keine Entwürfe
drafts-empty-hint = Wenn Sie beim Schreiben unterbrochen werden, finden Sie Ihren Text hier wieder.
drafts-lead = Angefangene Nachrichten. Niemand hat sie bisher bekommen.
draft-to = An
draft-nobody = Noch niemand gewählt
draft-delete-title = Diesen Entwurf löschen?
draft-delete-text = Der Text und seine Anhänge sind danach weg. Niemand hat ihn bekommen.
row-unread = Ungelesen:
row-attachments = { $count ->
        [one] 1 Anhang
       *[other] { $count } Anhänge
    }
row-attached = mit Anhang
row-kept = aufbewahrt bis { $date }
sent-on-its-way = Auf dem Weg
sent-delivered = Zugestellt
sent-returned = Nicht zugestellt
paging-label = Weitere Nachrichten
paging-newer = Neuere
paging-older = Ältere

message-reply = Antworten
message-save = Speichern
message-print = Drucken
message-delete = Löschen
view-label = Ansicht
view-formatted = Formatiert
view-text = Nur Text
message-blocked = { $count ->
        [one] Ein Bild wird nicht geladen. Es liegt
       *[other] { $count } Bilder werden nicht geladen. Sie liegen
    } auf einem fremden Server, der sonst erfahren würde, dass Sie diese Nachricht lesen.
message-unscanned = Diese Nachricht wurde nicht auf Schadprogramme geprüft, weil die Prüfung nicht möglich war. Öffnen Sie Anhänge nur, wenn Sie sie erwarten.
message-frame = Text der Nachricht
message-complex = Diese Nachricht ist zu umfangreich und lässt sich hier nicht anzeigen.
message-complex-hint = Es ist nichts verloren. Speichern Sie die Nachricht als Datei und öffnen Sie sie in Ihrem Mailprogramm.
message-complex-button = Als Datei speichern
message-empty = Diese Nachricht hat keinen Text.
message-kept = Diese Nachricht wird bis zum { $date } aufbewahrt. Sichern Sie, was Sie länger brauchen.
nested-title = Weitergeleitete Nachricht
event-title = Einladung zu einem Termin
event-cancelled = Dieser Termin ist abgesagt
event-from = Beginn:
event-to = Ende:
event-place = Ort:
event-hint = Der Termin liegt als Datei bei den Anhängen. Öffnen Sie sie, um ihn in Ihren Kalender zu übernehmen.
attachments-zip = Alle als ZIP-Datei
attachment-nameless = Anhang { $number }
attachment-download = Herunterladen
write-file-unscanned = nicht auf Schadprogramme geprüft
careful-disguised = Vorsicht, der Name täuscht: In der Datei steckt ein Programm. Öffnen Sie sie nicht und benennen Sie sie nicht um.
careful-program = Vorsicht: Öffnen Sie diese Datei nur, wenn Sie sie erwarten.
careful-unusual = Vorsicht: Dieses Archiv ist ungewöhnlich aufgebaut oder wird beim Entpacken sehr groß. Entpacken Sie es nur, wenn Sie es erwarten.
careful-programs-inside = Vorsicht: In diesem Archiv stecken Programme oder Webseiten. Öffnen Sie sie nur, wenn Sie sie erwarten.
careful-macros = Vorsicht: In diesem Dokument stecken Makros, also kleine Programme. Lassen Sie sie nur laufen, wenn Sie das Dokument erwarten.
careful-locked = Dieses Archiv öffnet sich nur mit einem Passwort. Was darin steckt, wurde nicht geprüft. Öffnen Sie es nur, wenn Sie es erwarten.
file-pdf = PDF
file-picture = Bild
file-document = Textdokument
file-table = Tabelle
file-slides = Präsentation
file-text = Text
file-archive = Archiv
file-archive-files = Archiv mit { $count ->
        [one] einer Datei
       *[other] { $count } Dateien
    }
file-sound = Ton
file-video = Video
file-calendar = Termin
file-contact = Visitenkarte
file-mail = E-Mail
file-program = Programm oder Webseite
file-other = Datei
print-hint = Drucken Sie diese Seite mit dem Menü Ihres Browsers.
print-blocked = { $count ->
        [one] Auf diesem Ausdruck fehlt ein Bild, weil es auf einem fremden Server liegt.
       *[other] Auf diesem Ausdruck fehlen { $count } Bilder, weil sie auf einem fremden Server liegen.
    }
print-back = Zurück zur Nachricht
back-to-message = Zur Nachricht
export-title = Nachricht speichern
export-pdf-what = Zum Lesen, Drucken und Aufheben. Alle Anhänge und die Original-Nachricht stecken in der Datei.
export-pdf = PDF-Datei (.pdf)
export-mail-title = Für Ihr Mailprogramm
export-what = Sie bekommen die Nachricht mit allen Anhängen, genau wie sie gesendet wurde. Die Datei lässt sich in den meisten Mailprogrammen öffnen.
export-eml = E-Mail-Datei (.eml)
export-msg-what = Sie benutzen Outlook auf einem Windows-Rechner? Dann nehmen Sie besser diese Datei.
export-msg = Outlook-Datei (.msg)
export-care-title = Danach schützen Sie die Datei selbst
export-care = Die Datei ist nicht mehr verschlüsselt. Speichern Sie sie nur dort, wo niemand anders sie lesen kann.
export-letterbox = Dieses Postfach ist ein Briefkasten, kein Archiv. Sichern Sie, was Sie länger brauchen.
export-after-title = Fertig gespeichert?
export-after = Öffnen Sie die Datei einmal zur Probe. Wenn Sie die Nachricht hier nicht mehr brauchen, können Sie sie löschen.
export-all = Alle Nachrichten auf einmal speichern
export-delete = Nachricht hier löschen
message-delete-title = Diese Nachricht löschen?
message-delete-text = Die Nachricht und ihre Anhänge sind danach endgültig weg. Auch wir können sie nicht zurückholen.
message-delete-save = Vorher speichern
delete-button = Endgültig löschen
delete-keep = Behalten

write-title = Nachricht schreiben
write-title-reply = Antworten
write-answering = Ihre Antwort auf die Nachricht vom { $date }:
write-to = An
write-choose = Bitte wählen
write-departments = Abteilungen
write-persons = Haben Ihnen geschrieben
write-other = Andere Adresse
write-typed = Andere Adresse
write-typed-hint = Nur ausfüllen, wenn Sie oben „Andere Adresse“ gewählt haben. Sie muss zu { $organisation } gehören.
write-text = Ihre Nachricht
write-files = Anhänge
write-files-hint = Bis zu { $count } Dateien, zusammen höchstens { $max }.
write-files-used = { $used } von { $max } belegt.
write-attach = Datei anhängen
write-remove = Entfernen
write-send = Senden
write-save = Entwurf speichern
write-discard = Verwerfen
write-saved = Entwurf gespeichert am { $time }
write-confidential = Ihre Nachricht geht verschlüsselt an { $organisation } und an niemanden sonst.
sent-title = Ihre Nachricht ist gesendet
sent-next-title = Wie geht es weiter?
sent-next-way = Ihre Nachricht geht jetzt an { $organisation }. Das dauert meist weniger als eine Minute.
sent-next-answer = Die Antwort kommt wieder in dieses Postfach. Sie bekommen dann eine E-Mail.
sent-next-copy = Eine Kopie liegt unter „Gesendet“. Dort sehen Sie auch, ob sie zugestellt ist.
sent-show = Nachricht ansehen

# Eine Nachricht als PDF
paper-files = Anhänge
paper-foot = Seite { $page } von { $pages }
paper-plain = Diese Nachricht ist sehr aufwendig gestaltet. Hier steht sie vereinfacht: der ganze Text, ohne die ursprüngliche Anordnung. Das Original liegt als E-Mail-Datei (.eml) bei.
paper-text = Diese Nachricht ließ sich nicht so darstellen, wie sie gestaltet war. Hier steht ihr Text. Das Original liegt als E-Mail-Datei (.eml) bei.
paper-images = Nicht alle Bilder dieser Nachricht ließen sich zeigen. Das Original liegt als E-Mail-Datei (.eml) bei.
paper-cut = Diese Nachricht ist sehr lang. Hier steht ihr Anfang. Das Ende finden Sie im Original, das als E-Mail-Datei (.eml) beiliegt.

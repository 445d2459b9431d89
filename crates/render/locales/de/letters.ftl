# Briefe.
letter-reference = Unser Zeichen
letter-phone = Telefon
letter-email = E-Mail
letter-date = Datum
letter-salutation = Guten Tag,
letter-closing = Mit freundlichen Grüßen
letter-enclosures = Anlage
letter-mailbox = Postfach
letter-entry = Eintrag im Protokoll
letter-ask-both = Haben Sie Fragen? Rufen Sie uns an: { $phone }{ $hours }. Oder schreiben Sie uns: { $email }.
letter-ask-phone = Haben Sie Fragen? Rufen Sie uns an: { $phone }{ $hours }.
letter-ask-email = Haben Sie Fragen? Schreiben Sie uns: { $email }{ $hours }.

letter-activation-subject = Ihr Aktivierungscode für vertrauliche Post von { $organisation }
letter-activation-lead = für Ihre E-Mail-Adresse { $address } liegt vertrauliche Post bereit. Damit niemand außer Ihnen sie lesen kann, schalten Sie Ihr Postfach einmal mit dem Code frei, der nur in diesem Brief steht.
letter-activation-how = So schalten Sie Ihr Postfach frei
letter-activation-open = Lesen Sie den QR-Code mit der Kamera Ihres Telefons. Oder geben Sie diese Adresse in Ihren Browser ein: { $page }
letter-activation-type = Geben Sie den Aktivierungscode ein.
letter-activation-choose = Wählen Sie ein Passwort und eine Sicherheitsfrage. Fertig.
letter-activation-code = Ihr Aktivierungscode
letter-activation-qr = QR-Code: öffnet die Seite, auf der Sie Ihr Postfach freischalten
letter-activation-until = Der Code gilt bis zum { $date }, und nur einmal. Geben Sie ihn nicht weiter. Wir fragen Sie nie danach, weder am Telefon noch per E-Mail.
letter-activation-unasked = Sie möchten kein Postfach? Dann brauchen Sie nichts zu tun. { $organisation } schreibt Ihnen dann auf einem anderen Weg.

letter-lock-subject = Ihr Postfach ist gesperrt
letter-lock-lead = am { $time } haben wir Ihr Postfach { $address } gesperrt.
letter-lock-misuse = Wir haben Anzeichen dafür, dass jemand anders Ihr Postfach benutzt hat oder es versucht. Solange das nicht geklärt ist, schützt die Sperre Ihre Nachrichten.
letter-lock-asked = Sie haben uns darum gebeten.
letter-lock-means = Was das für Sie bedeutet
letter-lock-nobody = Niemand kann sich an dem Postfach anmelden, auch Sie nicht.
letter-lock-kept = Ihre Nachrichten sind noch da, verschlüsselt. Niemand kann sie lesen.
letter-lock-paper = Vertrauliche Post bekommen Sie bis auf Weiteres auf Papier.
letter-lock-do = Was Sie tun können
letter-lock-open = Melden Sie sich bei uns. Wir prüfen zusammen mit Ihnen, was geschehen ist, und öffnen das Postfach wieder, wenn Sie es möchten. Benutzen Sie das Passwort dieses Postfachs auch anderswo? Ändern Sie es dort.

letter-withdrawal-subject = Sie bekommen Ihre Post wieder auf Papier
letter-withdrawal-lead = am { $date } haben Sie widerrufen, dass { $organisation } Ihnen vertrauliche Post elektronisch schickt. Das gilt seitdem.
letter-withdrawal-paper = Was wir Ihnen vertraulich schreiben, kommt jetzt mit der Post.
letter-withdrawal-kept = Was schon im Postfach { $address } liegt, können Sie dort bis zum { $date } lesen. Speichern Sie, was Sie länger brauchen.
letter-withdrawal-again = Möchten Sie später doch wieder elektronische Post? Das geht jederzeit.

letter-deletion-subject = Ihr Postfach ist gelöscht
letter-deletion-lead = Ihr Postfach und alle Nachrichten darin sind gelöscht. Dieser Beleg sagt, was gelöscht ist, und nichts von dem, was darin stand.
letter-deletion-at = Gelöscht am
letter-deletion-messages = Nachrichten
letter-deletion-keys = Mit dem Postfach sind die Schlüssel zu allen Nachrichten vernichtet. Niemand kann sie mehr lesen, auch wir nicht, und auch nicht aus einer Sicherung.
letter-deletion-keep = Heben Sie diesen Beleg auf, wenn Sie die Löschung später nachweisen möchten.

letter-record-subject = Nachweis einer Zustellung
letter-record-lead = dieser Nachweis sagt, wie { $organisation } eine Nachricht zugestellt hat und wann.
letter-record-delivery = Zustellung
letter-record-message = Message-ID
letter-record-size = Größe
letter-record-steps = Verlauf
letter-record-content = Was in der Nachricht steht, sagt der Nachweis nicht. Das kann nur lesen, wer sie bekommen hat.

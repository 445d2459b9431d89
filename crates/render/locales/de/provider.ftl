# The page about e-mail providers. What begins with `provider-letter` goes to the people who run mail servers.
provider-link = E-Mail-Anbieter prüfen
provider-title = Kann mein Mail-Anbieter verschlüsselt empfangen?
provider-lead = Was wir Ihnen schreiben, geht von unserem Server zu dem Ihres Anbieters. Hier erfahren Sie, wie gut es auf diesem Weg geschützt ist.
provider-address = Ihre E-Mail-Adresse
provider-hint = Es genügt auch der Teil hinter dem @, zum Beispiel beispiel.de. Nur diesen Teil sehen wir uns an.
provider-button = Anbieter prüfen
provider-patience = Die Antwort dauert meist wenige Sekunden, selten bis zu einer Minute.
provider-private-title = Was geschieht mit meiner Adresse?
provider-private-sent = Wir senden keine E-Mail an Sie. Wir fragen nur den Server Ihres Anbieters, wie er Post annimmt.
provider-private-kept = Ihre Adresse speichern wir nicht. Die Antwort ist für alle gleich und verrät nicht, wer von uns Post bekommt.
provider-wait-why = Von Ihrem Anschluss aus wurde in kurzer Zeit nach vielen Anbietern gefragt. Wir bremsen dann, damit niemand mit dieser Seite fremde Server belästigt.

provider-about = Ergebnis für
provider-proven = Ja, sehr gut geschützt
provider-proven-lead = E-Mails an diesen Anbieter sind unterwegs verschlüsselt. Sie kommen nachweislich beim richtigen Server an.
provider-verified = Ja, gut geschützt
provider-verified-lead = E-Mails an diesen Anbieter sind unterwegs verschlüsselt, und sein Server kann sich ausweisen.
provider-encrypted = Ja, mit einer Einschränkung
provider-encrypted-lead = E-Mails an diesen Anbieter sind unterwegs verschlüsselt. Sein Server kann sich aber nicht sicher ausweisen.
provider-unprotected = Nein, zurzeit nicht
provider-unprotected-lead = Zu diesem Anbieter bekommen wir keine ausreichend sichere Verbindung. Deshalb senden wir Ihre Nachrichten nicht direkt dorthin.
provider-no-mail = Diesen Anbieter finden wir nicht
provider-no-mail-lead = Unter diesem Namen finden wir keinen Server, der E-Mails annimmt. Prüfen Sie bitte, ob alles richtig geschrieben ist.
provider-unknown = Das können wir gerade nicht sagen
provider-unknown-lead = Wir bekommen im Moment keine Auskunft über diesen Anbieter. Das heißt nicht, dass er schlecht schützt.
provider-unknown-next = Versuchen Sie es in ein paar Minuten noch einmal.
provider-own = Diese Adresse gehört zu uns
provider-own-lead = Das ist eine Adresse von { $organisation }. Prüfen Sie hier die Adresse, unter der Sie selbst E-Mails bekommen.

provider-checks-title = Was wir geprüft haben
provider-check-encrypted = Unterwegs kann niemand mitlesen.
provider-check-listeners = Wer unterwegs nur zuhört, kann nichts lesen.
provider-check-server = Der Server weist sich aus.
provider-check-server-not = Der Server weist sich nicht sicher aus.
provider-check-way = Der Weg zu ihm ist gegen Umleitung gesichert.
provider-check-way-not = Der Weg zu ihm ist nicht lückenlos gegen Umleitung gesichert.

provider-ways-title = So schreiben wir Ihnen
provider-ways-ordinary = Gewöhnliche Nachrichten
provider-ways-special = Besonders vertrauliche Nachrichten, zum Beispiel zu Ihrer Gesundheit
provider-way-direct = Sie kommen als E-Mail direkt zu Ihnen.
provider-way-deposit = Sie liegen verschlüsselt in Ihrem Postfach auf dieser Website.
provider-way-letter = Sie kommen als Brief.
provider-notice = Liegt etwas in Ihrem Postfach, bekommen Sie eine E-Mail mit dem Link dorthin.
provider-notice-not = Auch die E-Mail, dass dort etwas liegt, senden wir nur verschlüsselt. Bei diesem Anbieter kommt sie deshalb vielleicht nicht an. Haben Sie eine Adresse bei einem anderen Anbieter? Dann nennen Sie uns am besten diese.

provider-mend-title = Was Ihr Anbieter tun kann
provider-mend = Ändern kann das nur Ihr Anbieter. Wir haben einen Text vorbereitet, den Sie ihm schicken können.
provider-mend-better = Für Sie ist nichts zu tun. Ihr Anbieter kann es noch besser machen. Wir haben einen Text vorbereitet, den Sie ihm schicken können.
provider-mend-open = Text für Ihren Anbieter
provider-mend-label = Diesen Text kopieren
provider-mend-hint = Er enthält Fachwörter, die man dort kennt.
provider-another = Andere Adresse prüfen

provider-letter-greeting = Guten Tag,
provider-letter-proven = am { $date } wurde geprüft, wie E-Mails an { $domain } ankommen. Die Verbindung ist verschlüsselt und nachgewiesen. Nicht auf allen Servern ist aber alles in Ordnung.
provider-letter-verified = am { $date } wurde geprüft, wie E-Mails an { $domain } ankommen. Die Verbindung ist verschlüsselt, und das Zertifikat passt zum Namen des Servers. Dieser Name ist aber nicht durch DNSSEC gesichert.
provider-letter-encrypted = am { $date } wurde geprüft, wie E-Mails an { $domain } ankommen. Die Verbindung ist verschlüsselt, aber das Zertifikat weist den Server nicht aus.
provider-letter-unprotected = am { $date } wurde geprüft, wie E-Mails an { $domain } ankommen. Eine ausreichend gesicherte Verbindung kam nicht zustande. Vertrauliche Nachrichten werden deshalb nicht zugestellt.
provider-letter-found = Aufgefallen ist:
provider-letter-hosts-beyond = { $count ->
        [one] und 1 weiterer Server
       *[other] und { $count } weitere Server
    }
provider-letter-advice = Empfohlen wird: STARTTLS mit TLS 1.2 oder 1.3, ein Zertifikat auf den Namen des MX-Servers, DNSSEC für die Domain und für die Namen der MX-Server, TLSA-Einträge (DANE, RFC 7672) und eine MTA-STS-Richtlinie (RFC 8461).
provider-letter-checked = Die Prüfung kann jeder wiederholen: { $url }
provider-letter-thanks = Vielen Dank!

provider-code-mx-bogus = Die DNSSEC-Signaturen der MX-Einträge sind fehlerhaft. Bitte Signaturen und DS-Eintrag prüfen.
provider-code-mx-insecure = Die MX-Einträge sind nicht mit DNSSEC gesichert. Bitte die Zone signieren und den DS-Eintrag hinterlegen (RFC 9364).
provider-code-address-unavailable = Die Adressen (A, AAAA) ließen sich nicht abfragen. Bitte die Nameserver prüfen.
provider-code-address-bogus = Die DNSSEC-Signaturen der Adressen (A, AAAA) sind fehlerhaft. Bitte Signaturen und DS-Eintrag prüfen.
provider-code-tlsa-unavailable = Die TLSA-Einträge ließen sich nicht abfragen. Absender, die DANE beachten, stellen dann nicht zu (RFC 7672, Abschnitt 2.1). Bitte die Nameserver prüfen.
provider-code-tlsa-bogus = Die DNSSEC-Signaturen der TLSA-Einträge sind fehlerhaft. Bitte Signaturen und DS-Eintrag prüfen.
provider-code-tlsa-unusable = Keiner der TLSA-Einträge ist verwendbar. Bitte Einträge der Art 3 1 1 veröffentlichen (RFC 7672, Abschnitt 3.1).
provider-code-tlsa-mismatch = Kein TLSA-Eintrag passt zum Zertifikat. Bitte den Eintrag erneuern, künftig vor jedem Wechsel des Schlüssels.
provider-code-connect-failed = Auf Port 25 antwortet niemand. Bitte die Erreichbarkeit über IPv4 und IPv6 prüfen.
provider-code-protocol = Die Antworten sind kein SMTP (RFC 5321). Bitte prüfen, was auf Port 25 antwortet.
provider-code-refused = Der Server weist die Verbindung ab. Bitte prüfen, ob das gewollt ist.
provider-code-no-starttls = Der Server bietet kein STARTTLS an. Bitte STARTTLS mit TLS 1.2 oder 1.3 einschalten (RFC 3207).
provider-code-starttls-refused = Der Server bietet STARTTLS an und weist es dann ab. Bitte die TLS-Einstellungen und das Zertifikat prüfen.
provider-code-tls-failed = Der TLS-Handshake scheitert. Bitte TLS 1.2 oder 1.3 mit heutigen Verfahren anbieten.
provider-code-certificate-host = Das Zertifikat gilt für einen anderen Namen. Bitte ein Zertifikat auf den Namen des MX-Servers einsetzen.
provider-code-certificate-expired = Das Zertifikat ist abgelaufen. Bitte ein neues einsetzen.
provider-code-certificate-early = Das Zertifikat gilt noch nicht. Bitte das Zertifikat und die Uhr prüfen.
provider-code-certificate-untrusted = Das Zertifikat führt zu keiner anerkannten Stelle. Bitte ein anerkanntes Zertifikat mit allen Zwischenzertifikaten einsetzen.
provider-code-certificate-unverifiable = Das Zertifikat lässt sich nicht prüfen. Bitte ein neues einsetzen.
provider-code-certificate-key = Der Schlüssel des Zertifikats ist zu kurz. Bitte ein Zertifikat mit RSA ab 3072 Bit oder ECDSA P-256 einsetzen.
provider-code-sts-announcement = Der TXT-Eintrag unter _mta-sts ist fehlerhaft. Bitte berichtigen (RFC 8461, Abschnitt 3.1).
provider-code-sts-fetch = Die angekündigte MTA-STS-Richtlinie lässt sich nicht abrufen. Bitte den Webserver unter mta-sts prüfen (RFC 8461, Abschnitt 3.3).
provider-code-sts-webpki = Der Webserver der MTA-STS-Richtlinie hat kein anerkanntes Zertifikat. Bitte ein neues einsetzen.
provider-code-sts-policy = Die MTA-STS-Richtlinie ist fehlerhaft. Bitte berichtigen (RFC 8461, Abschnitt 3.2).
provider-code-sts-left-out = Die MTA-STS-Richtlinie nennt diesen Server nicht. Bitte um eine Zeile mx ergänzen.

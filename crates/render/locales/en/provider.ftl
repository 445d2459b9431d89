# The page about e-mail providers. What begins with `provider-letter` goes to the people who run mail servers.
provider-link = Check my email provider
provider-title = Can my email provider receive encrypted mail?
provider-lead = What we send you travels from our server to your provider’s. Find out here how well it is protected on its way.
provider-address = Your email address
provider-hint = The part after the @ will do, such as example.com. That part is all we look at.
provider-button = Check the provider
provider-patience = The answer usually takes a few seconds, and rarely up to a minute.
provider-private-title = What happens to my address?
provider-private-sent = We don’t send you an email. We only ask your provider’s server how it takes mail.
provider-private-kept = We don’t keep your address. The answer is the same for everyone and doesn’t tell who gets mail from us.
provider-wait-why = Someone on your network asked about many providers in a short time. We slow things down then, so that nobody uses this page to bother other people’s servers.

provider-about = Result for
provider-proven = Yes, very well protected
provider-proven-lead = Mail to this provider is encrypted on its way, and there is proof that it reaches the right server.
provider-verified = Yes, well protected
provider-verified-lead = Mail to this provider is encrypted on its way, and its server can prove who it is.
provider-encrypted = Yes, with one limitation
provider-encrypted-lead = Mail to this provider is encrypted on its way. But its server cannot properly prove who it is.
provider-unprotected = No, not at the moment
provider-unprotected-lead = We can’t get a connection to this provider that is safe enough. So we don’t send your messages straight there.
provider-no-mail = We can’t find this provider
provider-no-mail-lead = There is no server under this name that takes mail. Please check that everything is spelled correctly.
provider-unknown = We can’t tell right now
provider-unknown-lead = We can’t find out anything about this provider at the moment. That doesn’t mean that it protects you badly.
provider-unknown-next = Please try again in a few minutes.
provider-own = This address is one of ours
provider-own-lead = It belongs to { $organisation }. Check the address here at which you get email yourself.

provider-checks-title = What we checked
provider-check-encrypted = Nobody can read along on the way.
provider-check-listeners = Someone who only listens on the way can read nothing.
provider-check-server = The server proves who it is.
provider-check-server-not = The server doesn’t properly prove who it is.
provider-check-way = The way to it is protected against being diverted.
provider-check-way-not = The way to it is not fully protected against being diverted.

provider-ways-title = How we write to you
provider-ways-ordinary = Ordinary messages
provider-ways-special = Very confidential messages, such as about your health
provider-way-direct = They come straight to you, as an email.
provider-way-deposit = They wait in your mailbox on this website, encrypted.
provider-way-letter = They come as a letter.
provider-notice = When something is in your mailbox, you get an email with the link to it.
provider-notice-not = The email telling you so is sent only encrypted, too. With this provider it may not reach you. Do you have an address with another provider? Then it is best to give us that one.

provider-mend-title = What your provider can do
provider-mend = Only your provider can change this. We have prepared a text that you can send there.
provider-mend-better = There is nothing for you to do. Your provider can do even better. We have prepared a text that you can send there.
provider-mend-open = Text for your provider
provider-mend-label = Copy this text
provider-mend-hint = It has technical terms that they know.
provider-another = Check another address

provider-letter-greeting = Hello,
provider-letter-proven = On { $date } it was checked how mail to { $domain } arrives. The connection is encrypted and proven. But not everything is in order on all servers.
provider-letter-verified = On { $date } it was checked how mail to { $domain } arrives. The connection is encrypted, and the certificate matches the server’s name. But that name is not protected by DNSSEC.
provider-letter-encrypted = On { $date } it was checked how mail to { $domain } arrives. The connection is encrypted, but the certificate does not prove who the server is.
provider-letter-unprotected = On { $date } it was checked how mail to { $domain } arrives. No sufficiently protected connection could be made. So confidential messages are not delivered.
provider-letter-found = What was found:
provider-letter-hosts-beyond = { $count ->
        [one] and 1 more server
       *[other] and { $count } more servers
    }
provider-letter-advice = Recommended: STARTTLS with TLS 1.2 or 1.3, a certificate for the name of the MX host, DNSSEC for the domain and for the names of the MX hosts, TLSA records (DANE, RFC 7672), and an MTA-STS policy (RFC 8461).
provider-letter-checked = Anybody can repeat the check: { $url }
provider-letter-thanks = Thank you!

provider-code-mx-bogus = The DNSSEC signatures of the MX records are wrong. Please check signatures and DS record.
provider-code-mx-insecure = The MX records are not protected by DNSSEC. Please sign the zone and publish the DS record (RFC 9364).
provider-code-address-unavailable = The addresses (A, AAAA) could not be looked up. Please check the name servers.
provider-code-address-bogus = The DNSSEC signatures of the addresses (A, AAAA) are wrong. Please check signatures and DS record.
provider-code-tlsa-unavailable = The TLSA records could not be looked up. Senders that honour DANE then do not deliver (RFC 7672, section 2.1). Please check the name servers.
provider-code-tlsa-bogus = The DNSSEC signatures of the TLSA records are wrong. Please check signatures and DS record.
provider-code-tlsa-unusable = None of the TLSA records can be used. Please publish records of the form 3 1 1 (RFC 7672, section 3.1).
provider-code-tlsa-mismatch = No TLSA record matches the certificate. Please renew the record, and do so before each change of the key.
provider-code-connect-failed = Nobody answers on port 25. Please check that the server can be reached by IPv4 and IPv6.
provider-code-protocol = The answers are not SMTP (RFC 5321). Please check what answers on port 25.
provider-code-refused = The server turns the connection away. Please check whether that is intended.
provider-code-no-starttls = The server does not offer STARTTLS. Please switch on STARTTLS with TLS 1.2 or 1.3 (RFC 3207).
provider-code-starttls-refused = The server offers STARTTLS and then refuses it. Please check the TLS settings and the certificate.
provider-code-tls-failed = The TLS handshake fails. Please offer TLS 1.2 or 1.3 with present-day algorithms.
provider-code-certificate-host = The certificate is for another name. Please install one for the name of the MX host.
provider-code-certificate-expired = The certificate has expired. Please install a new one.
provider-code-certificate-early = The certificate is not valid yet. Please check the certificate and the clock.
provider-code-certificate-untrusted = The certificate leads to no trusted authority. Please install a trusted one with all intermediate certificates.
provider-code-certificate-unverifiable = The certificate cannot be verified. Please install a new one.
provider-code-certificate-key = The certificate’s key is too short. Please install one with RSA of 3072 bits or more, or ECDSA P-256.
provider-code-sts-announcement = The TXT record at _mta-sts is malformed. Please correct it (RFC 8461, section 3.1).
provider-code-sts-fetch = The announced MTA-STS policy cannot be fetched. Please check the web server at mta-sts (RFC 8461, section 3.3).
provider-code-sts-webpki = The web server of the MTA-STS policy has no trusted certificate. Please install a new one.
provider-code-sts-policy = The MTA-STS policy is malformed. Please correct it (RFC 8461, section 3.2).
provider-code-sts-left-out = The MTA-STS policy does not name this server. Please add an mx line for it.

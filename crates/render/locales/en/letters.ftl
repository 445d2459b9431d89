# Letters.
letter-reference = Our reference
letter-phone = Telephone
letter-email = Email
letter-date = Date
letter-salutation = Hello,
letter-closing = Kind regards
letter-enclosures = Enclosure
letter-mailbox = Mailbox
letter-entry = Entry in the log
letter-ask-both = Any questions? Call us: { $phone }{ $hours }. Or write to us: { $email }.
letter-ask-phone = Any questions? Call us: { $phone }{ $hours }.
letter-ask-email = Any questions? Write to us: { $email }{ $hours }.

letter-activation-subject = Your activation code for confidential mail from { $organisation }
letter-activation-lead = There is confidential mail for your email address { $address }. So that nobody but you can read it, unlock your mailbox once, with the code that only this letter has.
letter-activation-how = How to unlock your mailbox
letter-activation-open = Read the QR code with the camera of your phone. Or type this address into your browser: { $page }
letter-activation-type = Enter the activation code.
letter-activation-choose = Choose a password and a security question. That’s all.
letter-activation-code = Your activation code
letter-activation-qr = QR code: opens the page where you unlock your mailbox
letter-activation-until = The code is valid until { $date }, and only once. Don’t pass it on. We never ask you for it, neither on the phone nor by email.
letter-activation-unasked = You don’t want a mailbox? Then there is nothing you need to do. { $organisation } will write to you in another way.

letter-lock-subject = Your mailbox is locked
letter-lock-lead = On { $time } we locked your mailbox { $address }.
letter-lock-misuse = There are signs that somebody else has used your mailbox, or is trying to. Until that is cleared up, the lock protects your messages.
letter-lock-asked = You asked us to.
letter-lock-means = What this means for you
letter-lock-nobody = Nobody can sign in to the mailbox, not even you.
letter-lock-kept = Your messages are still there, encrypted. Nobody can read them.
letter-lock-paper = Until further notice you get confidential mail on paper.
letter-lock-do = What you can do
letter-lock-open = Get in touch with us. Together with you we look at what happened, and open the mailbox again if you want it. Do you use the password of this mailbox elsewhere too? Change it there.

letter-withdrawal-subject = You get your mail on paper again
letter-withdrawal-lead = On { $date } you withdrew your consent that { $organisation } sends you confidential mail electronically. It has been in force since then.
letter-withdrawal-paper = What we write to you in confidence now comes by post.
letter-withdrawal-kept = What is in the mailbox { $address } already can be read there until { $date }. Save what you need for longer.
letter-withdrawal-again = Would you like electronic mail again later? You can have it at any time.

letter-deletion-subject = Your mailbox is deleted
letter-deletion-lead = Your mailbox and all messages in it are deleted. This receipt says what was deleted, and nothing of what was in it.
letter-deletion-at = Deleted on
letter-deletion-messages = Messages
letter-deletion-keys = The keys to all messages were destroyed with the mailbox. Nobody can read them any more, not even we, and not from a backup either.
letter-deletion-keep = Keep this receipt if you may want to prove the deletion later.

letter-record-subject = Record of a delivery
letter-record-lead = This record says how { $organisation } delivered a message, and when.
letter-record-delivery = Delivery
letter-record-message = Message-ID
letter-record-size = Size
letter-record-steps = What happened
letter-record-content = The record does not say what the message says. Only those who got it can read that.

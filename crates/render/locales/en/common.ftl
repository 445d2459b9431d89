# What every page has: navigation, footer, facts of a message, buttons.
skip = Skip to content
nav-label = Mailbox
nav-signed-in-as = Signed in as
nav-sign-out = Sign out
nav-write = Write a message
nav-inbox = Inbox
nav-unread = unread
nav-sent = Sent
nav-drafts = Drafts
nav-settings = Settings
nav-help = Help
footer-accessibility = Accessibility
footer-privacy = Privacy
footer-imprint = Legal notice
footer-other-language = Deutsch
footer-address = The address of this { $organisation } mailbox:

next = Continue
back = Back
save = Save
cancel = Cancel
change = Change
try-again = Try again
to-inbox = Go to inbox
to-mailbox = Go to your mailbox

fact-from = From
fact-to = To
fact-cc = Copy to
fact-for = For
fact-with = With
fact-subject = Subject
fact-date = Sent
fact-progress = Status
subject-none = (no subject)

contact-none = { $organisation } will answer your questions. It is best to call the number you already know, for example from your papers.
contact-phone = Phone:
contact-email = Email:

problem-title = Please check:
problem-summary = Please check this
problem-prefix = Note:

flash-activated = Welcome! Your mailbox is ready.
flash-password-changed = Your password has been changed.
flash-question-changed = Your security question has been changed.
flash-language-changed = The language has been changed.
flash-session-ended = That device is signed out.
flash-message-deleted = The message has been deleted.
flash-draft-saved = Your draft has been saved.
flash-draft-deleted = The draft has been deleted.
flash-form-outdated = The page was open for too long. What you wrote is still here. Please send it again.

# Settings.
settings-lead = For the mailbox
settings-password-set = last changed on { $date }
settings-password-change = Choose a new password
settings-question = Security question
settings-language = Language
settings-sessions = Signed-in devices
settings-sessions-count = { $count ->
        [one] only this device
       *[other] { $count } devices
    }
settings-archive-hint = In one file, as PDF and email
settings-delete = Delete mailbox
settings-delete-hint = With all messages, for good
password-change-title = Change password
password-change-lead = Afterwards all other devices will be signed out.
password-change-button = Change password
question-change-title = Change security question
sessions-lead = Your mailbox is open on these devices. Don’t recognise one? Sign out everywhere and change your password.
session-unknown = Unknown device
session-this = this device
session-started = Signed in: { $time }
session-used = Last used: { $time }
session-end = Sign out
sessions-all = Sign out everywhere
sessions-all-hint = This signs out all devices, including this one.
mailbox-delete-lead = { $count ->
        [0] There is no message in your mailbox.
        [one] There is 1 message in your mailbox. It will be deleted too.
       *[other] There are { $count } messages in your mailbox. They will be deleted too.
    }
mailbox-delete-final = This cannot be undone, not even by us.
mailbox-delete-save = First save what you still need.
mailbox-delete-later = If { $organisation } writes to you confidentially again, you will get a new, empty mailbox.
mailbox-delete-sure = Yes, I want to delete the mailbox { $address } with all its messages.
mailbox-delete-button = Delete mailbox for good
mailbox-deleted-title = Your mailbox has been deleted
mailbox-deleted-text = The mailbox { $address } and all messages in it have been deleted. We have also confirmed this by email.
mailbox-deleted-later = If { $organisation } writes to you confidentially again, you will get an email with a new link.

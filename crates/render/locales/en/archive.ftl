# The whole mailbox in one file.
archive-title = Save all messages
archive-lead = { $count ->
        [0] There are no messages in your mailbox.
        [one] One message, in one file.
       *[other] All { $count } messages in one file: received and sent.
    }
archive-what = You get a ZIP file. It holds each message twice: as a PDF to read and print, with its attachments inside, and as an email file, exactly as it was sent. Open “index.html” first: it lists all your messages. Drafts are not included.
archive-size = Your messages take { $size } altogether. The more there are, the longer saving takes.
archive-button = Save all messages
archive-saved-at = Last saved on { $time }
archive-running-title = Your messages are being saved
archive-running = Your browser is downloading the file. You can go on reading here. But only sign out once you have all of it.
archive-running-start = No download has started?
archive-running-again = Download the file
archive-progress = Progress of saving
archive-soon = It is about to start.
archive-now = { $done } of { $count } messages
archive-ended = Done. All messages are in the file.
archive-on = Continue
archive-broken = Saving was interrupted.
archive-broken-hint = The file is incomplete: { $done } of { $count } messages. Please delete it and start again. Everything is still here in your mailbox.
archive-complete-title = Your messages are saved
archive-complete = { $count ->
        [one] The file is ready. It holds 1 message.
       *[other] The file is ready. It holds { $count } messages.
    }
archive-missing = { $count ->
        [one] One message could not be read and is missing. “index.html” names it.
       *[other] { $count } messages could not be read and are missing. “index.html” names them.
    } Please contact { $organisation }.
archive-check = It is where your browser keeps its downloads. Unpack it and open “index.html” to check.
archive-care = The file is no longer encrypted, and it holds everything. Only save it where nobody else can read it.
archive-after-title = Do you still need this mailbox?
archive-after = As long as you keep it, confidential mail goes on coming here. If you don’t want it any more, you can delete it.
archive-again = Save once more

# The list in the file
archive-index-title = Mailbox { $address }
archive-index-saved = { $count ->
        [one] 1 message, saved on { $time }.
       *[other] { $count } messages, saved on { $time }.
    }
archive-index-missing = { $count ->
        [one] One message could not be read.
       *[other] { $count } messages could not be read.
    } Please contact { $organisation }.
archive-index-files = The subject opens the message as a PDF. Its attachments are inside the PDF file. Beside it, each message is kept as an email file, exactly as it was sent.
archive-index-nav = Folders
archive-index-original = Email file
archive-index-plain = This message is only there as an email file.
archive-index-lost = This message could not be read.
archive-index-care = These files are no longer encrypted. Only keep them where nobody else can read them.
archive-index-sums = “SHA256SUMS” holds checksums of all files. With them it can be told later that none was changed.

# Lists, messages, writing.
search-label = Search messages
search-placeholder = Name or subject
search-button = Search
search-found = Search for:
search-all = Show all
search-empty = Nothing found
search-empty-hint = Try another or a shorter word.
inbox-empty = Your mailbox is empty
inbox-empty-hint = When { $organisation } writes to you confidentially, you will get an email. The message will then be here.
sent-empty = You haven’t sent anything yet
sent-empty-hint = What you write will be kept here.
drafts-empty = No drafts
drafts-empty-hint = If you are interrupted while writing, you will find your text here.
drafts-lead = Messages you have begun. Nobody has received them yet.
draft-to = To
draft-nobody = Nobody chosen yet
draft-delete-title = Delete this draft?
draft-delete-text = The text and its attachments will be gone. Nobody has received it.
row-unread = Unread:
row-attachments = { $count ->
        [one] 1 attachment
       *[other] { $count } attachments
    }
row-attached = has attachments
row-kept = kept until { $date }
sent-on-its-way = On its way
sent-delivered = Delivered
sent-returned = Not delivered
paging-label = More messages
paging-newer = Newer
paging-older = Older

message-reply = Reply
message-save = Save
message-print = Print
message-delete = Delete
view-label = View
view-formatted = Formatted
view-text = Text only
message-blocked = { $count ->
        [one] A picture is left out. It is
       *[other] { $count } pictures are left out. They are
    } on someone else’s server, which would learn that you are reading this message.
message-unscanned = This message was not checked for malware, because that was not possible. Only open attachments that you were expecting.
message-frame = Text of the message
message-complex = This message is too complex to be shown here.
message-complex-hint = Nothing is lost. Save the message as a file and open it in your mail program.
message-complex-button = Save as a file
message-empty = This message has no text.
message-kept = This message will be kept until { $date }. Save what you need for longer.
nested-title = Forwarded message
event-title = Invitation to an appointment
event-cancelled = This appointment has been cancelled
event-from = Begins:
event-to = Ends:
event-place = Place:
event-hint = The appointment is a file among the attachments. Open it to add the appointment to your calendar.
attachments-zip = All as a ZIP file
attachment-nameless = Attachment { $number }
attachment-download = Download
write-file-unscanned = not checked for malware
careful-disguised = Careful, the name misleads: there is a program inside this file. Do not open it and do not rename it.
careful-program = Careful: only open this file if you were expecting it.
careful-unusual = Careful: this archive is built in an unusual way, or becomes very large when unpacked. Only unpack it if you were expecting it.
careful-programs-inside = Careful: there are programs or web pages in this archive. Only open them if you were expecting them.
careful-macros = Careful: there are macros in this document, which are small programs. Only let them run if you were expecting the document.
careful-locked = This archive only opens with a password. What is inside was not checked. Only open it if you were expecting it.
file-pdf = PDF
file-picture = Picture
file-document = Text document
file-table = Spreadsheet
file-slides = Slides
file-text = Text
file-archive = Archive
file-archive-files = Archive with { $count ->
        [one] one file
       *[other] { $count } files
    }
file-sound = Sound
file-video = Video
file-calendar = Appointment
file-contact = Business card
file-mail = Email
file-program = Program or web page
file-other = File
print-hint = Print this page from the menu of your browser.
print-blocked = { $count ->
        [one] A picture is missing on this printout, because it is on someone else’s server.
       *[other] { $count } pictures are missing on this printout, because they are on someone else’s server.
    }
print-back = Back to the message
back-to-message = Back to the message
export-title = Save the message
export-pdf-what = For reading, printing and keeping. All attachments and the original message are inside the file.
export-pdf = PDF file (.pdf)
export-mail-title = For your mail program
export-what = You get the message with all its attachments, exactly as it was sent. Most mail programs can open the file.
export-eml = Email file (.eml)
export-msg-what = Do you use Outlook on a Windows computer? Then this file is the better choice.
export-msg = Outlook file (.msg)
export-care-title = After that, protecting it is up to you
export-care = The file is no longer encrypted. Only save it where nobody else can read it.
export-letterbox = This mailbox is a letterbox, not an archive. Save what you need for longer.
export-after-title = Saved it?
export-after = Open the file once to check. If you don’t need the message here any more, you can delete it.
export-all = Save all messages at once
export-delete = Delete the message here
message-delete-title = Delete this message?
message-delete-text = The message and its attachments will be gone for good. Even we cannot bring them back.
message-delete-save = Save it first
delete-button = Delete for good
delete-keep = Keep

write-title = Write a message
write-title-reply = Reply
write-answering = Your reply to the message from { $date }:
write-to = To
write-choose = Please choose
write-departments = Departments
write-persons = Have written to you
write-other = Another address
write-typed = Another address
write-typed-hint = Only fill this in if you chose “Another address” above. It must belong to { $organisation }.
write-text = Your message
write-files = Attachments
write-files-hint = Up to { $count } files, at most { $max } together.
write-files-used = { $used } of { $max } used.
write-attach = Attach file
write-remove = Remove
write-send = Send
write-save = Save draft
write-discard = Discard
write-saved = Draft saved on { $time }
write-confidential = Your message goes encrypted to { $organisation } and to nobody else.
sent-title = Your message has been sent
sent-next-title = What happens now?
sent-next-way = Your message is on its way to { $organisation }. It usually takes less than a minute.
sent-next-answer = The answer will come to this mailbox. You will get an email when it is here.
sent-next-copy = A copy is in “Sent”. There you can also see whether it has been delivered.
sent-show = Show the message

# A message as PDF
paper-files = Attachments
paper-foot = Page { $page } of { $pages }
paper-plain = This message has a very elaborate layout. It is shown in a simpler form here: all of its text, without the original arrangement. The original comes with it as an email file (.eml).
paper-text = This message could not be shown the way it was designed. This is its text. The original comes with it as an email file (.eml).
paper-images = Not all images of this message could be shown. The original comes with it as an email file (.eml).
paper-cut = This message is very long. This is its beginning. You find the end in the original, which comes with it as an email file (.eml).

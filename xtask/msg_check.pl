# Compares .msg files with what we say of the mails they were made of, by Email::Outlook::Message (Debian's msgconvert), a reader that shares
# no code with ours.
#
# Usage: perl msg_check.pl FOLDER
#
# Every FOLDER/**/NAME.msg has a NAME.json beside it (see the example `msgs` of the crate `mime`). Each file is also turned into a
# mail again, as msgconvert does; headers of that mail are those of the original, so its fields are compared as properties, before.
# Importance is left to extract-msg.
use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use Email::Outlook::Message;
use File::Find;
use JSON::XS;
use Time::Local qw(timegm_modern);

use constant SHOWN_MAX => 20;
my %SENSITIVITY = (personal => 1, private => 2, confidential => 3, 'company-confidential' => 3);
my @MONTHS = qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec);

# Messages within a message are turned into mails while the file is read, the innermost first, and forgotten: here they are kept.
my @nested;
{
    no warnings 'redefine';
    my $to_mail = \&Email::Outlook::Message::to_email_mime;
    *Email::Outlook::Message::to_email_mime = sub {
        push @nested, $_[0] if $_[0]{EMBEDDED};
        return $to_mail->(@_);
    };
}

# A property by its number: undef if it is not there.
sub property {
    my ($object, $code) = @_;
    my $found = $object->get_mapi_property($code);
    return $found && $object->_decode_mapi_property(@$found);
}

# Perl decodes what Unicode keeps for internal use as the replacement character.
sub replace_noncharacters {
    my ($text) = @_;
    return $text =~ s/\p{Noncharacter_Code_Point}/\x{fffd}/gr;
}

# HTML with characters for numeric references and escapes of style sheets beyond ASCII: the writer makes ASCII of it.
sub characters {
    my ($html) = @_;
    $html =~ s{&\#([0-9]{3,7});|\\([0-9A-F]{2,6})\ }{
        my $code = defined $1 ? $1 : hex $2;
        $code >= 128 && $code < 0x110000 && !($code >= 0xd800 && $code < 0xe000) ? chr $code : $&;
    }gex;
    return $html;
}

# A date as it prints them.
sub date {
    my ($text) = @_;
    my ($year, $month, $day, $time) = $text =~ /^(\d{4})-(\d\d)-(\d\d)T(.{8})Z$/ or die "no date: $text";
    my $weekday = (qw(Sun Mon Tue Wed Thu Fri Sat))[(gmtime timegm_modern(0, 0, 0, $day, $month - 1, $year))[6]];
    return "$weekday, $day $MONTHS[$month - 1] $year $time +0000";
}

# What we say, field by field, in the order of `read_message`.
sub expected {
    my ($said) = @_;
    my %fields = (
        subject => $said->{subject},
        'from.name' => $said->{from}{name},
        'from.address' => $said->{from}{address},
        'sender.name' => $said->{sender}{name},
        'sender.address' => $said->{sender}{address},
        date => defined $said->{date} ? date($said->{date}) : undef,
        message_id => $said->{message_id},
        in_reply_to => $said->{in_reply_to},
        references => $said->{references},
        sensitivity => $SENSITIVITY{$said->{sensitivity}} // 0,
        headers => $said->{headers} =~ tr/\0//dr,
        text => replace_noncharacters($said->{text}),
        html => defined $said->{html} ? characters($said->{html} =~ tr/\0//dr) : undef,
    );
    $fields{headers} = undef if $fields{headers} eq '';
    for my $kind (qw(to cc bcc)) {
        my $row = 0;
        for my $who (@{$said->{$kind}}) {
            $fields{"$kind\[$row].$_"} = $who->{$_} for qw(name address);
            $row++;
        }
    }
    for my $kind (qw(files shown)) {
        my $row = 0;
        for my $file (@{$said->{$kind}}) {
            my @keys = $file->{message} ? qw(name media_type) : qw(name media_type size sha256 content_id);
            $fields{"$kind\[$row].$_"} = $file->{$_} for @keys;
            $row++;
        }
    }
    return \%fields;
}

# What the reader says.
sub read_message {
    my ($message) = @_;
    my $html = property($message, '1013');
    my %fields = (
        subject => property($message, '0037'),
        'from.name' => property($message, '0042'),
        'from.address' => property($message, '5D02'),
        'sender.name' => property($message, '0C1A'),
        'sender.address' => property($message, '0C1F'),
        date => property($message, '0039'),
        message_id => property($message, '1035'),
        in_reply_to => property($message, '1042'),
        references => property($message, '1039'),
        sensitivity => property($message, '0036'),
        headers => property($message, '007D'),
        text => property($message, '1000'),
        html => defined $html ? characters($html) : undef,
    );
    my %rows;
    for my $who (@{$message->{ADDRESSES}}) {
        my $kind = (qw(originator to cc bcc))[property($who, '0C15')];
        my $row = $rows{$kind}++;
        $fields{"$kind\[$row].name"} = $who->name;
        $fields{"$kind\[$row].address"} = $who->smtp_address;
    }
    for my $file (@{$message->{ATTACHMENTS}}) {
        my $kind = property($file, '7FFE') ? 'shown' : 'files';
        my $row = $rows{$kind}++;
        $fields{"$kind\[$row].name"} = property($file, '3707');
        $fields{"$kind\[$row].media_type"} = property($file, '370E');
        next if property($file, '3705') == 5; # A message.
        my $bytes = property($file, '3701') // '';
        $fields{"$kind\[$row].size"} = length $bytes;
        $fields{"$kind\[$row].sha256"} = sha256_hex($bytes);
        $fields{"$kind\[$row].content_id"} = property($file, '3712');
    }
    return \%fields;
}

# Messages in the mail, the innermost first, as the reader comes by them.
sub nested_in {
    my ($said) = @_;
    return map { (nested_in($_->{message}), $_->{message}) } grep { $_->{message} } @{$said->{files}};
}

sub shown {
    my ($value) = @_;
    return 'nothing' unless defined $value;
    my $text = JSON::XS->new->utf8->allow_nonref->encode($value);
    return length $text <= 300 ? $text : substr($text, 0, 300) . '... (' . length($value) . ' characters)';
}

# Fields that differ, with both values.
sub differences {
    my ($wanted, $found, $path) = @_;
    my %keys = (%$wanted, %$found);
    return map { "$path$_: mail " . shown($wanted->{$_}) . ', reader ' . shown($found->{$_}) }
        grep { ($wanted->{$_} // "\0none") ne ($found->{$_} // "\0none") } sort keys %keys;
}

sub check {
    my ($file) = @_;
    open my $handle, '<:raw', $file =~ s/msg$/json/r or die "$!";
    my $said = decode_json(do { local $/; <$handle> });
    @nested = ();
    # The mail it makes has subjects beyond ASCII as they are, and its own tools complain.
    local $SIG{__WARN__} = sub { die "warning: $_[0]" if $_[0] !~ /with wide characters/ };
    my $message = Email::Outlook::Message->new($file);
    my @failed = differences(expected($said), read_message($message), '');
    my @said = nested_in($said);
    return (@failed, 'nested messages: mail ' . @said . ', reader ' . @nested) if @said != @nested;
    push @failed, differences(expected($said[$_]), read_message($nested[$_]), "nested[$_].") for 0 .. $#said;
    $message->to_email_mime->as_string;
    return @failed;
}

my @files;
find({ no_chdir => 1, wanted => sub { push @files, $_ if /\.msg$/ } }, $ARGV[0]);
my @failed;
for my $file (sort @files) {
    my @here = eval { check($file) };
    push @here, "cannot be read: $@" if $@;
    push @failed, map { "$file: $_" } @here;
}
print "$_\n" for @failed > SHOWN_MAX ? @failed[0 .. SHOWN_MAX - 1] : @failed;
printf "msg, Email::Outlook::Message: %d files, %d differences\n", scalar @files, scalar @failed;
exit(@failed || !@files ? 1 : 0);

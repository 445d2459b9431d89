//! A `winmail.dat`, built attribute by attribute (MS-OXTNEF section 2.1.3).

fn attribute(level: u8, id: u32, data: &[u8]) -> Vec<u8> {
    let sum = data.iter().fold(0_u16, |sum, byte| sum.wrapping_add(u16::from(*byte)));
    let length = u32::try_from(data.len()).unwrap();
    [&[level][..], &id.to_le_bytes(), &length.to_le_bytes(), data, &sum.to_le_bytes()].concat()
}

/// A variable-size property: type, id, one value, its length, its bytes padded to four.
pub(crate) fn property(kind: u16, id: u16, value: &[u8]) -> Vec<u8> {
    let length = u32::try_from(value.len()).unwrap();
    let mut bytes =
        [&kind.to_le_bytes()[..], &id.to_le_bytes(), &1_u32.to_le_bytes(), &length.to_le_bytes(), value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn properties(list: &[Vec<u8>]) -> Vec<u8> {
    [&u32::try_from(list.len()).unwrap().to_le_bytes()[..], &list.concat()].concat()
}

/// Text as properties have it.
pub(crate) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect()
}

/// Compressed RTF of literals only.
pub(crate) fn compressed(rtf: &[u8]) -> Vec<u8> {
    let content: Vec<u8> = rtf.chunks(8).flat_map(|chunk| [&[0][..], chunk].concat()).collect();
    let size = u32::try_from(rtf.len()).unwrap().to_le_bytes();
    let total = u32::try_from(content.len() + 12).unwrap().to_le_bytes();
    [&total[..], &size, b"LZFu", &[0; 4], &content].concat()
}

/// A stream of two files and a message with these properties.
pub(crate) fn stream(message_properties: &[Vec<u8>]) -> Vec<u8> {
    [
        0x223e_9f78_u32.to_le_bytes().to_vec(),
        vec![1, 0],
        attribute(1, 0x0006_9007, &1252_u32.to_le_bytes()),
        attribute(1, 0x0006_9003, &properties(message_properties)),
        attribute(2, 0x0006_9002, &[0; 14]),
        attribute(2, 0x0001_8010, b"BERICH~1.PDF\0"),
        attribute(2, 0x0006_800f, b"%PDF-1.4 Inhalt"),
        attribute(
            2,
            0x0006_9005,
            &properties(&[
                property(0x001f, 0x3707, &utf16("Bericht für Sie.pdf")),
                property(0x001e, 0x370e, b"Application/PDF\0"),
            ]),
        ),
        attribute(2, 0x0006_9002, &[0; 14]),
        attribute(2, 0x0001_8010, b"notiz.txt\0"),
        attribute(2, 0x0006_800f, b"Notiz"),
    ]
    .concat()
}

/// A mail with nothing but that `winmail.dat`.
pub(crate) fn mail(winmail: &[u8]) -> Vec<u8> {
    let encoded = data_encoding::BASE64.encode(winmail);
    let lines: Vec<&str> = encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!(
        "From: a@x.test\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n\r\n--b\r\nContent-Type: application/ms-tnef; name=winmail.dat\r\n\
         Content-Transfer-Encoding: base64\r\n\r\n{}\r\n--b--\r\n",
        lines.join("\r\n")
    )
    .into_bytes()
}

/// HTML wrapped in RTF (MS-OXRTFEX).
pub(crate) const RTF_HTML: &[u8] = br"{\rtf1\ansi\ansicpg1252\fromhtml1 \deff0{\fonttbl{\f0\fswiss Arial;}}{\*\generator x;}
{\*\htmltag64 <html>}{\*\htmltag50 <body>}{\*\htmltag84 <p>}\htmlrtf {\b \htmlrtf0 Gr\'fc\'dfe \u8364 ?\htmlrtf }\htmlrtf0 {\*\htmltag92 </p>}{\*\htmltag58 </body>}}";

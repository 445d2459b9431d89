"""Makes Box.ttf: a font that has a glyph for every code point, so that what no other font has is seen and stays in the text.

A box for what should be visible, nothing for what should not, a space for spaces. Needs `fonttools`. Same input, same bytes.
"""

import sys
import unicodedata

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import newTable
from fontTools.ttLib.tables._c_m_a_p import CmapSubtable

UNITS, ASCENT, DESCENT, WIDTH, LINE = 1000, 800, -200, 620, 40
# Default ignorable code points that are not in the category Cf (Unicode, DerivedCoreProperties).
IGNORABLE = [(0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0000, 0xE0FFF)]


def glyph_of(code):
    if any(first <= code <= last for first, last in IGNORABLE):
        return "nothing"
    category = unicodedata.category(chr(code))
    if category in ("Cc", "Cf", "Zl", "Zp"):
        return "nothing"
    return "space" if category == "Zs" else "box"


def rectangle(pen, left, bottom, right, top, inner):
    corners = [(left, bottom), (left, top), (right, top), (right, bottom)]
    corners = corners[::-1] if inner else corners
    pen.moveTo(corners[0])
    for corner in corners[1:]:
        pen.lineTo(corner)
    pen.closePath()


def box():
    pen = TTGlyphPen(None)
    rectangle(pen, 60, -60, WIDTH - 60, 700, False)
    rectangle(pen, 60 + LINE, -60 + LINE, WIDTH - 60 - LINE, 700 - LINE, True)
    return pen.glyph()


names = [".notdef", "box", "nothing", "space"]
empty = TTGlyphPen(None).glyph()
build = FontBuilder(UNITS, isTTF=True)
build.setupGlyphOrder(names)
build.setupGlyf({".notdef": box(), "box": box(), "nothing": empty, "space": empty})
build.setupHorizontalMetrics({".notdef": (WIDTH, 60), "box": (WIDTH, 60), "nothing": (0, 0), "space": (300, 0)})
build.setupHorizontalHeader(ascent=ASCENT, descent=DESCENT)
build.setupNameTable({"familyName": "Siegelpost Box", "styleName": "Regular", "psName": "SiegelpostBox-Regular", "uniqueFontIdentifier": "SiegelpostBox-1"})
build.setupPost()
build.setupHead(unitsPerEm=UNITS, created=0, modified=0)
table = build.font["cmap"] = newTable("cmap")
table.tableVersion = 0
subtable = CmapSubtable.newSubtable(13)
subtable.platformID, subtable.platEncID, subtable.format, subtable.reserved, subtable.length, subtable.language = 3, 10, 13, 0, 0, 0
subtable.cmap = {code: glyph_of(code) for code in range(0x110000) if not 0xD800 <= code <= 0xDFFF}
table.tables = [subtable]
build.setupOS2(sTypoAscender=ASCENT, sTypoDescender=DESCENT, usWinAscent=ASCENT, usWinDescent=-DESCENT, sCapHeight=700, sxHeight=500)
build.font.recalcTimestamp = False
build.save(sys.argv[1])

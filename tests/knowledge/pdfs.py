"""Small real PDFs: pages of lines in a font that says which letter is which, as word processors write them, Korean too."""

from pathlib import Path

from pypdf import PdfWriter
from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject, NumberObject

MAP = "/CIDInit /ProcSet findresource begin\nbegincmap\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n{}\nendcmap\nend"


def pdf(path: Path, pages: list[list[str]], title: str | None = None, password: str | None = None, owner: str | None = None) -> Path:
    """A PDF of these pages; one without lines is blank, as a scanned page is to who looks for text."""
    writer = PdfWriter()
    letters = sorted({ord(letter) for lines in pages for line in lines for letter in line})
    said = "\n".join(f"1 beginbfchar\n<{letter:04X}> <{letter:04X}>\nendbfchar" for letter in letters)
    known = DecodedStreamObject()
    known.set_data(MAP.format(said).encode())
    cid = dictionary(
        Type="/Font", Subtype="/CIDFontType2", BaseFont="/Plain", DW=500,
        CIDSystemInfo=dictionary(Registry="/Adobe", Ordering="/Identity", Supplement=0),
    )  # fmt: skip
    font = dictionary(Type="/Font", Subtype="/Type0", BaseFont="/Plain", Encoding="/Identity-H")
    font[NameObject("/DescendantFonts")] = ArrayObject([writer._add_object(cid)])
    font[NameObject("/ToUnicode")] = writer._add_object(known)
    reference = writer._add_object(font)
    for lines in pages:
        page = writer.add_blank_page(595, 842)
        if not lines:
            continue
        shown = "".join(f"<{''.join(f'{ord(letter):04X}' for letter in line)}> Tj T*\n" for line in lines)
        content = DecodedStreamObject()
        content.set_data(f"BT /F1 10 Tf 12 TL 50 780 Td\n{shown}ET".encode())
        page[NameObject("/Resources")] = dictionary(Font=DictionaryObject({NameObject("/F1"): reference}))
        page[NameObject("/Contents")] = writer._add_object(content)
    if title is not None:
        writer.add_metadata({"/Title": title})
    if password is not None or owner is not None:
        writer.encrypt(password or "", owner, algorithm="RC4-128")
    writer.write(path)
    return path


def dictionary(**entries: object) -> DictionaryObject:
    def pdf_object(value: object) -> object:
        return NumberObject(value) if isinstance(value, int) else NameObject(value) if isinstance(value, str) else value

    return DictionaryObject({NameObject(f"/{name}"): pdf_object(value) for name, value in entries.items()})

"""A batch of one picture and a table of captions, as small as a meme can be."""

import zlib
from pathlib import Path

RULES = """canvas safe-area clipped overlap glyphs size lines line-length time reading-speed contrast"""

MEMEFILE = """
memefile = 1

[source.places]
asset = "background"
files = "media/*.png"

[profile.tiny]
size = "32x48"
segment = "1s"
min-duration = "500ms"
audio = "forbidden"

[critic.default]
max-black = "5s"
max-frozen = "5s"
{rules}

[composite.template]
duration = "500ms"
background = "wall"
captions = [{{ text = "one" }}]

[batch.launch]
composite = "template"
axes.background = "wall"
captions = {{ csv = "captions.csv" }}
profiles = ["tiny"]
"""


def prepare(folder: Path, texts):
    """A project whose memes say these."""
    (folder / "media").mkdir(parents=True)
    (folder / "media/wall.png").write_bytes(picture(32, 48))
    rules = "\n".join(f'caption-{rule} = "off"' for rule in RULES.split())
    (folder / "Memefile.toml").write_text(MEMEFILE.format(rules=rules))
    table(folder, texts)


def table(folder, texts):
    rows = (f"m{index:07},{text}\n" for index, text in enumerate(texts))
    (folder / "captions.csv").write_text("id,text\n" + "".join(rows))


def picture(width, height):
    """A PNG of a few shades."""

    def chunk(kind, body):
        check = zlib.crc32(kind + body).to_bytes(4, "big")
        return len(body).to_bytes(4, "big") + kind + body + check

    rows = b"".join(
        b"\0" + b"".join(bytes((40, 4 * x, 4 * y)) for x in range(width)) for y in range(height)
    )
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 2, 0, 0, 0))
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts

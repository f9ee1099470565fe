"""The shape of an icon."""

import msgspec


class IconShape(msgspec.Struct, rename={"content_type": "content-type"}):
    """`Icon`; the content is base64."""

    content: str
    content_type: str

"""Read the form that Notary's clients publish with. The filename is a role and may have slashes.

Source: RFC 7578; reference/signing-and-clients.md A1.2.
"""

from collections.abc import Sequence
from email import message_from_bytes

from havre.signing.errors import PublicationMalformed


def read_parts(content_type: str, body: bytes) -> Sequence[tuple[str, bytes]]:
    """List the parts: filename (empty without one) and content, byte for byte.

    Raises: PublicationMalformed.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if not kind.startswith("multipart/") or not content_type.isprintable():
        raise PublicationMalformed("send the publication as multipart/form-data, one part for each role")
    message = message_from_bytes(b"Content-Type: %b\r\n\r\n%b" % (content_type.encode("latin-1"), body))
    if not message.is_multipart() or message.defects:
        raise PublicationMalformed("the publication is no whole multipart/form-data: check its boundary")
    parts = []
    for part in message.walk():
        if part is message:
            continue
        content = part.get_payload(decode=True)
        if part.is_multipart() or not isinstance(content, bytes):
            raise PublicationMalformed("a part of the publication is no document")
        parts.append((part.get_filename() or "", content))
    return parts

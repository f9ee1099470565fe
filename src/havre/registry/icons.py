"""Hand out the pictures of artifacts."""

from havre.kernel.digest import Digest
from havre.registry.errors import IconUnknown
from havre.registry.formats.icons import ICONS, Icon


class Icons:
    """Anybody may see them: they are the program's own and tell nothing of what is stored."""

    def get(self, digest: Digest) -> Icon:
        """Get a picture.

        Raises: IconUnknown.
        """
        found = ICONS.get(str(digest))
        if found is None:
            raise IconUnknown(str(digest))
        return found

"""The door /c: signing in and out with a browser, as Harbor's portal does it."""

from havre.edge.signin.app import SignInDoor, SignInParts

__all__ = ["SignInDoor", "SignInParts"]

"""What can go wrong on the wire that an application must know of."""


class BodyIncomplete(Exception):  # errors are adjective + noun in this house
    """The request body ended early: the client left, went silent or sent a malformed chunk.

    What arrived before has been written. The connection is closed after the response.
    """

"""What package managers leave in a file system, a file for each kind. Pure: bytes in, packages out."""

"""TUF as Notary v1 speaks it, pure: documents, keys, signatures, and what a publication must fulfil."""

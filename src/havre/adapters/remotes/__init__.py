"""Other registries: how they are asked (client, transport, tokens), one file for each make that differs."""

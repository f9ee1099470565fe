"""The JSON shapes of Harbor's API, one module for each tag; field names are the contract's."""

"""What kinds of registries have of their own beside the specification, a file each."""

"""What the outside speaks: parse, call one use case, render."""

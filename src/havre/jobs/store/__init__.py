"""All SQL of the slice, by table."""

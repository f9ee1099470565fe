"""All SQL of the registry, one file per noun. Functions take the open transaction and never begin one."""

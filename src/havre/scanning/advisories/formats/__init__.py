"""How sources write their advisories, a file each. Pure: texts in, advisories out."""

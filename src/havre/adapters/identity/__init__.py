"""Other systems that know people."""

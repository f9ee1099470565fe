"""Other systems that know people: they implement ports of `access` and own no rule."""

"""Stand-ins for services that cannot be reached from here, each built on its documentation."""

"""The only place where concrete parts meet: Settings -> a prepared data directory and the application."""

"""A Sync API on two real sockets, one for the API and one for its storage, that plays by script."""

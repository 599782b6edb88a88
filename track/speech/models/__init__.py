"""The packaged model that hears whether somebody speaks: Silero VAD, under its own licence."""

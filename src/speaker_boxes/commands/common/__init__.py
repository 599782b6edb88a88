"""What several commands share: options declared once, and how they speak on stderr."""

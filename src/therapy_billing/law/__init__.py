"""Rules and dated numbers of law, each with its source."""

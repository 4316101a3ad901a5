"""What was done: services, sessions, schedule entries, and the treatment log."""

"""Whether the times of a clinic's day can be billed as they stand."""

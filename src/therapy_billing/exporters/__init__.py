"""Records to text, one module a format; none knows another."""

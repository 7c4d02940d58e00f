"""What the provider says of itself: log lines, and the redaction that stands before them."""

"""What `make` calls besides the tests."""

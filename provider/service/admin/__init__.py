"""What operators ask of a running daemon: status and forced refreshes."""

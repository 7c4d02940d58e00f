"""From the driver's call to a `model.MountSpec`: all that can be known of a mount without asking anyone. Pure."""

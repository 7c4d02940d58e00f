"""What a mount is to do: from the driver's call and the provider's settings to a `MountSpec`. Pure; no I/O."""

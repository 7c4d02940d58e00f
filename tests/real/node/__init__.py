"""A whole node: kubelet, containerd, runc, the driver, and our DaemonSet's pod from an image. See `__main__`."""

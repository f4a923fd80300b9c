"""The race of the GPU: lvs against PyTorch, Warp, Triton and the device's copy bandwidth, in one run on one device."""

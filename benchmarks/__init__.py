"""The benchmark: how far the spine is from the limits of what it stands on, as ratios of one run on one machine."""

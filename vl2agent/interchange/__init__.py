"""Recordings to training samples, and other tools' trajectories to recordings."""

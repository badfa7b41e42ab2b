"""What runs by itself: the tick, its jobs and rounds."""

"""What the split stands on and how good it is: the frozen base, sizes, quality."""

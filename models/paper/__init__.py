"""Documents before a camera: found, straightened, and judged before anything on them is read."""

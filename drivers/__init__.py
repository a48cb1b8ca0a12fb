"""How each peripheral speaks, and nothing else."""

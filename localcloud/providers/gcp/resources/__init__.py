"""The resource types of the gcp provider: a class each, in a file of this folder, and named nowhere else."""

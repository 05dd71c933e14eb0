"""Usage: what exports say of GPUs in use, as a load by the hour, a workload, and how many GPUs to commit to."""

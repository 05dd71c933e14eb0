"""One plan of workloads on several GPUs: each group of workloads is decided as one, and joined here."""

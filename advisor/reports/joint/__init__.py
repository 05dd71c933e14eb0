"""Reports on a plan of several GPUs; of one GPU they are those of that GPU."""

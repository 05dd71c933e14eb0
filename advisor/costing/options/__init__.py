"""The ways to get compute: one file each, turning a demand into a CostTable."""

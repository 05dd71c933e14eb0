"""The ways to get compute: one file for each, turning a demand into a CostTable."""

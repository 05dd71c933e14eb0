"""Options made of other options: a base with peaks, two contracts side by side, renting first and deciding then."""

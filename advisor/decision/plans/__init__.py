"""Many plans at once: what every option costs in each, and the rule applied to all of them."""

"""Why: each number of an answer with its formula, its parts, and the inputs that it depends on."""

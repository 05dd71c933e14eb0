"""Limits of the values of a profile; fast to import."""

LEAST_MONTHS, MAX_PLAN_MONTHS = 0.03, 60  # of a workload, of all of a plan
LONGEST_TERM_MONTHS = 60
LEAST_USD_PER_HOUR, MOST_USD_PER_HOUR = 0.01, 1000  # as for prices of the book
LEAST_USD_PER_NODE, MOST_USD_PER_NODE = 1, 1e8
MAX_NODES = 65_536  # three switch layers; the fabric has no rule beyond
MOST_OTHER_GPUS = 10  # that could do the work of a profile
MOST_QUOTES = 50
MAX_GPUS = 8 * MAX_NODES
HOURS_A_WEEK = 168.0
WEEKS_A_YEAR = 365 / 7

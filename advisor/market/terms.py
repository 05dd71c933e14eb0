"""The terms in which GPU-hours are sold, in months."""

TERMS_MONTHS = (1, 3, 6, 12, 24, 36)
PREPAID_TERMS_MONTHS = (6, 12, 24, 36)  # below half a year there is little to prepay

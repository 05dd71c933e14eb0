"""The currencies that sums are typed in: those of offers are converted, those of plans are refused by their name."""

OTHER_CODES = "EUR|GBP|CHF|CAD|AUD|SGD|JPY|INR|SEK|NOK|DKK|PLN|BRL"  # than USD
OTHER_SIGNS = "\u20ac\u00a3\u20b9\u00a5"
OTHER_NAMES = r"euros?|pounds?|rupees?|rs\b\.?|reais|yen"

"""Sums of money as they are typed: in plans dollars are read alone, in offers other currencies too."""

from advisor.profiles.spelled_numbers import MAGNITUDES

OTHER_CODES = "EUR|GBP|CHF|CAD|AUD|SGD|JPY|INR|SEK|NOK|DKK|PLN|BRL"  # than USD
OTHER_SIGNS = "\u20ac\u00a3\u20b9\u00a5"
OTHER_NAMES = r"euros?|pounds?|rupees?|rs\b\.?|reais|yen"
_SCALES = "|".join(sorted(filter(None, MAGNITUDES), key=len, reverse=True))
_SUM = rf"[\d.,]*\d ?(?:(?:{_SCALES})\b)?"
# Sums in other currencies are found here, and refused where they are read.
_SIGN = rf"(?:\b[a-z]{{1,2}}\$|[${OTHER_SIGNS}]|\b(?:usd|{OTHER_CODES}|{OTHER_NAMES})(?![a-z])) ?"
_CURRENCY = rf"(?: ?(?:(?:usd|us\$|(?:us )?dollars?|{OTHER_CODES}|{OTHER_NAMES})(?!\w)|[${OTHER_SIGNS}](?!\d)))"
USD = rf"(?:{_SIGN}{_SUM}{_CURRENCY}?|\b{_SUM}{_CURRENCY})"
MONEY = rf"(?:{USD}|(?<![\w.,]){_SUM})"

"""Advice as somebody takes it along: plain text, the JSON contract, and the memo in four formats."""

from advisor.report.contract import json_report
from advisor.report.plain import text_report

__all__ = ["json_report", "text_report"]

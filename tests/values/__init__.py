"""Tests of `advisor/values`."""

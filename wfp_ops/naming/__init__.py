"""The convention: parse, format, judge, suggest."""

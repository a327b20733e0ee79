"""Yearly summaries 年度总结, an aggregate of their own."""

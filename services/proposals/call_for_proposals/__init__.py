"""Calls for proposals 征集, an aggregate of their own."""
